import lang.Colur;
import java.util.HashMap;
import lang.*;
parcelable unknown_import { int x; }
