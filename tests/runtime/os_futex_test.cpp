#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/futex.hpp"
#include "os/memory.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using namespace std::chrono_literals;
using os::Deadline;
using os::Waiter;
using os::Woken;

namespace {

using Atomic = std::atomic<std::uint32_t>;

/// A word in a sealed segment, and the same word as a peer maps it.
struct SharedWord {
  static constexpr std::size_t kBytes = 4096;
  Fd fd = os::create_segment(kBytes).value();
  os::Mapping owner = os::map_owned(fd, kBytes).value();
  os::Mapping peer;
  SharedWord() {
    os::seal_segment(fd).value();
    peer = os::map_peer(fd, kBytes, os::Sealed::segment).value();
  }
  Atomic& own() const { return *reinterpret_cast<Atomic*>(owner.data()); }
  os::Word peers() const { return reinterpret_cast<os::Word>(peer.data()); }
};

/// Wakes until somebody was there: the sleeper's last instruction before its sleep cannot be seen.
int wake_one(os::Word word, bool is_private = false) {
  const Deadline deadline = Deadline::in(10s);
  while (!deadline.expired()) {
    if (const int woken = os::wake(word, 1, is_private); woken > 0) {
      return woken;
    }
    std::this_thread::yield();
  }
  return 0;
}

}  // namespace

TEST_CASE("a wait does not begin when the value differs") {
  const Atomic word{5};
  CHECK(os::wait(os::word_of(word), 4, Deadline::never()) == Woken::value_changed_or_woken);
  CHECK(os::wait_private(os::word_of(word), 4, Deadline::never()) == Woken::value_changed_or_woken);
}

TEST_CASE("a wait ends at its deadline, not before") {
  const Atomic word{5};
  for (auto wait : {os::wait, os::wait_private}) {
    const auto begin = os::Clock::now();
    CHECK(wait(os::word_of(word), 5, Deadline::in(3ms)) == Woken::timed_out);
    CHECK(os::Clock::now() - begin >= 3ms);
    CHECK(wait(os::word_of(word), 5, Deadline::in(-1s)) == Woken::timed_out);
  }
}

TEST_CASE("a wake without a sleeper wakes nobody") {
  const Atomic word{5};
  CHECK(os::wake(os::word_of(word), os::kWakeAll) == 0);
  CHECK(os::wake(os::word_of(word), os::kWakeAll, true) == 0);
}

TEST_CASE("the owner wakes a peer that sleeps on its read-only map, in another process") {
  const SharedWord word;
  const Fd peer = word.fd.dup().value();
  std::thread owner;
  Atomic woken{0};
  owner = std::thread{[&] { woken = static_cast<std::uint32_t>(wake_one(os::word_of(word.own()))); }};
  const std::string end = in_child([&] {
    const os::Mapping map = os::map_peer(peer, SharedWord::kBytes, os::Sealed::segment).value();
    const Woken why = os::wait(reinterpret_cast<os::Word>(map.data()), 0, Deadline::in(10s));
    return std::string{why == Woken::timed_out ? "timed out" : "woken"};
  });
  owner.join();
  CHECK(end == "woken");
  CHECK(woken == 1);
}

TEST_CASE("a peer wakes the owner through its read-only map") {
  const SharedWord word;
  Woken why = Woken::timed_out;
  std::thread sleeper{[&] { why = os::wait(os::word_of(word.own()), 0, Deadline::in(10s)); }};
  CHECK(wake_one(word.peers()) == 1);
  sleeper.join();
  CHECK(why == Woken::value_changed_or_woken);
}

TEST_CASE("a private wake does not reach a shared sleeper") {
  const SharedWord word;
  Woken why = Woken::timed_out;
  std::thread sleeper{[&] { why = os::wait(os::word_of(word.own()), 0, Deadline::in(10s)); }};
  int woken_privately = 0;
  for (int i = 0; i < 1000; ++i) {
    woken_privately += os::wake(os::word_of(word.own()), os::kWakeAll, true);
  }
  CHECK(woken_privately == 0);
  CHECK(wake_one(os::word_of(word.own())) == 1);
  sleeper.join();
  CHECK(why == Woken::value_changed_or_woken);
}

