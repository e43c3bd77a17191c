// What happens where the kernel has no room: an epoll set that takes no more, a socket that is full.
#include "liar.hpp"
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
#include <set>
#include <thread>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::rpc::MessageKind;

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

TEST_CASE("a call that is given up while the peer's socket is full is told of when there is room") {
  const Services services;
  Liar liar("slow");
  constexpr std::uint32_t kCalls = 1500;  // more messages than a socket holds
  std::atomic<std::uint32_t> timed_out{0};
  std::thread client([&] {
    const auto probe = shmidl::connect<Probe>("slow", {.connect_timeout = 10s});
    for (std::uint32_t i = 0; i < kCalls; ++i) {
      const auto answer = probe->try_add(1, 2, {.timeout = 1us});
      timed_out += !answer && answer.error().errc() == Errc::timed_out;
    }
    while (timed_out != 0) std::this_thread::yield();
  });
  liar.let_in(shmidl::stub::interface_of<Probe>());
  // Every call is answered once it is given up, so that its lane comes back; nobody reads the socket meanwhile.
  std::set<std::pair<std::uint32_t, std::uint32_t>> last;
  shmidl::shm::CellBody sum;
  sum.content_bytes = 4;
  const auto serve = [&](std::uint32_t lane) {
    const std::uint32_t seen = Liar::Access::acquire(liar.peer->segment().requests[lane].sequence);
    if (seen != Liar::Access::relaxed(liar.mine().replies[lane].sequence)) shmidl::shm::publish<Liar::Access>(liar.mine().replies[lane], sum, seen);
  };
  const auto until = shmidl::os::Deadline::in(60s);
  while (timed_out < kCalls && !until.expired()) {
    const std::uint32_t before = timed_out;
    // One of them waits until it has timed out; then it is answered.
    while (timed_out == before && timed_out < kCalls && !until.expired()) {}
    for (std::uint32_t lane = 0; lane < shmidl::shm::kCallLanes; ++lane) serve(lane);
  }
  REQUIRE(timed_out == kCalls);
  std::uint32_t newest = 0;
  for (std::uint32_t lane = 0; lane < shmidl::shm::kCallLanes; ++lane) {
    const std::uint32_t sequence = Liar::Access::relaxed(liar.peer->segment().requests[lane].sequence);
    if (sequence != 0) last.emplace(lane, sequence), newest = std::max(newest, sequence);
  }
  // The last call of each lane is told of, though the socket had no room for long.
  std::array<std::byte, shmidl::rpc::kMaxMessageBytes> bytes;
  while (!last.empty() && !until.expired()) {
    if (!shmidl::os::wait_readable(liar.socket, shmidl::os::Deadline::in(2s)).value_or(false)) break;
    const auto received = shmidl::os::recv(liar.socket, bytes);
    if (!received) continue;
    shmidl::rpc::CancelMessage message;
    if (shmidl::rpc::read_message(std::span<const std::byte>(bytes.data(), received->bytes), MessageKind::cancel, message)) last.erase({message.lane, message.sequence});
  }
  CHECK(newest > 100);  // many calls were in one lane, one after the other
  CHECK(last.empty());
  timed_out = 0;
  client.join();
}
