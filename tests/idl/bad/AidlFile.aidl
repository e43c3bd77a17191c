package wrong.place;
parcelable AidlFile { int x = "a"; String s = 3; boolean b = 1; int[] xs = {1, 2}; }
