package zoo;

/** Gives and takes objects without a word of what they are. */
interface IZoo {
    /** An animal of the zoo's, or "plant". */
    IBinder find(String name);
    @nullable IBinder back(@nullable IBinder object);
    /** Walks with an animal of its caller's. */
    int walk_with(IBinder object, int steps);
    /** Why it is no plant; empty: it is one. */
    String why_no_plant(IBinder object);
    void keep(IBinder object);
    IBinder kept();
    /** What became of handing what was kept to the zoo of that name. */
    String hand_on(String zoo, boolean as_it_is);
    int living();
}
