@Backing(type="short")
enum AidlEnum { A = 127, B, C = 200, }
