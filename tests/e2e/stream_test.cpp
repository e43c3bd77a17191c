// Streams: items in their order, back-pressure, ends, and what is given up.
#include "feed.hpp"
#include "maps.hpp"
#include "support/catch.hpp"
#include "support/soon.hpp"

#include <chrono>
#include <thread>
#include <vector>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::test::soon;

namespace {

template <class T>
std::int64_t count_in_order(shmidl::Stream<T> stream) {
  std::int64_t next = 0;
  for (const T& item : stream) {
    if (item != next) return -1;
    ++next;
  }
  return next;
}

template <class F>
Errc errc_of(F&& f) {
  try {
    f();
  } catch (const shmidl::Error& error) {
    return error.errc();
  }
  return Errc{};
}

}  // namespace

TEST_CASE("items of a coroutine, a pull and a push come in their order, then the end") {
  for (const int threads : {1, 3, 0}) {
    FeedPair pair(threads);
    INFO(threads);
    CHECK(count_in_order(pair.feed->count(100'000)) == 100'000);
    CHECK(count_in_order(pair.feed->pulled(20'000)) == 20'000);
    CHECK(count_in_order(pair.feed->pushed(20'000)) == 20'000);
    CHECK(count_in_order(pair.feed->count(0)) == 0);
    CHECK(count_in_order(pair.feed->count(1)) == 1);
    CHECK(soon([&] { return pair.feed->open() == 0; }));
  }
}

TEST_CASE("an end is an end as often as it is asked for") {
  FeedPair pair;
  auto stream = pair.feed->count(2);
  CHECK(stream.next() == 0);
  CHECK(stream.try_next().value() == 1);
  for (int i = 0; i < 3; ++i) CHECK(stream.next() == std::nullopt);
  CHECK(stream.try_next().value() == std::nullopt);
}

TEST_CASE("items are strings, structs, unions and arrays") {
  FeedPair pair;
  std::vector<std::string> words;
  for (const std::string& word : pair.feed->words("the quick brown fox")) words.push_back(word);
  CHECK(words == std::vector<std::string>{"the", "quick", "brown", "fox"});
  const std::string long_text(3000, 'x');
  CHECK(pair.feed->words(long_text).next() == long_text);

  int i = 0;
  for (const feed::Sample& sample : pair.feed->samples(100)) {
    CHECK(sample.when == i);
    CHECK(sample.value == i * 0.5);
    ++i;
  }
  CHECK(i == 100);

  feed::Row like;
  like.name = "row";
  like.cells = std::vector<std::int64_t>(5000, 7);
  i = 0;
  for (const feed::Row& row : pair.feed->rows(like, 100)) {
    CHECK(row.number == i++);
    CHECK(row.name == "row");
    CHECK(row.cells == like.cells);
  }
  CHECK(i == 100);

  i = 0;
  for (const feed::Event& event : pair.feed->events(10)) {
    if (i % 2 == 0) CHECK(event.get<feed::Event::Tag::ticks>() == i);
    else CHECK(event.get<feed::Event::Tag::text>() == std::to_string(i));
    ++i;
  }
  CHECK(i == 10);
}

TEST_CASE("large arrays are read in place, and keep their memory as long as they live") {
  FeedPair pair;
  std::vector<shmidl::Array<std::int64_t>> kept;
  std::int64_t i = 0;
  for (auto& array : pair.feed->arrays(300, 4096)) {
    CHECK(std::as_const(array).front() == i);
    CHECK(std::as_const(array).back() == i);
    kept.push_back(std::move(array));
    ++i;
  }
  CHECK(i == 300);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const auto& array = std::as_const(kept[k]);
    CHECK(std::count(array.begin(), array.end(), static_cast<std::int64_t>(k)) == 4096);
  }
}

TEST_CASE("large items that nobody read give their memory back") {
  FeedPair pair;
  // Each needs a slot, of which a connection has 256.
  for (int i = 0; i < 12; ++i) {
    const std::int64_t before = pair.feed->made();
    auto dropped = pair.feed->arrays(1000, 4096);
    CHECK(soon([&] { return pair.feed->made() >= before + 32; }));
  }
  CHECK(soon([&] { return pair.feed->open() == 0; }));
  CHECK(soon([&] {
    auto stream = pair.feed->arrays(1, 4096);
    const auto array = stream.next();
    return permissions_at(std::as_const(*array).data()) == "r--s";  // with no slot left it would be a copy
  }));
}

TEST_CASE("no more items are made than the reader has room for") {
  FeedPair pair;
  auto stream = pair.feed->forever();
  CHECK(stream.next() == 1);
  // The maker stops 32 items after the last that was taken, and a call tells in the middle of the stream what it made.
  CHECK(soon([&] { return pair.feed->made() >= 32; }));
  std::int64_t before = pair.feed->made();
  for (int i = 0; i < 100; ++i) CHECK(pair.feed->made() <= before + 1);
  CHECK(before <= 1 + 32 + 1);
  for (std::int64_t i = 2; i <= 1000; ++i) CHECK(stream.next() == i);
  CHECK(pair.feed->made() <= 1000 + 32 + 1);
}

TEST_CASE("a call in the middle of a stream does not hang, whatever makes the items") {
  for (const int threads : {1, 2, 0}) {
    FeedPair pair(threads);
    INFO(threads);
    auto made = pair.feed->count(1000);
    auto pushed = pair.feed->pushed(1000);
    auto pulled = pair.feed->pulled(1000);
    for (std::int32_t i = 0; i < 1000; ++i) {
      CHECK(made.next() == i);
      CHECK(pushed.next() == i);
      CHECK(pulled.next() == i);
      if (i % 10 == 0) CHECK(pair.feed->made() >= 3 * i);
    }
    CHECK(made.next() == std::nullopt);
    CHECK(pushed.next() == std::nullopt);
    CHECK(pulled.next() == std::nullopt);
  }
}

TEST_CASE("what a handler throws ends its stream, after the items before it") {
  FeedPair pair;
  auto stream = pair.feed->fails(3);
  for (std::int32_t i = 0; i < 3; ++i) CHECK(stream.next() == i);
  for (int again = 0; again < 2; ++again) {
    const auto ended = stream.try_next();
    REQUIRE(!ended);
    CHECK(ended.error().errc() == Errc::service_error);
    CHECK(ended.error().execution() == shmidl::Execution::yes);
    CHECK(std::string(ended.error().what()) == "out of order");
  }

  auto typed = pair.feed->ends(2, "enough");
  CHECK(typed.next() == 0);
  CHECK(typed.next() == 1);
  try {
    static_cast<void>(typed.next());
    FAIL("the stream goes on");
  } catch (const feed::Ended& ended) {
    CHECK(ended.why == "enough");
    CHECK(ended.after == 2);
  }
  const auto refused = pair.feed->try_ends(-1, "never");
  REQUIRE(!refused);
  REQUIRE(refused.error().as<feed::Ended>() != nullptr);
  CHECK(refused.error().as<feed::Ended>()->why == "never");
}

TEST_CASE("a stream that is given up ends in the server, and what it kept goes") {
  for (const int threads : {1, 2, 0}) {
    FeedPair pair(threads);
    INFO(threads);
    {
      auto dropped = pair.feed->forever();
      CHECK(dropped.next() == 1);
      auto pushed = pair.feed->pushed(1'000'000);
      CHECK(pushed.next() == 0);
      CHECK(pair.feed->open() == 2);
    }
    CHECK(soon([&] { return pair.feed->open() == 0; }));
    auto cancelled = pair.feed->forever();
    CHECK(cancelled.next() == 1);
    cancelled.cancel();
    CHECK(errc_of([&] { static_cast<void>(cancelled.next()); }) == Errc::cancelled);
    CHECK(soon([&] { return pair.feed->open() == 0; }));
    std::stop_source source;
    auto stopped = pair.feed->try_forever({.stop = source.get_token()}).value();
    CHECK(stopped.next() == 1);
    std::thread stopper([&] { source.request_stop(); });
    CHECK(errc_of([&] {
            for (;;) static_cast<void>(stopped.next());
          }) == Errc::cancelled);
    stopper.join();
    CHECK(soon([&] { return pair.feed->open() == 0; }));
  }
}

TEST_CASE("a thousand streams that are opened and dropped leave nothing behind") {
  FeedPair pair;
  for (int i = 0; i < 1000; ++i) {
    auto stream = pair.feed->forever();
    if (i % 2 == 0) CHECK(stream.next() == 1);
  }
  CHECK(soon([&] { return pair.feed->open() == 0; }));
  // As many as may be at a time, all of which have their places.
  std::vector<shmidl::Stream<std::int64_t>> streams;
  for (int i = 0; i < 64; ++i) streams.push_back(pair.feed->forever());
  const auto refused = pair.feed->try_forever();
  REQUIRE(!refused);
  CHECK(refused.error().errc() == Errc::overloaded);
  for (auto& stream : streams) CHECK(stream.next() == 1);
  CHECK(pair.feed->open() == 64);
}

TEST_CASE("a wait for an item has its time") {
  FeedPair pair;
  auto stream = pair.feed->forever();
  CHECK(stream.next() == 1);
  pair.server.process.kill(SIGSTOP);
  for (bool more = true; more;) {
    try {
      static_cast<void>(stream.next_for(20ms));
    } catch (const shmidl::Error& error) {
      CHECK(error.errc() == Errc::timed_out);
      more = false;
    }
  }
  CHECK(errc_of([&] { static_cast<void>(stream.next_for(0ms)); }) == Errc::timed_out);
  pair.server.process.kill(SIGCONT);
  CHECK(stream.next().has_value());
}

TEST_CASE("a stream that opens too late is not opened, and ends") {
  FeedPair pair;
  const auto late = pair.feed->try_late(200);
  REQUIRE(!late);
  CHECK(late.error().errc() == Errc::timed_out);
  CHECK(soon([&] { return pair.feed->open() == 0; }));
  CHECK(pair.feed->try_late(0).value().next() == 1);
  {
    auto future = pair.feed->async_late(0);
    CHECK(future.get().next() == 1);
    auto dropped = pair.feed->async_late(0);
  }
  CHECK(soon([&] { return pair.feed->open() == 0; }));
}
