interface const_texts {
    const String A = "tab\there";
    const String B = "quote\"inside";
    const String C = "größe";
    const char D = 'ä';
    const char E = '\n';
    const char F = 'ab';
}
