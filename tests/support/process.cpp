#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNoExec = 127;

[[noreturn]] void throw_errno(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("pipe");
  }
  return ends;
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000));
}

/// This process's environment with `changes` on top.
std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    if (std::none_of(changes.begin(), changes.end(), [&](const auto& change) { return change.first == name; })) {
      all.emplace_back(text);
    }
  }
  for (const auto& [name, value] : changes) {
    all.push_back(name + '=' + value);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

void close_fd(int& fd) {
  if (fd >= 0) {
    ::close(fd);
    fd = -1;
  }
}

}  // namespace

Process::Process(const std::filesystem::path& program, const std::vector<std::string>& args, const SpawnOptions& options) {
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), args.begin(), args.end());
  for (const std::string& word : words) {
    if (!command_.empty()) command_ += ' ';
    command_ += word;
  }
  // Everything is made before the fork: the child of a program with threads may only make system calls.
  std::vector<std::string> environment = environment_with(options.env);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(environment);
  const std::string directory = options.working_dir.string();
  const std::array<int, 2> out = make_pipe();
  const std::array<int, 2> err = make_pipe();
  const pid_t parent = ::getpid();

  pid_ = ::fork();
  if (pid_ < 0) {
    throw_errno("fork");
  }
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || ::dup2(out[1], STDOUT_FILENO) < 0 || ::dup2(err[1], STDERR_FILENO) < 0) {
      ::_exit(kNoExec);
    }
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 || (!directory.empty() && ::chdir(directory.c_str()) != 0)) {
      ::_exit(kNoExec);
    }
    ::execvpe(argv.front(), argv.data(), envp.data());
    ::_exit(kNoExec);
  }
  ::close(out[1]);
  ::close(err[1]);
  out_.fd = out[0];
  err_.fd = err[0];
  ::fcntl(out_.fd, F_SETFL, O_NONBLOCK);
  ::fcntl(err_.fd, F_SETFL, O_NONBLOCK);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) {
    throw_errno("pidfd_open");
  }
}

Process::~Process() {
  if (!exit_ && pid_ > 0) {
    kill(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  close_fd(pidfd_);
  close_fd(out_.fd);
  close_fd(err_.fd);
}

bool Process::take(Pipe& pipe) {
  std::array<char, 65536> block;  // filled by read, never looked at beyond it
  for (;;) {
    const ssize_t got = ::read(pipe.fd, block.data(), block.size());
    if (got > 0) {
      pipe.text.append(block.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      close_fd(pipe.fd);
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
}

bool Process::pump(TimePoint deadline) {
  std::array<pollfd, 3> fds{{{out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}, {exit_ ? -1 : pidfd_, POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), milliseconds_until(deadline));
  if (ready < 0 && errno != EINTR) {
    throw_errno("poll");
  }
  if (fds[2].revents != 0) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  for (Pipe* pipe : {&out_, &err_}) {
    if (pipe->fd >= 0) {
      take(*pipe);
    }
  }
  if (exit_) {
    return false;  // what it printed is here; a grandchild that keeps the pipe open does not hold us up
  }
  if (ready == 0 && Clock::now() >= deadline) {
    fail("passed its deadline");
  }
  return true;
}

std::optional<std::string> Process::read_line(Duration patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const auto end = out_.text.find('\n');
    if (end != std::string::npos) {
      std::string line = out_.text.substr(0, end);
      out_.text.erase(0, end + 1);
      return line;
    }
    if (exit_) {
      if (out_.text.empty()) {
        return std::nullopt;
      }
      return std::exchange(out_.text, {});
    }
    pump(deadline);
  }
}

void Process::expect_line(const std::string& line, Duration patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const auto got = read_line(Duration{milliseconds_until(deadline)});
    if (!got) {
      fail("ended before it printed '" + line + "'");
    }
    if (*got == line) {
      return;
    }
  }
}

ExitCode Process::wait(Duration patience) {
  const auto deadline = Clock::now() + patience;
  while (!exit_ && pump(deadline)) {
  }
  return *exit_;
}

void Process::kill(int signal) const {
  if (!exit_) {
    ::kill(pid_, signal);  // not reaped yet, so the number is its own
  }
}

bool Process::running() const {
  if (exit_) {
    return false;
  }
  pollfd fd{pidfd_, POLLIN, 0};
  return ::poll(&fd, 1, 0) == 0;
}

void Process::fail(const std::string& what) const {
  throw std::runtime_error("'" + command_ + "' " + what + "\nstandard output:\n" + out_.text + "\nstandard error:\n" + err_.text);
}

Finished run(const std::filesystem::path& program, const std::vector<std::string>& args, const SpawnOptions& options,
             Process::Duration patience) {
  Process process(program, args, options);
  const ExitCode code = process.wait(patience);
  return {code, process.out(), process.err()};
}

}  // namespace shmidl::test
