// Holds three of a Hub's counters until it is killed.
#include "upcalls.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <iostream>
#include <string>

int main(int, char** argv) {
  const auto hub = shmidl::connect<Hub>(argv[1]);
  const auto one = hub->counter(1);
  const auto two = hub->counter(2);
  const auto three = hub->counter(3);
  std::cout << "holds " << hub->living() << std::endl;
  std::string line;
  std::getline(std::cin, line);
  for (;;) one->add(1);
}
