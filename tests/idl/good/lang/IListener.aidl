// aidl.md: `oneway interface`, @Descriptor by its bare value.
package lang;

import lang.Nested;

@Descriptor("lang.listener")
oneway interface IListener {
    void changed(in Nested nested);
    void gone(int reason, in @nullable String text);
}
