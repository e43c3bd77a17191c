// Calls a server that may lie: victim_client NAME CALL. Says "ok", or "error NUMBER EXECUTION", and ends.
#include "probe.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

int say(const shmidl::Error& error) {
  std::cout << "error " << static_cast<int>(error.errc()) << ' ' << shmidl::to_string(error.execution()) << std::endl;
  return 0;
}

template <class T>
int say(const shmidl::Result<T>& result) {
  if (!result) return say(result.error());
  std::cout << "ok" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const std::string call = argv[2];
  shmidl::ClientOptions options{.timeout = 10s, .connect_timeout = 10s};
  if (call == "again") options.reconnect.policy = shmidl::Reconnect::on_next_call;
  const auto probe = shmidl::connect<e2e::Probe>(argv[1], options);
  if (call == "add" || call == "again") return say(probe->try_add(1, 2));
  if (call == "async") return say(probe->async_add(1, 2).try_get());
  if (call == "then") {
    probe->async_add(1, 2).then([&](shmidl::Result<std::int32_t> result) {
      say(result);
      shmidl::link(*probe).stop();
    });
    shmidl::link(*probe).run();
    return 0;
  }
  if (call == "echo") return say(probe->try_echo({}));
  std::vector<std::string> lines;
  if (call == "notes") return say(probe->try_notes(lines));
  std::vector<std::uint8_t> bytes(100'000);
  if (call == "ramp") return say(probe->try_ramp(bytes));
  if (call == "sum") return say(probe->try_sum(bytes));
  if (call == "count") {
    for (;;) {
      if (const auto sent = probe->try_count(1); !sent) return say(sent);
    }
  }
  return 2;
} catch (const shmidl::Error& error) {
  return say(error);
}
