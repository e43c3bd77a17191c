// Copyright.
package android.demo;

import android.demo.Other;
import android.demo.Another;
/**
 * The type.
 */
@VintfStability
@JavaDerive(equals=true, toString=true)
parcelable Types<T, U> {
    @nullable(heap=true) Types<int[], List<List<String>>> next;  // next one
    @utf8InCpp @nullable String[] names = {"a", "b",};           // names
    int[2][3] grid;
    long mask = 1 >> 2 | ~3 & !4 == 5 < 6;
    @SuppressWarnings(value={"x", "y"})
    @nullable IBinder binder;

    @JavaPassthrough(annotation="@Foo")
    int annotated = Other.LIMIT;
    const String LONG = "the first part of a long text that does not fit" +
            "the second part of the text" + "third";
    const int[] NUMBERS = {1000001, 1000002, 1000003, 1000004, 1000005, 1000006, 1000007, 1000008,
            1000009, 1000010, 1000011};
    union Inner {
        int a = 1;
        String b;
    }
    enum E {
        X,
        Y
    }
}
