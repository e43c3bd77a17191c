// Streams whose readers are slow, in loops, or gone; and whose servers stop or die.
#include "feed.hpp"
#include "support/catch.hpp"
#include "support/detached.hpp"
#include "support/soon.hpp"

#include <chrono>
#include <csignal>
#include <coroutine>
#include <thread>
#include <utility>
#include <vector>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Stream;

namespace {

using Client = std::shared_ptr<feed::Feed::Client>;

/// Reads until the stream ends by an error; the items before it.
template <class T>
shmidl::Error error_of(Stream<T>& stream, std::int64_t& items) {
  for (;; ++items) {
    const auto next = stream.try_next();
    if (!next) return next.error();
    if (!*next) throw std::logic_error("the stream ended without an error");
  }
}

Detached read_all(Client feed, int count, std::int64_t& sum, int& left) {
  Stream<std::int32_t> stream = feed->count(count);
  for (;;) {
    const std::optional<std::int32_t> item = co_await stream;
    if (!item) break;
    sum += *item;
  }
  if (--left == 0) shmidl::link(*feed).stop();
}

Detached read_to_the_end(Client feed, std::int64_t& items, Errc& why) {
  Stream<std::int64_t> stream = feed->forever();
  for (bool more = true; more;) {
    try {
      const std::optional<std::int64_t> item = co_await stream;
      more = item.has_value();
      ++items;
    } catch (const shmidl::Error& error) {
      why = error.errc();
      more = false;
    }
  }
}

}  // namespace

