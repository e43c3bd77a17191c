#include "floors.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// Two words that share no line, nor a pair of lines that is fetched together.
struct Words {
  alignas(128) std::atomic<std::uint32_t> there{0};
  alignas(128) std::atomic<std::uint32_t> back{0};
};

class SharedWords {
 public:
  SharedWords() : memory_(::mmap(nullptr, sizeof(Words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {
    if (memory_ == MAP_FAILED) {
      fail("mmap");
    }
    words_ = new (memory_) Words;
  }
  ~SharedWords() { ::munmap(memory_, sizeof(Words)); }
  SharedWords(const SharedWords&) = delete;
  SharedWords& operator=(const SharedWords&) = delete;
  Words& operator*() const { return *words_; }

 private:
  void* memory_;
  Words* words_;
};

/// A child process that answers for ever; ends with this object.
class Child {
 public:
  template <class Answer>
  Child(int core, Answer&& answer) : pid_(::fork()) {
    if (pid_ < 0) {
      fail("fork");
    }
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      pin(core);
      for (;;) {
        answer();
      }
    }
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  pid_t pid_;
};

void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void spin_until(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  while (word.load(std::memory_order_acquire) != value) {
    pause_cpu();
  }
}

void sleep_until(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  for (std::uint32_t seen = word.load(std::memory_order_acquire); seen != value; seen = word.load(std::memory_order_acquire)) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
  }
}

void store_and_wake(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  word.store(value, std::memory_order_release);
  ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace

Samples line_exchange(const Cores& cores, const Plan& plan) {
  const SharedWords shared;
  Words& words = *shared;
  const Child child(cores.server, [&words, turn = std::uint32_t{0}]() mutable {
    spin_until(words.there, ++turn);
    words.back.store(turn, std::memory_order_release);
  });
  pin(cores.client);
  std::uint32_t turn = 0;
  return sample(plan, [&] {
    words.there.store(++turn, std::memory_order_release);
    spin_until(words.back, turn);
  });
}

Samples futex_exchange(const Cores& cores, const Plan& plan) {
  const SharedWords shared;
  Words& words = *shared;
  const Child child(cores.server, [&words, turn = std::uint32_t{0}]() mutable {
    sleep_until(words.there, ++turn);
    store_and_wake(words.back, turn);
  });
  pin(cores.client);
  std::uint32_t turn = 0;
  return sample(plan, [&] {
    store_and_wake(words.there, ++turn);
    sleep_until(words.back, turn);
  });
}

Samples socket_exchange(const Cores& cores, const Plan& plan) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail("socketpair");
  }
  std::array<std::byte, 64> bytes{};
  const Child child(cores.server, [&] {
    if (::recv(ends[1], bytes.data(), bytes.size(), 0) <= 0 || ::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
      ::_exit(1);
    }
  });
  pin(cores.client);
  Samples samples = sample(plan, [&] {
    if (::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 || ::recv(ends[0], bytes.data(), bytes.size(), 0) <= 0) {
      fail("socket exchange");
    }
  });
  ::close(ends[0]);
  ::close(ends[1]);
  return samples;
}

}  // namespace shmidl::bench
