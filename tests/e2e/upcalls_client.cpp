// upcalls_client NAME: holds three of a Hub's counters until it is killed.
// upcalls_client NAME keep: leaves a listener with the Hub, says "kept", and waits to be killed.
// upcalls_client NAME slow: has the Hub call it back; says "changed" in the midst of that, and sleeps.
#include "upcalls.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

namespace {

struct SlowEar final : Listener {
  std::int32_t changed(std::int32_t) override {
    std::cout << "changed" << std::endl;
    std::this_thread::sleep_for(std::chrono::minutes(1));
    return 0;
  }
  std::string named(std::string_view, std::span<const std::uint8_t>) override { return {}; }
  void fails(bool) override {}
  std::int32_t deeper(std::int32_t) override { return 0; }
  void noted(std::int32_t) override {}
  void quiet() override {}
};

}  // namespace

int main(int argc, char** argv) {
  const auto hub = shmidl::connect<Hub>(argv[1]);
  if (argc > 2 && std::string(argv[2]) == "keep") {
    hub->keep(std::make_shared<SlowEar>());
    std::cout << "kept" << std::endl;
    std::this_thread::sleep_for(std::chrono::minutes(1));
    return 0;
  }
  if (argc > 2) {
    static_cast<void>(hub->slow_call(std::make_shared<SlowEar>()));
    return 0;
  }
  const auto one = hub->counter(1);
  const auto two = hub->counter(2);
  const auto three = hub->counter(3);
  std::cout << "holds " << hub->living() << std::endl;
  std::string line;
  std::getline(std::cin, line);
  for (;;) one->add(1);
}
