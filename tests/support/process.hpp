// Other programs, as tests need them: every wait has a deadline, and no program outlives its test.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace shmidl::test {

struct SpawnOptions {
  std::vector<std::pair<std::string, std::string>> env{};  ///< set on top of this process's environment
  std::filesystem::path working_dir{};                     ///< empty: this process's own
};

/// How a program ended: its exit code, or 128 + the signal that killed it, as a shell tells it.
using ExitCode = int;

/// A program with its standard output and error kept apart and read by line.
///
/// Lifetime: the destructor kills the program, if it still runs, and reaps it. The kernel kills it if the test dies.
/// Threads:  one at a time.
/// Errors:   std::runtime_error that holds the command and what it printed, when a deadline passes.
class Process {
 public:
  using Duration = std::chrono::milliseconds;
  static constexpr Duration kPatience{20'000};  ///< chosen, not measured: far beyond any answer, below ctest's own limit

  Process(const std::filesystem::path& program, const std::vector<std::string>& args, const SpawnOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&&) = delete;
  Process& operator=(Process&&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// The next line of standard output without its newline; nothing at its end.
  std::optional<std::string> read_line(Duration patience = kPatience);

  /// Reads lines until one equals `line`; throws if the output ends first.
  void expect_line(const std::string& line, Duration patience = kPatience);

  /// Waits for the end of the program. What it printed and was not read stays in out() and err().
  ExitCode wait(Duration patience = kPatience);

  /// Sends a signal; nothing happens when the program has ended.
  void kill(int signal = SIGKILL) const;

  [[nodiscard]] bool running() const;

  /// What was printed and not yet taken by read_line.
  [[nodiscard]] const std::string& out() const noexcept { return out_.text; }
  [[nodiscard]] const std::string& err() const noexcept { return err_.text; }

 private:
  struct Pipe {
    int fd = -1;
    std::string text;
  };
  using TimePoint = std::chrono::steady_clock::time_point;

  bool pump(TimePoint deadline);  ///< false: the program ended and all it printed is here
  bool take(Pipe& pipe);          ///< reads what is there; true at the end of the pipe
  [[noreturn]] void fail(const std::string& what) const;

  std::string command_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  Pipe out_;
  Pipe err_;
  std::optional<ExitCode> exit_;
};

struct Finished {
  ExitCode code;
  std::string out;
  std::string err;
};

/// Runs a program to its end.
Finished run(const std::filesystem::path& program, const std::vector<std::string>& args, const SpawnOptions& options = {},
             Process::Duration patience = Process::kPatience);

}  // namespace shmidl::test