TEST_CASE("wait_either ends by a change of either word and by its deadline") {
  const SharedWord word;
  Atomic death{0};
  const auto wait = [&](std::uint32_t shared, std::uint32_t own, Deadline deadline) {
    return os::wait_either(word.peers(), shared, os::word_of(death), own, deadline);
  };
  CHECK(wait(1, 0, Deadline::never()) == Woken::value_changed_or_woken);
  CHECK(wait(0, 0, Deadline::in(2ms)) == Woken::timed_out);
  if (os::waitv_supported()) {
    CHECK(wait(0, 1, Deadline::never()) == Woken::value_changed_or_woken);
  }
}

TEST_CASE("wait_either is woken through either word") {
  const SharedWord word;
  Atomic death{0};
  for (bool by_death : {false, true}) {
    if (by_death && !os::waitv_supported()) {
      continue;
    }
    Woken why = Woken::timed_out;
    std::thread sleeper{[&] { why = os::wait_either(word.peers(), 0, os::word_of(death), 0, Deadline::in(10s)); }};
    CHECK((by_death ? wake_one(os::word_of(death), true) : wake_one(os::word_of(word.own()))) == 1);
    sleeper.join();
    CHECK(why == Woken::value_changed_or_woken);
  }
}

TEST_CASE("wait_any takes as many words as the kernel, and says when there are more") {
  std::vector<Atomic> words(os::kMaxWaiters + 1);
  std::vector<Waiter> waiters;
  for (const Atomic& word : words) {
    waiters.push_back({os::word_of(word), 0, true});
  }
  CHECK(tells(told(os::wait_any(waiters, Deadline::in(1s))), Errc::too_large));
  waiters.pop_back();
  if (!os::waitv_supported()) {
    CHECK(tells(told(os::wait_any(waiters, Deadline::in(1s))), Errc::no_resources));
    return;
  }
  CHECK(os::wait_any(waiters, Deadline::in(2ms)) == Woken::timed_out);
  words[os::kMaxWaiters - 1] = 1;
  CHECK(os::wait_any(waiters, Deadline::never()) == Woken::value_changed_or_woken);
  words[os::kMaxWaiters - 1] = 0;
  Woken why = Woken::timed_out;
  std::thread sleeper{[&] { why = os::wait_any(waiters, Deadline::in(10s)).value(); }};
  CHECK(wake_one(os::word_of(words[77]), true) == 1);
  sleeper.join();
  CHECK(why == Woken::value_changed_or_woken);
}

TEST_CASE("wait_any with no words waits for its deadline") { CHECK(os::wait_any({}, Deadline::in(1ms)) == Woken::timed_out); }

TEST_CASE("waiting holds on a kernel without futex_waitv") {
  CHECK(in_child([] {
          // A new program, because this one may have asked already.
          refuse({.system_call = SYS_futex_waitv, .error = ENOSYS});
          const Fd nowhere{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
          ::dup2(nowhere.get(), STDOUT_FILENO);
          ::execl("/proc/self/exe", "os_test", "wait_*", nullptr);
          return std::string{"not run"};
        }) == "");
}

TEST_CASE("deadlines saturate and compare") {
  CHECK(Deadline::never().is_never());
  CHECK(!Deadline::never().expired());
  CHECK(Deadline::never().left() == std::chrono::nanoseconds::max());
  CHECK(Deadline::never().left_milliseconds() == -1);
  CHECK(Deadline::in(std::chrono::nanoseconds::max()).is_never());
  CHECK(Deadline::in(std::chrono::nanoseconds::min()).expired());
  CHECK(Deadline::in(0ns).left() == 0ns);
  CHECK(Deadline::in(0ns).left_milliseconds() == 0);
  CHECK(!Deadline::in(1h).expired());
  CHECK(Deadline::in(1500us).left_milliseconds() >= 1);
  CHECK(Deadline::in(10'000h * 24).left_milliseconds() > 0);
  CHECK(Deadline::in(1h).sooner(Deadline::never()) != Deadline::never());
  CHECK(os::to_kernel_time(os::TimePoint{-5s}).seconds == 0);
  const os::KernelTime time = os::to_kernel_time(os::TimePoint{3s + 7ns});
  CHECK(time.seconds == 3);
  CHECK(time.nanoseconds == 7);
}
