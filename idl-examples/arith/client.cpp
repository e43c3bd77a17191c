// Calls Arith in another process: arith_client [name]
#include <shmidl/shmidl.hpp>
#include "arith.shmidl.hpp"

#include <iostream>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  auto arith = shmidl::connect<Arith>(argc > 1 ? argv[1] : "arith", {.connect_timeout = 5s});

  std::cout << "arith: func1(41) = " << arith->func1(41) << '\n';
  std::cout << "arith: func2(2, 3) = " << arith->func2(2, 3) << '\n';

  // The same call as a value that tells of errors, with a deadline; and as one to be fetched later.
  const shmidl::Result<std::int32_t> result = arith->try_func2(20, 22, {.timeout = 1s});
  std::cout << "arith: try_func2(20, 22) = " << result.value() << '\n';

  shmidl::Future<std::int32_t> future = arith->async_func1(6);
  std::cout << "arith: async_func1(6) = " << future.get() << '\n';
} catch (const shmidl::Error& error) {
  std::cerr << "arith_client: " << error.what() << '\n';
  return 1;
}
