// The cores that a measurement runs on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sched.h>

namespace shmidl::bench {

/// Where the two processes run; the same core twice: both on one.
struct Cores {
  int client;
  int server;
  [[nodiscard]] bool apart() const noexcept { return client != server; }
};

/// The cores that this process may use, in order.
std::vector<int> allowed_cores();

/// The first core that this process may use, and the next one that shares its last cache but not its execution units,
/// as far as there is one; throws std::runtime_error if this process may use one core only.
Cores two_cores();

/// The cores in the kernel's way to write them: "0-3,8".
std::vector<int> parse_core_list(const std::string& text);

/// Where the client's thread number `index` runs: thread 0 on the client's core, the others on the cores that nobody
/// measures on, in turns; on a machine without such cores all of them on the client's.
int client_core(const Cores& cores, std::size_t index);

/// Keeps the calling thread, and those that it starts from now on, on one core; throws std::system_error.
void pin(int core);

/// Keeps the calling thread on one core while it lives.
class Pinned {
 public:
  explicit Pinned(int core);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace shmidl::bench
