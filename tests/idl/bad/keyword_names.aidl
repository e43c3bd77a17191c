interface keyword_names { void in(); int package(); }