TEST_CASE("of a slow reader's stream the newest item is kept") {
  for (const int threads : {1, 2}) {
    FeedPair pair(threads, "latest");
    INFO(threads);
    auto stream = pair.feed->forever();
    std::int64_t last = stream.next().value();
    for (int i = 0; i < 3; ++i) {
      const std::int64_t before = pair.feed->made();
      CHECK(soon([&] { return pair.feed->made() > before + 1000; }));
      const std::int64_t waited = stream.next().value();  // what had its place already
      CHECK(waited > last);
      last = stream.next().value();
      CHECK(last > before);
      CHECK(last > waited);
    }
    stream.cancel();
    // The last one of a push comes, though nothing is put after it.
    auto pushed = pair.feed->pushed(100'000);
    std::int32_t newest = -1;
    while (const auto item = pushed.next()) {
      CHECK(*item > newest);
      newest = *item;
    }
    CHECK(newest == 99'999);
  }
}

TEST_CASE("a push that waits for a thread and is given up ends without one") {
  FeedPair pair(2);  // threads, of which one may push
  auto first = pair.feed->pushed(100'000);
  CHECK(first.next() == 0);
  // More of them than a client may have open at a time.
  for (int i = 0; i < 200; ++i) {
    REQUIRE(soon([&] { return pair.feed->try_pushed(10).has_value(); }));
  }
  std::int32_t count = 1;
  while (const auto item = first.next()) CHECK(*item == count++);
  CHECK(count == 100'000);
}

TEST_CASE("a push that never waits leaves other calls their turns") {
  for (const int threads : {1, 2, 0}) {
    FeedPair pair(threads, "latest");
    INFO(threads);
    {
      auto stream = pair.feed->pushed(0x7fff'ffff);
      CHECK(stream.next().has_value());
      for (int i = 0; i < 100; ++i) CHECK(pair.feed->made() > 0);
      CHECK(pair.feed->open() == 1);
    }
    CHECK(soon([&] { return pair.feed->open() == 0; }));
  }
}

TEST_CASE("large items that a slow reader never got leave nothing behind") {
  FeedPair pair(1, "latest");
  constexpr int kItems = 600;  // more than a connection has slots
  for (int i = 0; i < 3; ++i) {
    const std::int64_t before = pair.feed->made();
    auto stream = pair.feed->arrays(kItems, 4096);
    CHECK(soon([&] { return pair.feed->made() == before + kItems; }));
    std::int64_t last = -1;
    while (const auto array = stream.next()) last = (*array)[4095];
    CHECK(last == kItems - 1);
  }
  // Each needs a slot while it is open.
  auto one = pair.feed->arrays(1, 4096);
  auto other = pair.feed->arrays(1, 4096);
  CHECK((one.next() && other.next()));
}

TEST_CASE("a slow reader is disconnected where the stream says so") {
  FeedPair pair(1, "disconnect");
  for (int i = 0; i < 2; ++i) {
    std::int64_t items = 0;
    shmidl::Error error(Errc::cancelled);
    const std::int64_t before = pair.feed->made();
    const auto has_ended = [&] { return pair.feed->made() > before + 8 && pair.feed->open() == 0; };
    if (i == 0) {
      auto stream = pair.feed->pushed(1000);
      CHECK(soon(has_ended));
      error = error_of(stream, items);
    } else {
      auto stream = pair.feed->forever();
      CHECK(soon(has_ended));
      error = error_of(stream, items);
    }
    CHECK(items == 8);
    CHECK(error.errc() == Errc::overloaded);
  }
  CHECK(pair.feed->open() == 0);
}

TEST_CASE("items that were published before the server died come, then its death is told") {
  FeedPair pair;
  auto stream = pair.feed->forever();
  auto pushed = pair.feed->pushed(1000);
  CHECK(stream.next() == 1);
  CHECK(pushed.next() == 0);
  CHECK(soon([&] { return pair.feed->made() >= 32 + 32; }));
  static_cast<void>(pair.feed->made());
  pair.server.process.kill();
  // As many as there was room for, of which the first one may count still.
  std::int64_t items = 0;
  const shmidl::Error error = error_of(stream, items);
  CHECK(items >= 31);
  CHECK(items <= 32);
  CHECK(error.errc() == Errc::maybe_executed);
  CHECK(error.execution() == shmidl::Execution::maybe);
  items = 0;
  CHECK(error_of(pushed, items).errc() == Errc::maybe_executed);
  CHECK(items >= 31);
  CHECK(items <= 32);
}

TEST_CASE("a reader that waits hears of the server's death at once, and of its own close") {
  for (const shmidl::Wait wait : {shmidl::Wait::adaptive, shmidl::Wait::block, shmidl::Wait::poll}) {
    const Services services;
    FeedServer server;
    const Client feed = connect_feed(wait);
    auto waits = feed->pulled(0x7fff'ffff);
    CHECK(waits.next() == 0);
    server.process.kill(SIGSTOP);
    std::thread killer([&] { server.process.kill(); });
    std::int64_t items = 0;
    CHECK(error_of(waits, items).errc() == Errc::maybe_executed);
    killer.join();
  }
  FeedPair pair;
  auto stream = pair.feed->forever();
  CHECK(stream.next() == 1);
  pair.server.process.kill(SIGSTOP);
  std::thread closer([&] { shmidl::link(*pair.feed).close(); });
  std::int64_t items = 0;
  CHECK(error_of(stream, items).errc() == Errc::cancelled);
  closer.join();
  pair.server.process.kill(SIGCONT);
}

TEST_CASE("the streams of a reader that died end in the server") {
  for (const int threads : {1, 2, 0}) {
    FeedPair pair(threads);
    INFO(threads);
    {
      Process reader(FEED_READER, {"feed"});
      reader.expect_line("reading");
      CHECK(pair.feed->open() == 2);
      reader.kill();
    }
    CHECK(soon([&] { return pair.feed->open() == 0; }));
  }
}

TEST_CASE("a reader that stops reading holds up nobody") {
  for (const int threads : {1, 2, 0}) {
    FeedPair pair(threads);
    INFO(threads);
    Process reader(FEED_READER, {"feed"});
    reader.expect_line("reading");
    reader.kill(SIGSTOP);
    for (int i = 0; i < 200; ++i) CHECK(pair.feed->open() >= 2);
    auto stream = pair.feed->count(1000);
    for (std::int32_t i = 0; i < 1000; ++i) CHECK(stream.next() == i);
  }
}

TEST_CASE("a server that stops ends its streams, and waits for no reader") {
  for (const int threads : {1, 2, 0}) {
    FeedPair pair(threads);
    INFO(threads);
    auto pushed = pair.feed->pushed(1'000'000);
    auto made = pair.feed->forever();
    CHECK(pushed.next() == 0);
    CHECK(made.next() == 1);
    static_cast<void>(pair.feed->try_late(-1));  // stops it
    CHECK(pair.server.process.wait() == 0);
    std::int64_t items = 0;
    const Errc errc = error_of(pushed, items).errc();
    CHECK((errc == Errc::draining || errc == Errc::maybe_executed));
    CHECK(items <= 32);
  }
}

TEST_CASE("coroutines await items in the client's loop") {
  for (const int threads : {1, 2}) {
    FeedPair pair(threads);
    INFO(threads);
    std::int64_t sum = 0;
    int left = 3;
    for (int i = 0; i < 3; ++i) read_all(pair.feed, 5000, sum, left);
    shmidl::link(*pair.feed).run();
    CHECK(left == 0);
    CHECK(sum == 3 * (5000LL * 4999 / 2));
  }
}

TEST_CASE("a coroutine that awaits an item hears of the server's death") {
  FeedPair pair;
  std::int64_t items = 0;
  Errc why{};
  read_to_the_end(pair.feed, items, why);
  auto link = shmidl::link(*pair.feed);
  while (items < 100) static_cast<void>(link.dispatch_ready());
  pair.server.process.kill();
  link.run();
  CHECK(why == Errc::maybe_executed);
}
