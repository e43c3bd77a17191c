import "Other.aidl";
import lang.*;
import static lang.Color.RED;
import lang.Color as Colour;
import android.os.Bundle;
interface ImportForms { void f(); }
