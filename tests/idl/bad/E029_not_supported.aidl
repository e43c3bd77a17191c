parcelable E029_not_supported { int[] numbers = {1, 2}; }
