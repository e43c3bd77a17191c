parcelable generic_arguments {
    List<String, int> two;
    List<> none;
    generic_arguments<int> mine;
    String<int> text;
    List<String><String> twice;
}
