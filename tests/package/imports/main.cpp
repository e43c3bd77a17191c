// Compiles against both interfaces and against the struct that one of them imports.
#include "alone.shmidl.hpp"
#include "importing.shmidl.hpp"

#include <iostream>

struct Impl final : Importing {
  std::int32_t sum(const Pair::View& pair) override { return pair.first + pair.second; }
};

int main() {
  Impl impl;
  const Pair pair{.first = 20, .second = 22};
  std::cout << impl.sum(pair) << '\n';
}
