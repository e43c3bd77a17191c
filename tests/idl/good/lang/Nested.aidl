// aidl.md: types nest to any depth in interfaces, parcelables and unions; use before declaration; the inner name wins; enclosing scopes.
package lang;

import lang.Colour;

parcelable Nested {
    One first;
    One.Two second;
    One.Two.Three third;
    lang.Nested.One.Two.Three.Four fourth;
    Colour colour;
    Shade shade = Shade.DARK;

    parcelable One {
        Two two;
        Shade shade = Shade.LIGHT;
        parcelable Two {
            Three three;
            parcelable Three {
                enum Four { A, B = 5 }
                Four four = Four.B;
                Shade shade;
                enum Shade { INNER, OUTER }
            }
        }
        parcelable Colour { int depth = lang.Colour.BLUE; }
        Colour own;
    }
    enum Shade { DARK, LIGHT }
    interface IWatcher { oneway void changed(in One one); }
}
