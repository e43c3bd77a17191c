@SuppressWarnings(value={"interface-name"})
interface W019_untyped_collection { void f(in List<String> x); }
