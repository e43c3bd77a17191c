parcelable NewValues { Other a = new Other(); String b = null; Other c = {}; parcelable Other { int x; } }
