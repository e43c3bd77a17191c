// Every kind of data goes in and comes back. tests/e2e/roundtrip_test.cpp calls each of these methods.
// aidl.md: directions of arrays, Lists, parcelables and unions; everything else is `in`.
package lang;

import lang.Arrays;
import lang.Choice;
import lang.Colour;
import lang.Envelope;
import lang.Level;
import lang.Nested;
import lang.Numbers;
import lang.Optional;
import lang.Pair;
import lang.Solid;
import lang.Stamp;
import lang.Texts;

interface IEcho {
    boolean truth(boolean value);
    byte tiny(byte value);
    char letter(char value);
    int whole(int value);
    long large(long value);
    float single(float value);
    double twice(double value);
    String text(String value);
    Colour colour(Colour value);
    Level level(Level value);
    Stamp stamp(Stamp value);

    Numbers numbers(in Numbers value);
    Texts texts(in Texts value);
    Arrays arrays(in Arrays value);
    Choice choice(in Choice value);
    Optional optional(in Optional value);
    Solid solid(in Solid value);
    Nested nested(in Nested value);
    Envelope envelope(in Envelope value);
    Pair<Texts, String> pair(in Pair<Texts, String> value);

    int[] ints(in int[] value);
    byte[] bytes(in byte[] value, out byte[] reversed);
    String[] words(in String[] value);
    List<String> lines(in List<String> value);
    Choice[] choices(in Choice[] value);
    List<Texts> text_list(in List<Texts> value);
    int[2][3] matrix(in int[2][3] value);
    String[2] two(in String[2] value);
    Solid[] solids(in Solid[] value);
    Colour[] colours(in Colour[] value);

    @nullable String maybe_text(@nullable String value);
    @nullable int[] maybe_ints(in @nullable int[] value);
    @nullable Texts maybe_texts(in @nullable Texts value);
    @nullable Choice maybe_choice(in @nullable Choice value);
    @nullable List<String> maybe_lines(in @nullable List<String> value);

    void outs(in Texts value, out Texts first, out Choice second, out String[] third, out @nullable Texts fourth);
    void inouts(inout Numbers numbers, inout int[] ints, inout Choice choice, inout List<String> lines);
}
