@0xcf6d2120be262075;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("capnp_work");

interface Work {
  add @0 (a :Int32, b :Int32) -> (sum :Int32);
  sum @1 (payload :Data) -> (sum :UInt64);
  take @2 (payload :Data) -> (size :UInt64);
}
