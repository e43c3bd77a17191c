@SuppressWarnings(value={"interface-name"})
interface W016_out_array { int[] f(); }
