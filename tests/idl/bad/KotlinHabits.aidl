interface KotlinHabits {
    String? name();
    void set(zone: Int);
    fun tick();
    List<String>? zones();
}
