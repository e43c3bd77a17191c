package zoo;

interface IPlant {
    int leaves();
}
