package lang;

/** A default of every kind, nullable and not. */
parcelable Defaults {
    enum Colour { RED, GREEN }
    boolean yes = true;
    byte small = -128;
    char letter = 'a';
    int number = 0x80000000;
    long large = -9223372036854775807 - 1;
    float ratio = 1.5f;
    double huge = 1e308;
    String text = "?? = '%s'";
    Colour colour = Colour.GREEN;
    boolean[] flags = {true, false};
    byte[] bytes = {1, -1, 255u8};
    char[] letters = {'a', '?'};
    int[] numbers = {1, 2, 3};
    long[] longs = {1, -9223372036854775807};
    float[] ratios = {0.1f};
    double[] doubles = {0.1, 1e-300};
    String[] words = {"a", "b"};
    Colour[] colours = {Colour.RED, Colour.GREEN};
    int[] none = {};
    int[2] pair = {1, 2};
    int[2][3] grid = {{1, 2, 3}, {4, 5, 6}};
    String[2] names = {"a", "b"};
    String[2][2] table = {{"a", "b"}, {"c", "d"}};
    Colour[2][1][2] cube = {{{Colour.RED, Colour.GREEN}}, {{Colour.GREEN, Colour.RED}}};
    @nullable String maybe_text = "";
    @nullable boolean[] maybe_flags = {true};
    @nullable byte[] maybe_bytes = {1, 2};
    @nullable String[] maybe_words = {"a", "b"};
    @nullable Colour[] maybe_colours = {Colour.RED};
    @nullable double[] maybe_doubles = {};
    @nullable int[2] maybe_pair = {1, 2};
    @nullable int[2][1] maybe_grid = {{1}, {2}};
    @nullable String[2] maybe_names = {"a", "b"};
    @nullable String[2][1] maybe_table = {{"a"}, {"b"}};
    @nullable Colour[1] maybe_colour = {Colour.GREEN};
}
