// Where the two sides run.
#pragma once

namespace shmidl::bench {

struct Cores {
  int client;
  int server;
  [[nodiscard]] bool apart() const noexcept { return client != server; }
};

/// The first two cores that this process may use; throws std::runtime_error if there is only one.
Cores two_cores();

/// Keeps the calling thread on one core; throws std::system_error.
void pin(int core);

}  // namespace shmidl::bench
