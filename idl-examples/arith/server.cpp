// Serves Arith until it is killed: arith_server [name]
#include <shmidl/shmidl.hpp>
#include "arith.shmidl.hpp"

#include <iostream>

struct Impl final : Arith {
  std::int32_t func1(std::int32_t arg1) override { return arg1 + 1; }
  std::int32_t func2(std::int32_t arg1, std::int32_t arg2) override { return arg1 + arg2; }
};

int main(int argc, char** argv) try {
  Impl impl;
  shmidl::Server server{argc > 1 ? argv[1] : "arith"};
  server.serve(impl);
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << "arith_server: " << error.what() << '\n';
  return 1;
}
