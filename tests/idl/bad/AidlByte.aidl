enum AidlByte { A = 127, B }
