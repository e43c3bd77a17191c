interface W014_interface_name { void f(); }
