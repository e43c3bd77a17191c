// RouDi, the daemon that iceoryx cannot do without, for the time of one measurement.
#pragma once

#include "peers/peer.hpp"
#include "support/process.hpp"

#include <memory>
#include <string>

namespace shmidl::bench {

class RouDi {
 public:
  /// Returns when it takes clients; throws std::runtime_error if it does not start, as when another one runs.
  explicit RouDi(const Setup& setup);
  ~RouDi();
  RouDi(const RouDi&) = delete;
  RouDi& operator=(const RouDi&) = delete;

  [[nodiscard]] pid_t pid() const { return process_->pid(); }

 private:
  [[nodiscard]] bool runs() const;

  std::unique_ptr<Process> process_;
};

}  // namespace shmidl::bench
