package q;
union One { Empty e; }
