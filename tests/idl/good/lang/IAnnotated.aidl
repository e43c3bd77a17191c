// aidl.md: each annotation in each place it may stand; annotations before and behind `oneway`; repetition of what may repeat.
package lang;

/**
 * Everything that can be annotated.
 *
 * @hide
 */
@VintfStability
@SensitiveData
@VersionSupport(version=3)
@Descriptor(value="lang.annotated")
@SuppressWarnings({"mixed-oneway", "out-nullable"})
@RequiresNoPermission
@UnsupportedAppUsage
@JavaDefault @JavaDelegator
@JavaSuppressLint({"NewApi"})
@JavaPassthrough(annotation="@one")
@JavaPassthrough(annotation="@two")
interface IAnnotated {
    /** @deprecated use FIVE instead */
    const int FOUR = 4;
    @JavaPassthrough(annotation="@three") const @utf8InCpp String FIVE = "5";

    @RustDerive(Copy=false, Clone=true, PartialOrd=true, Ord=true, PartialEq=true, Eq=true, Hash=true)
    @JavaOnlyImmutable
    parcelable Immutable { int first; String second; }

    /* @deprecated a really long note
     *
     *   that goes on
     * @param none of the note
     */
    @JavaDerive(toString=true, equals=true)
    parcelable Old {
        /** @deprecated */
        int field;
        @UnsupportedAppUsage(maxTargetSdk=28, trackingBug=170729553, expectedSignature="x", implicitMember="y", publicAlternatives="z")
        @SuppressWarnings(value={"const-name"}) int other;
    }

    // @deprecated is not read from a line comment
    @PropagateAllowBlocking IBinder blocking();
    @UnsupportedAppUsage oneway @JavaPassthrough(annotation="@four") void both(int a);
    void taking(in Immutable immutable, @JavaPassthrough(annotation="@five") int x, in @nullable @utf8InCpp String text);
    /** @deprecated no longer */
    Old old();
}
