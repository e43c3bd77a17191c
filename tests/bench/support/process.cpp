#include "support/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// In the child: ends it with its parent, also if that died a moment ago.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, int keep) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {  // only what a child of a process with threads may call
    die_with(parent);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    if (keep >= 0) ::fcntl(keep, F_SETFD, 0);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
}

Process::Process(const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    die_with(parent);
    try {
      body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
}

Process::~Process() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Burner::Burner(int one_core, int other_core)
    : Process([=] {
        cpu_set_t both;
        CPU_ZERO(&both);
        CPU_SET(static_cast<unsigned>(one_core), &both);
        CPU_SET(static_cast<unsigned>(other_core), &both);
        if (::sched_setaffinity(0, sizeof both, &both) != 0) fail("sched_setaffinity");
        for (volatile unsigned turn = 0;;) turn = turn + 1;
      }) {}

double cpu_nanoseconds(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  errno = ::clock_getcpuclockid(pid, &clock);
  if (errno != 0 || ::clock_gettime(clock, &used) != 0) fail("CPU clock of a process");
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

double pss_bytes(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    double kib = 0;
    if (word == "Pss:" && file >> kib) return kib * 1024;
  }
  throw std::runtime_error("no Pss in " + path);
}

}  // namespace shmidl::bench
