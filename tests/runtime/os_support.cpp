#include "os_support.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include "support/catch.hpp"

namespace shmidl::test {

namespace {

constexpr unsigned kChildSeconds = 20;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe");
  }
  return ends;
}

pid_t fork_bounded() {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    throw std::runtime_error("fork");
  }
  if (pid == 0) {
    std::signal(SIGALRM, SIG_DFL);
    for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGTERM}) {
      std::signal(signal, SIG_DFL);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(1);
    }
    ::alarm(kChildSeconds);
  }
  return pid;
}

}  // namespace

std::string in_child(const std::function<std::string()>& work) {
  const std::array<int, 2> ends = make_pipe();
  const pid_t pid = fork_bounded();
  if (pid == 0) {
    std::string answer;
    try {
      answer = work();
    } catch (const std::exception& error) {
      answer = std::string{"threw: "} + error.what();
    }
    const ssize_t written = ::write(ends[1], answer.data(), answer.size());
    ::_exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string answer;
  std::array<char, 512> part{};
  for (ssize_t length; (length = ::read(ends[0], part.data(), part.size())) > 0;) {
    answer.append(part.data(), static_cast<std::size_t>(length));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) {
    return "killed by signal " + std::to_string(WTERMSIG(status));
  }
  if (WEXITSTATUS(status) != 0) {
    return "ended with " + std::to_string(WEXITSTATUS(status));
  }
  return answer;
}

std::string as_user(uid_t user, const std::function<std::string()>& work) {
  return in_child([&]() -> std::string {
    if (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0) {
      return "cannot become user " + std::to_string(user);
    }
    return work();
  });
}

void refuse(const Refusal& refusal) {
  const auto load = [](std::size_t offset) { return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)}; };
  const auto equals = [](std::uint32_t value, std::uint8_t otherwise) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, otherwise, value};
  };
  const auto answer = [](std::uint32_t action) { return sock_filter{BPF_RET | BPF_K, 0, 0, action}; };
  const bool always = refusal.argument < 0;
  const std::size_t low_half = std::endian::native == std::endian::little ? 0 : sizeof(std::uint32_t);
  const std::size_t argument =
      offsetof(seccomp_data, args) + (always ? 0 : static_cast<std::size_t>(refusal.argument)) * sizeof(std::uint64_t) + low_half;
  // The argument's test is passed over when every call is refused.
  std::array<sock_filter, 6> filter{load(offsetof(seccomp_data, nr)),
                                    equals(static_cast<std::uint32_t>(refusal.system_call), 3),
                                    load(argument),
                                    equals(refusal.value, always ? std::uint8_t{0} : std::uint8_t{1}),
                                    answer(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(refusal.error)),
                                    answer(SECCOMP_RET_ALLOW)};
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw std::runtime_error("no filter for system calls");
  }
}

bool can_change_user() {
  if (::geteuid() == 0) {
    return true;
  }
  WARN("a second user is needed: this case runs as root only");
  return false;
}

Child::Child(const std::function<void()>& work) {
  const std::array<int, 2> ends = make_pipe();
  pid_ = fork_bounded();
  if (pid_ == 0) {
    work();
    const ssize_t written = ::write(ends[1], "x", 1);
    while (written == 1) {
      ::pause();
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  char ready = 0;
  const ssize_t length = ::read(ends[0], &ready, 1);
  ::close(ends[0]);
  if (length != 1) {
    kill();
    throw std::runtime_error("the child ended before it was ready");
  }
}

Child::~Child() { kill(); }

void Child::kill(bool reap) {
  if (pid_ <= 0) {
    return;
  }
  ::kill(pid_, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  if (reap) {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

Environment::Environment(const char* variable, const char* value) : variable_{variable} {
  const char* const old = std::getenv(variable);
  was_set_ = old != nullptr;
  old_ = was_set_ ? old : "";
  if (value != nullptr) {
    ::setenv(variable, value, 1);
  } else {
    ::unsetenv(variable);
  }
}

Environment::~Environment() {
  if (was_set_) {
    ::setenv(variable_.c_str(), old_.c_str(), 1);
  } else {
    ::unsetenv(variable_.c_str());
  }
}

std::size_t open_fds() { return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {})); }

}  // namespace shmidl::test
