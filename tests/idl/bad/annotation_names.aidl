@Vintf @nulable interface annotation_names { @Nullable String a(); @utf8incpp String b(); @Override void c(); }
