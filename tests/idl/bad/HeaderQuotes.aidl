parcelable HeaderQuotes cpp_header words.h;
