parcelable literal_char { char a = ''; int b; }
