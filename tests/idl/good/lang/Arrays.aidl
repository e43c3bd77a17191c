// aidl.md: T[], T[N], T[N][M] with constant expressions, List<T> of each allowed kind that is data, defaults with nested braces.
package lang;

import lang.Colour;
import lang.Numbers;
import lang.Texts;
import lang.Choice;

parcelable Arrays {
    const int ROWS = 2;
    boolean[] flags;
    byte[] bytes;
    char[] letters;
    int[] ints = {1, 2, 3};
    long[] longs;
    float[] floats;
    double[] doubles;
    String[] words;
    Colour[] colours = {Colour.RED, Colour.VIOLET};
    Texts[] texts;
    Numbers[] numbers;
    Choice[] choices;

    List<String> word_list;
    List<Texts> text_list;
    List<Choice> choice_list;

    int[4] four;
    int[ROWS][ROWS + 1] matrix = {{1, 2, 3}, {4, 5, 6}};
    String[ROWS] two_words = {"x", "y"};
    byte[ROWS][2][2] cube;
    Texts[2] two_texts;
    String[2][2] square;
    Colour[3] three;
}
