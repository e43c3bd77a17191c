@VintfStabilty
interface E026_unknown_annotation { void ping(); }
