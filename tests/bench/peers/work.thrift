namespace cpp thrift_work

service Work {
  i32 add(1: i32 a, 2: i32 b),
  i64 sum(1: binary payload),
  i64 take(1: binary payload),
  oneway void log(1: i32 number),
  i64 logged()
}
