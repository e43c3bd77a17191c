@0xd2c1f0a4b6e83175;

struct Reading {
  time @0 :Int64;
  value @1 :Float64;
  unit @2 :Text;
}

interface Service {
  add @0 (a :Int32, b :Int32) -> (sum :Int32);
  read @1 (sensor :Text) -> (reading :Reading);
  write @2 (sensor :Text, values :List(Float64));
}
