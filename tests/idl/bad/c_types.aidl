parcelable c_types { unsigned a; short b; string c; uint8_t d; bool e; Integer f; }
