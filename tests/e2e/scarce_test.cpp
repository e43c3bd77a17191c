// What happens where the kernel has no room: an epoll set that takes no more.
#include "loop.hpp"
#include "probe.shmidl.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/soon.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;

namespace {
std::atomic<int> additions_left{-1};  // until the one that fails; below zero: none does
}

// In the place of the C library's, for the runtime too.
extern "C" int epoll_ctl(int set, int operation, int fd, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && additions_left.load() >= 0 && additions_left.fetch_sub(1) == 0) {
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, set, operation, fd, event));
}

TEST_CASE("a client whose loop takes no more descriptors says so, and goes on without it") {
  const Services services;
  Process server(PROBE_SERVER, {"scarce", "adaptive", "1"});
  server.expect_line("ready");
  int failed = 0;
  for (int place = 0; place < 6; ++place) {
    const auto probe = shmidl::connect<Probe>("scarce", {.connect_timeout = 10s});
    auto link = shmidl::link(*probe);
    std::atomic<bool> died{false};
    additions_left = place;
    bool said = false;
    try {
      static_cast<void>(link.poll_fd());
    } catch (const shmidl::Error& error) {
      CHECK(error.errc() == Errc::no_resources);
      said = true;
    }
    additions_left = -1;
    failed += said;
    CHECK(probe->add(place, 1) == place + 1);
    if (!said) continue;
    // The next one finds room, and what comes is dispatched.
    const int fd = link.poll_fd();
    std::int32_t sum = 0;
    probe->async_add(1, 2).then([&](shmidl::Result<std::int32_t> answer) { sum = answer.value(); });
    CHECK(soon([&] { return link.dispatch_ready(), sum == 3; }));
    CHECK(fd == link.poll_fd());
  }
  CHECK(failed >= 4);  // the loop's own two, the socket in the loop, its end with the watcher
}

TEST_CASE("a client whose loop took no descriptor hears of its server's end") {
  const Services services;
  for (int place = 2; place < 4; ++place) {
    Process server(PROBE_SERVER, {"mortal", "adaptive", "1"});
    server.expect_line("ready");
    const auto probe = shmidl::connect<Probe>("mortal", {.connect_timeout = 10s});
    auto link = shmidl::link(*probe);
    additions_left = place;
    CHECK_THROWS_AS(link.poll_fd(), shmidl::Error);
    additions_left = -1;
    server.kill();
    static_cast<void>(server.wait());
    CHECK(soon([&] { return probe->try_add(1, 2).error().errc() == Errc::not_executed; }));
  }
}
