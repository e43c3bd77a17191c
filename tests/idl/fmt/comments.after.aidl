/* licence
   two lines */

package a;
interface IComments {  // the block
    /** Doc of x. */ int x(/* nothing */);
    /** Doc of y.
     *  more
     */
    @nullable /* may be none */ String y(in @nullable String[] a /* first */, in int b);  // after y
    // below y
    const int A = 1;
    /* one */ const int BBBB = 22;  // two

    // for the enum
    enum E {  /* head */
        A,
        /** doc of B */ B,  // b
        // nothing more
    }
    parcelable P;  /* a
                      tall
                      comment */
}  // the end
// past the end
