// The cores that a measurement runs on.
#pragma once

#include <cstddef>
#include <vector>

namespace shmidl::bench {

/// Where the two processes run; the same core twice: both on one.
struct Cores {
  int client;
  int server;
  [[nodiscard]] bool apart() const noexcept { return client != server; }
};

/// The cores that this process may use, in order.
std::vector<int> allowed_cores();

/// The first two cores that this process may use; throws std::runtime_error if there is only one.
Cores two_cores();

/// Where the client's thread number `index` runs: thread 0 on the client's core, the others on the cores that nobody
/// measures on, in turns; on a machine without such cores all of them on the client's.
int client_core(const Cores& cores, std::size_t index);

/// Keeps the calling thread, and those that it starts from now on, on one core; throws std::system_error.
void pin(int core);

}  // namespace shmidl::bench
