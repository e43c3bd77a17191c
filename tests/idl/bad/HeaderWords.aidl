parcelable HeaderWords cpp_headr "words.h";
