#include <shmidl/shmidl.hpp>
#include "arith.shmidl.hpp"

#include <cstdio>

using namespace std::chrono_literals;

int main() {
  auto arith = shmidl::connect<Arith>("arith", {.connect_timeout = 5s});
  int s = arith->func2(2, 3);
  shmidl::Result<std::int32_t> r = arith->try_func2(2, 3, {.timeout = 5s});
  shmidl::Future<std::int32_t> f = arith->async_func2(2, 3);
  if (r.value() != s || f.get() != s) {
    return 1;
  }
  std::printf("%d\n", s);
}
