interface E034_reserved_name { int getVersion(); }
