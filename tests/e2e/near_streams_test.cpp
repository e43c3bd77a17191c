// Streams are the same whether their maker is another process, a part of this one, or an object that the client hosts.
#include "hosting.hpp"
#include "near_places.hpp"
#include "support/catch.hpp"
#include "support/soon.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::test::has_text;
using shmidl::test::soon;

namespace {

Place any_place() { return GENERATE(Place::other_process, Place::this_process, Place::no_socket, Place::copies); }

enum MadeBy { kCoroutine, kPull, kPush };
enum Slow { kBlock, kLatest, kDisconnect };

/// Reads the numbers from `first` on, to the error or the end; the last one.
std::int32_t read_on(shmidl::Stream<std::int32_t>& stream, std::int32_t first, std::optional<shmidl::Error>& error) {
  for (;; ++first) {
    const auto number = stream.try_next();
    if (!number) error = number.error();
    if (!number || !*number) return first - 1;
    CHECK(**number == first);
  }
}

}  // namespace

TEST_CASE("streams end, fail and are given up alike, however they are made, wherever the server is") {
  const Place place = any_place();
  const unsigned threads = GENERATE(1u, 3u);
  INFO(name_of(place) << ", " << threads << " threads");
  const Neighbourhood there(place, threads);
  const auto near = there.connect();
  for (const MadeBy made_by : {kCoroutine, kPull, kPush}) {
    INFO("made by " << made_by);
    std::optional<shmidl::Error> error;
    auto whole = near->numbers(1000, made_by, kBlock, false);
    CHECK(read_on(whole, 0, error) == 999);
    CHECK_FALSE(error);
    auto failing = near->numbers(100, made_by, kBlock, true);
    CHECK(read_on(failing, 0, error) == 99);
    REQUIRE(error);
    REQUIRE(error->as<Refused>() != nullptr);
    CHECK(error->as<Refused>()->code == 9);
    {
      auto dropped = near->numbers(1'000'000, made_by, kBlock, false);
      CHECK(dropped.next() == 0);
      CHECK(near->add(1, 2) == 3);
    }
    auto cancelled = near->numbers(1'000'000, made_by, kBlock, false);
    CHECK(cancelled.next() == 0);
    cancelled.cancel();
    read_on(cancelled, 1, error);
    CHECK(error->errc() == Errc::cancelled);
    std::stop_source source;
    auto stopped = near->try_numbers(1'000'000, made_by, kBlock, false, {.stop = source.get_token()}).value();
    std::thread stopper([&] { source.request_stop(); });
    read_on(stopped, 0, error);
    stopper.join();
    CHECK(error->errc() == Errc::cancelled);
    CHECK(soon([&] { return near->streams_open() == 0; }));
  }
}

TEST_CASE("slow readers are treated as the stream says, wherever the server is") {
  const Place place = any_place();
  const unsigned threads = GENERATE(1u, 3u);
  INFO(name_of(place) << ", " << threads << " threads");
  const Neighbourhood there(place, threads);
  const auto near = there.connect();
  for (const MadeBy made_by : {kCoroutine, kPull, kPush}) {
    INFO("made by " << made_by);
    std::int64_t before = near->items_made();
    {
      auto waits = near->numbers(1'000'000, made_by, kBlock, false);
      CHECK(soon([&] { return near->items_made() >= before + 32; }));
      for (int i = 0; i < 100; ++i) CHECK(near->items_made() <= before + 33);
    }
    CHECK(soon([&] { return near->streams_open() == 0; }));
    before = near->items_made();
    auto latest = near->numbers(5000, made_by, kLatest, false);
    CHECK(soon([&] { return near->items_made() == before + 5000; }));
    std::int32_t last = -1;
    int items = 0;
    for (const std::int32_t number : latest) {
      CHECK(number > last);
      last = number;
      ++items;
    }
    CHECK(last == 4999);
    CHECK(items < 5000);
    auto late = near->numbers(5000, made_by, kDisconnect, false);
    CHECK(soon([&] { return near->streams_open() == 0 && near->items_made() > before + 5008; }));
    std::optional<shmidl::Error> error;
    CHECK(read_on(late, 0, error) == 7);
    REQUIRE(error);
    CHECK(error->errc() == Errc::overloaded);
  }
}

TEST_CASE("a server reads the streams of an object that its client hosts, wherever the server is") {
  const Place place = any_place();
  const unsigned threads = GENERATE(1u, 3u);
  INFO(name_of(place) << ", " << threads << " threads");
  const Neighbourhood there(place, threads);
  const auto near = there.connect();
  const auto source = std::make_shared<SourceService>();
  {
    const Hosting hosting(*near);
    // The link's loop begins in its own time.
    CHECK(soon([&] { return near->try_drain(source, 1, kPull, false, -1).has_value(); }));
    for (const MadeBy made_by : {kCoroutine, kPull, kPush}) {
      INFO("made by " << made_by);
      CHECK(near->drain(source, 1000, made_by, false, -1) == 1000 * 999 / 2);
      CHECK(near->drain(source, 100, made_by, true, -1) == -100 * 99 / 2);
      CHECK(near->drain(source, 1'000'000, made_by, false, 10) == 10 * 9 / 2);
      CHECK(soon([&] { return source->open == 0; }));
    }
  }
  // Nobody would make the items.
  const auto refused = near->try_drain(source, 10, kCoroutine, false, -1);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().what(), has_text("run()"));
  CHECK(near->add(1, 2) == 3);
}

TEST_CASE("a reader that stops before large items leaves calls their memory, and reads on, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect({.max_peer_bytes = std::size_t{16} << 20});
  constexpr std::int32_t kElements = 64 << 10;  // half a MiB: 32 of them are more than may be handed over
  constexpr std::int32_t kItems = 100;
  auto first = near->arrays(kItems, kElements);
  auto second = near->arrays(kItems, kElements);
  CHECK(soon([&] { return near->items_made() >= 2 + 2; }));
  for (int i = 0; i < 50; ++i) {
    REQUIRE(near->long_line(100'000).points.size() == 100'000);
    CHECK(near->items_made() < 2 * 32);
  }
  for (std::int32_t i = 0; i < kItems; ++i) {
    for (auto* const stream : {&first, &second}) {
      const auto array = stream->next();
      REQUIRE(array);
      CHECK(std::as_const(*array).front() == i);
      CHECK(std::as_const(*array).back() == i);
    }
  }
  CHECK_FALSE(first.next());
  CHECK_FALSE(second.next());
  auto third = near->arrays(1, 4 << 20);  // larger than all of it
  const auto refused = third.try_next();
  REQUIRE_FALSE(refused);
  CHECK_FALSE(third.try_next());
  CHECK(soon([&] { return near->streams_open() == 0; }));
}

TEST_CASE("streams end when their server does, wherever it was") {
  const Place place = any_place();
  INFO(name_of(place));
  for (const MadeBy made_by : {kCoroutine, kPull, kPush}) {
    Neighbourhood there(place, 3);
    const auto near = there.connect();
    auto stream = near->numbers(1'000'000, made_by, kBlock, false);
    CHECK(stream.next() == 0);
    there.end();
    std::optional<shmidl::Error> error;
    CHECK(read_on(stream, 1, error) <= 33);
    REQUIRE(error);
    CHECK((error->errc() == Errc::maybe_executed || error->errc() == Errc::draining));
  }
}
