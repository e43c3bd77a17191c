// Linked into every program of a coverage build: counts are written when a process ends by _exit() or is killed by a test, too.
#include <csignal>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

extern "C" {

void __gcov_dump();
int __real_kill(pid_t pid, int signal);
[[noreturn]] void __real__exit(int status);

[[noreturn]] void __wrap__exit(int status) {
  __gcov_dump();
  __real__exit(status);
}

// A process of these that is to be killed is asked first, and has a second for its answer; a stopped one has none, and its counts are lost.
int __wrap_kill(pid_t pid, int signal) {
  if (signal != SIGKILL || pid <= 0) return __real_kill(pid, signal);
  if (pid == ::getpid()) {
    __gcov_dump();
  } else if (__real_kill(pid, SIGUSR2) == 0) {
    pollfd ended{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0};
    ::poll(&ended, 1, 1000);
    ::close(ended.fd);
  }
  return __real_kill(pid, SIGKILL);
}

}  // extern "C"

namespace {

void dump_and_die(int) {
  __gcov_dump();
  __real_kill(::getpid(), SIGKILL);
}

[[gnu::constructor]] void listen() {
  struct sigaction action = {};
  action.sa_handler = &dump_and_die;
  ::sigaction(SIGUSR2, &action, nullptr);
}

}  // namespace
