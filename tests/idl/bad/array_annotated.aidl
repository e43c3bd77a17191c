parcelable array_annotated { String @nullable [] a; List<@nullable String> b; }
