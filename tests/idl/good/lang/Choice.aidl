// aidl.md: unions; a first member with a default; unions in unions; nested types in unions; `Tag` as a type.
package lang;

import lang.Numbers;
import lang.Texts;

union Choice {
    enum Kind { NONE, SOME }
    union Inner { boolean yes = true; int[] list; }
    const int LIMIT = 3;

    int number = LIMIT;
    @utf8InCpp String text;
    int[] numbers;
    Texts texts;
    Numbers block;
    Kind kind;
    Inner inner;
    int[LIMIT] three;
    List<String> lines;
    @nullable Texts maybe;
    double ratio;
}
