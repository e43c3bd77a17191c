interface inheritance extends IBase { void f(); }
