#include "call.hpp"

#include "add.shmidl.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

using namespace std::chrono_literals;

struct Impl final : Adder {
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
};

/// This program once more, as the server; killed with this object.
class ServerProcess {
 public:
  ServerProcess(std::string name, Wait wait, int core) {
    std::string verb = "serve";
    std::string how = to_string(wait);
    std::string where = std::to_string(core);
    const std::array<char*, 6> argv{verb.data(), verb.data(), name.data(), how.data(), where.data(), nullptr};
    const int failed = ::posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, argv.data(), environ);
    if (failed != 0) {
      throw std::system_error(failed, std::generic_category(), "cannot start the server");
    }
  }
  ~ServerProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  pid_t pid_ = -1;
};

constexpr std::array<std::pair<const char*, Wait>, 3> kWords{{{"poll", Wait::poll}, {"adaptive", Wait::adaptive}, {"block", Wait::block}}};

}  // namespace

const char* to_string(Wait wait) {
  for (const auto& [word, value] : kWords) {
    if (value == wait) return word;
  }
  throw std::invalid_argument("a way to wait without a word");
}

Wait wait_from(const char* word) {
  for (const auto& [known, value] : kWords) {
    if (std::strcmp(known, word) == 0) return value;
  }
  throw std::invalid_argument(std::string("'") + word + "' is no way to wait");
}

Samples call_add(const Cores& cores, Wait wait, const Plan& plan) {
  const char* name = "bench-add";
  pin(cores.client);
  const ServerProcess server(name, wait, cores.server);
  const auto adder = shmidl::connect<Adder>(name, {.wait = wait, .connect_timeout = 5s});
  std::int32_t sum = 0;
  Samples samples = sample(plan, [&] { sum = adder->add(sum, 1); });
  const auto calls = static_cast<std::int32_t>(Plan::kBatch * (plan.batches + 1) + plan.singles);
  if (sum != calls) {
    throw std::runtime_error("the server added wrongly: " + std::to_string(sum) + ", not " + std::to_string(calls));
  }
  return samples;
}

void serve_add(const char* name, Wait wait, int core) {
  pin(core);
  Impl impl;
  shmidl::Server server{name, {.wait = wait}};
  server.serve(impl);
  server.run();
}

}  // namespace shmidl::bench
