enum EnumStorage : int { A, B }
