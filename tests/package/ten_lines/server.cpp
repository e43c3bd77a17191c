#include <shmidl/shmidl.hpp>
#include "arith.shmidl.hpp"

struct Impl final : Arith {
  std::int32_t func1(std::int32_t a) override { return a + 1; }
  std::int32_t func2(std::int32_t a, std::int32_t b) override { return a + b; }
};

int main() {
  Impl impl;
  shmidl::Server server{"arith"};
  server.serve(impl);
  server.run();
}
