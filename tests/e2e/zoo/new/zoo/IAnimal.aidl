package zoo;

interface IAnimal {
    String name();
    /** So many steps, in all. */
    int walk(int steps);
    int age(int year);
    /** Not in the version of before. */
    int jump();
}
