// aidl.md: @nullable on what may be null; defaults beside it.
package lang;

import lang.Choice;
import lang.Colour;
import lang.Texts;

parcelable Optional {
    @nullable String name;
    @nullable @utf8InCpp String given = "given";
    @nullable int[] numbers;
    @nullable byte[] bytes = {1, 2};
    @nullable String[] words;
    @nullable List<String> lines;
    @nullable Texts texts;
    @nullable Choice choice;
    @nullable Texts[] many;
    @nullable List<Texts> more;
    @nullable Colour[] colours;
    @nullable int[2] pair;
    @nullable Optional[] deeper;
}
