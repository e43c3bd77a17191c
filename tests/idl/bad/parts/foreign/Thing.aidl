package parts.foreign;
parcelable Thing;
