#include <array>
#include <chrono>
#include <thread>

#include <fcntl.h>

#include "os/poller.hpp"
#include "os/socket.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using namespace std::chrono_literals;
using os::Deadline;
using os::Poller;
using os::Ready;
using os::Waker;

TEST_CASE("a poller tells which descriptor is ready, by its tag") {
  auto [a, b] = os::make_socket_pair().value();
  auto [c, d] = os::make_socket_pair().value();
  Poller poller = Poller::open().value();
  REQUIRE(poller.add(a, 7));
  REQUIRE(poller.add(c, 8));
  std::array<Ready, 4> ready{};
  CHECK(poller.wait(ready, Deadline::in(1ms)) == 0U);
  REQUIRE(os::send(d, bytes_of("x")));
  REQUIRE(poller.wait(ready, Deadline::never()) == 1U);
  CHECK(ready[0].tag == 8);
  CHECK(ready[0].readable);
  CHECK(!ready[0].hung_up);
  CHECK(poller.wait(ready, Deadline::in(0ms)) == 1U);  // level-triggered
  b.reset();
  CHECK(poller.wait(ready, Deadline::never()) == 2U);
  CHECK(poller.wait(std::span{ready}.first(1), Deadline::never()) == 1U);
  CHECK(poller.wait({}, Deadline::never()) == 0U);
  poller.remove(c);
  REQUIRE(poller.wait(ready, Deadline::never()) == 1U);
  CHECK(ready[0].tag == 7);
  CHECK(ready[0].hung_up);
  poller.remove(a);
  poller.remove(a);
  CHECK(poller.wait(ready, Deadline::in(0ms)) == 0U);
}

TEST_CASE("a poller waits until its deadline, not less") {
  Poller poller = Poller::open().value();
  std::array<Ready, 1> ready{};
  const auto begin = os::Clock::now();
  CHECK(poller.wait(ready, Deadline::in(2500us)) == 0U);
  CHECK(os::Clock::now() - begin >= 2500us);
  CHECK(poller.wait(ready, Deadline::in(-1s)) == 0U);
}

TEST_CASE("a poller refuses what cannot be waited for") {
  Poller poller = Poller::open().value();
  const TempDir dir;
  const Fd file{::open(dir.write("file", "x").c_str(), O_RDONLY | O_CLOEXEC)};
  CHECK(tells(told(poller.add(file, 0)), Errc::bad_address));
  CHECK(tells(told(poller.add(Fd{}, 0)), Errc::bad_address));
}

TEST_CASE("a waker ends a wait from another thread, and many wakes are one") {
  const Waker waker = Waker::open().value();
  Poller poller = Poller::open().value();
  REQUIRE(poller.add(waker.fd(), 1));
  CHECK(!waker.reset());
  std::thread other{[&] {
    waker.wake();
    waker.wake();
  }};
  std::array<Ready, 1> ready{};
  CHECK(poller.wait(ready, Deadline::in(10s)) == 1U);
  other.join();
  CHECK(waker.reset());
  CHECK(!waker.reset());
  CHECK(poller.wait(ready, Deadline::in(0ms)) == 0U);
}

TEST_CASE("a poller stands in another event loop") {
  Poller poller = Poller::open().value();
  const Waker waker = Waker::open().value();
  REQUIRE(poller.add(waker.fd(), 1));
  CHECK(os::wait_readable(poller.fd(), Deadline::in(0ms)) == false);
  waker.wake();
  CHECK(os::wait_readable(poller.fd(), Deadline::in(10s)) == true);
}
