// Processes that a measurement needs beside itself. All die with the thread that started them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace shmidl::bench {

/// A process that is killed and reaped with this object, and killed by the kernel if the thread that started it dies.
class Process {
 public:
  /// Runs a program; its standard output becomes our standard error, which is not parsed. `keep` stays open in it.
  explicit Process(const std::vector<std::string>& command, int keep = -1);
  /// Runs a function in a fork; only where no other thread exists yet. What it throws is printed and ends the child.
  explicit Process(const std::function<void()>& body);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = -1;
};

/// A process that burns one of the two cores, whichever the kernel gives it.
class Burner : public Process {
 public:
  Burner(int one_core, int other_core);
};

/// CPU time that a process has used so far; throws std::system_error.
double cpu_nanoseconds(pid_t pid);

/// Proportional set size in bytes; throws std::runtime_error.
double pss_bytes(pid_t pid);

}  // namespace shmidl::bench
