// aidl.md: String, char (16 bit), string constants, @utf8InCpp on String, String[], List<String>; imports that are built in.
package lang;

import android.os.IBinder;
import android.os.ParcelFileDescriptor;
import java.util.List;

parcelable Texts {
    const String HELLO = "hello, " + "world";
    @utf8InCpp const String PLAIN = "plain";
    const @utf8InCpp String ALSO = PLAIN + "!";

    String text = HELLO;
    @utf8InCpp String utf8 = lang.Texts.ALSO;
    @utf8InCpp String[] words = {"a", "b"};
    @utf8InCpp List<String> lines;
    char[] letters = {'a', ' ', '"'};
    java.util.List<String> more;
    String cpp_header = "a keyword elsewhere";
    String ndk_header;
    String rust_type;
}
