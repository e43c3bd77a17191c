package zoo;

interface IAnimal {
    String name();
    int walk(int steps);
    int age(String year);
}
