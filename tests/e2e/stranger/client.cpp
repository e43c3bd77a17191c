// A client of another interface of the same name: prints what each call ends with.
#include <shmidl/shmidl.hpp>
#include "probe.shmidl.hpp"

#include <iostream>
#include <vector>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  const auto probe = shmidl::connect<e2e::Probe>(argc > 1 ? argv[1] : "probe", {.connect_timeout = 10s});
  const auto print = [](const char* call, const auto& result) {
    std::cout << call << ": ";
    if (result) {
      std::cout << *result << '\n';
    } else {
      std::cout << result.error().code().message() << ": " << result.error().what() << '\n';
    }
  };
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  print("sum", probe->try_sum(bytes));
  print("add", probe->try_add(1, 2, 3));
  print("subtract", probe->try_subtract(5, 3));
} catch (const shmidl::Error& error) {
  std::cout << "connect: " << error.code().message() << ": " << error.what() << '\n';
  return 1;
}
