@VintfStability
@Descriptor("a")
@VintfStability
@Descriptor("b")
interface annotation_twice { @nullable @nullable String a(); }
