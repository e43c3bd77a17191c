struct Reading {
  1: i64 time,
  2: double value,
  3: string unit
}

service Service {
  i32 add(1: i32 a, 2: i32 b),
  Reading read(1: string sensor),
  void write(1: string sensor, 2: list<double> values)
}
