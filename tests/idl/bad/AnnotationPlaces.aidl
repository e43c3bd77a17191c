interface AnnotationPlaces {
    void a(@nullable in String[] x);
    void b(in String @nullable [] x);
    String @nullable c();
    @ nullable String d();
    @Override void e();
}
