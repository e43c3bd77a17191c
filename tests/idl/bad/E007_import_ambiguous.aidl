import demo.twice.Thing;
interface E007_import_ambiguous { void take(in Thing thing); }
