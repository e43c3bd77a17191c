enum enum_nothing { }
