@SuppressWarnings(value={"interface-name"})
interface W014_interface_name { void f(); }
