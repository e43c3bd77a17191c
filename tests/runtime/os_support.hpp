// What the tests of src/os share: other processes that are copies of this one, and services of a test's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

#include <shmidl/result.hpp>

#include "support/temp_dir.hpp"

namespace shmidl::test {

/// Runs `work` in a forked child and gives what it returned; "killed by signal N" or "ended with N" when it did not.
/// The child has 20 seconds and leaves without running destructors of the parent's objects.
std::string in_child(const std::function<std::string()>& work);

/// The same as another user; the test runs as root.
std::string as_user(uid_t user, const std::function<std::string()>& work);

/// Makes one system call fail from now on in this process and in the programs that it runs, as an older kernel
/// would: always, or when its argument of this number (from 0) has this value.
struct Refusal {
  long system_call;
  int error;
  int argument = -1;
  std::uint32_t value = 0;
};
void refuse(const Refusal& refusal);

/// A user that is neither root nor anybody's: nobody.
inline constexpr uid_t kNobody = 65534;

/// Whether a second user can be played. Says so in the test's output when it cannot.
bool can_change_user();

/// "ok", or "<number of the Errc>: <message>".
template <class T>
std::string told(const Result<T>& result) {
  return result ? "ok" : std::to_string(static_cast<int>(result.error().errc())) + ": " + result.error().what();
}

/// Whether a told() has this kind of error.
inline bool tells(std::string_view text, Errc errc) { return text.starts_with(std::to_string(static_cast<int>(errc)) + ": "); }

/// A child that runs until it is told to end, or until its owner is gone.
class Child {
 public:
  /// Forks; the child runs `work`, then waits. Returns once `work` is done in the child.
  explicit Child(const std::function<void()>& work = [] {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const noexcept { return pid_; }

  /// Ends it with SIGKILL and, unless told otherwise, takes note of its death.
  void kill(bool reap = true);

 private:
  pid_t pid_ = -1;
};

/// Sets an environment variable, or removes it, for as long as this lives.
class Environment {
 public:
  Environment(const char* variable, const char* value);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string variable_;
  bool was_set_;
  std::string old_;
};

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text.data(), text.size()}); }

/// How many descriptors this process has open.
std::size_t open_fds();

}  // namespace shmidl::test
