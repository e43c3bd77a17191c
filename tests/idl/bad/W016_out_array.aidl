@SuppressWarnings(value={"interface-name"})
interface W016_out_array { void f(out int[] x); }
