// Streams whose items hand descriptors, blobs and objects over: all of it arrives, in both directions, and nothing is left behind.
#include "hosting.hpp"
#include "relay_pair.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;

namespace {

/// What both processes have open, once all that the test did is over.
struct Files {
  explicit Files(const RelayPair& pair) : server(pair.server.pid()), theirs(open_files(server)), mine(open_files(::getpid())) {}
  [[nodiscard]] bool are_as_before() const {
    return soon([&] { return open_files(server) <= theirs && open_files(::getpid()) <= mine; });
  }
  const pid_t server;
  const std::size_t theirs;
  const std::size_t mine;
};

template <class T>
shmidl::Error error_of(shmidl::Stream<T>& stream, int& items) {
  for (items = 0;; ++items) {
    const auto next = stream.try_next();
    if (!next) return next.error();
    if (!*next) return shmidl::Error(Errc{}, "the stream ended");
  }
}

}  // namespace

TEST_CASE("descriptors come in items, however many one item has") {
  for (const int threads : {1, 2, 0}) {
    RelayPair pair(threads);
    INFO(threads);
    const Files files(pair);
    int next = 0;
    for (const shmidl::Fd& file : pair.relay->files(500)) CHECK(text_of(file) == std::to_string(next++));
    CHECK(next == 500);
    for (const int each : {1, 3, 17, 64}) {
      next = 0;
      for (const auto& bundle : pair.relay->bundles(20, each)) {
        CHECK(bundle.size() == static_cast<std::size_t>(each));
        for (const shmidl::Fd& file : bundle) CHECK(text_of(file) == std::to_string(next++));
      }
      CHECK(next == 20 * each);
    }
    auto too_many = pair.relay->bundles(1, 65);
    int items = 0;
    CHECK(error_of(too_many, items).errc() == Errc::too_large);
    CHECK(items == 0);
    CHECK(files.are_as_before());
  }
}

TEST_CASE("blobs come in items: each once, and the same one as often as it is named") {
  RelayPair pair;
  const Files files(pair);
  int next = 0;
  // More than a connection carries at a time.
  for (const shmidl::Blob& blob : pair.relay->blobs(600, 5000)) {
    CHECK(blob.size() == 5000);
    CHECK(blob.as<std::uint8_t>()[4999] == static_cast<std::uint8_t>(next++));
  }
  CHECK(next == 600);
  const shmidl::Blob mine = blob_of(7, 100'000);
  next = 0;
  for (const shmidl::Blob& blob : pair.relay->same(200, mine)) {
    CHECK(inode_of(blob.descriptor()) == inode_of(mine.descriptor()));
    ++next;
  }
  CHECK(next == 200);
  for (const shmidl::Blob& blob : pair.relay->same(3, {})) CHECK(blob.empty());
  CHECK(soon([&] { return !uses(pair.server.pid(), inode_of(mine.descriptor())); }));
}

TEST_CASE("a reader that keeps more blobs than it accepts is told, and reads on in another stream") {
  RelayPair pair(1, "block", {.max_peer_blobs = 20});
  std::vector<shmidl::Blob> kept;
  auto stream = pair.relay->blobs(100, 5000);
  Errc why{};
  for (bool more = true; more;) {
    const auto next = stream.try_next();
    if (next) kept.push_back(**next);
    else why = next.error().errc(), more = false;
  }
  CHECK(why == Errc::no_resources);
  CHECK(kept.size() == 20);
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(kept[i].as<std::uint8_t>()[0] == i);
  kept.clear();
  CHECK(soon([&] {
    int items = 0;
    auto again = pair.relay->blobs(10, 5000);
    return error_of(again, items).errc() == Errc{} && items == 10;
  }));
}

TEST_CASE("objects come in items, live as long as somebody has them, and are called back") {
  for (const int threads : {1, 2, 0}) {
    RelayPair pair(threads);
    INFO(threads);
    {
      std::vector<std::shared_ptr<relay::Counter>> kept;
      for (auto& counter : pair.relay->counters(300)) kept.push_back(std::move(counter));
      REQUIRE(kept.size() == 300);
      CHECK(pair.relay->living() == 300);
      for (int i = 0; i < 300; ++i) CHECK(kept[static_cast<std::size_t>(i)]->add(1) == i + 1);
      // The server makes the next ones while it is called.
      int next = 0;
      for (const auto& counter : pair.relay->counters(100)) CHECK(counter->add(5) == next++ + 5);
    }
    CHECK(soon([&] { return pair.relay->living() == 0; }));
  }
}

TEST_CASE("items hold values, descriptors, blobs and objects together, in structs and unions") {
  for (const int threads : {1, 2, 0}) {
    RelayPair pair(threads);
    INFO(threads);
    const Files files(pair);
    for (const int made_by : {0, 1, 2}) {
      int next = 0;
      for (const relay::Crate& crate : pair.relay->crates(100, made_by)) CHECK(value_of(crate) == next++);
      CHECK(next == 100);
    }
    using Tag = relay::Load::Tag;
    int next = 0;
    for (const relay::Load& load : pair.relay->loads(100)) {
      if (next % 4 == 0) CHECK(load.get<Tag::number>() == next);
      if (next % 4 == 1) CHECK(text_of(load.get<Tag::file>()) == std::to_string(next));
      if (next % 4 == 2) CHECK(load.get<Tag::data>().as<std::uint8_t>()[99] == next);
      if (next % 4 == 3) CHECK(load.get<Tag::counter>()->add(1) == next + 1);
      ++next;
    }
    CHECK(next == 100);
    CHECK(soon([&] { return pair.relay->living() == 0; }));
    CHECK(files.are_as_before());
  }
}

TEST_CASE("a client's object hands things over in items, too") {
  for (const int threads : {1, 2, 0}) {
    RelayPair pair(threads);
    INFO(threads);
    const Hosting hosting(*pair.relay);
    auto mine = std::make_shared<RelayService>();
    CHECK(pair.relay->empty(mine, 1, 0, -1) == 0);
    const Files files(pair);
    for (const int made_by : {0, 1, 2}) CHECK(pair.relay->empty(mine, 100, made_by, -1) == 100 * 99 / 2);
    // The server gives the stream up: what it had not read is closed there.
    for (const int made_by : {0, 1, 2}) CHECK(pair.relay->empty(mine, 1'000'000, made_by, 10) == 10 * 9 / 2);
    CHECK(soon([&] {
      static_cast<void>(pair.relay->file(0));  // in whose course what the server let go of goes
      return CounterOf::living == 0;
    }));
    CHECK(files.are_as_before());
  }
}

TEST_CASE("what a reader gives up unread is closed, and its objects go") {
  for (const int threads : {1, 2, 0}) {
    RelayPair pair(threads);
    INFO(threads);
    const Files files(pair);
    for (int i = 0; i < 100; ++i) {
      auto stream = pair.relay->crates(1'000'000, i % 3);
      if (i % 2 == 0) CHECK(value_of(*stream.next()) == 0);
      else if (i % 5 == 0) stream.cancel();
      auto opening = pair.relay->async_files(1'000'000);
      if (i % 4 == 0) static_cast<void>(opening.get());
    }
    CHECK(soon([&] { return pair.relay->living() == 0; }));
    CHECK(files.are_as_before());
    int next = 0;
    for (const shmidl::Fd& file : pair.relay->files(100)) CHECK(text_of(file) == std::to_string(next++));
  }
}

TEST_CASE("a maker that dies leaves its reader what it published, and nothing else") {
  for (const int made_by : {0, 2}) {
    const std::size_t before = open_files(::getpid());
    {
      RelayPair pair(2);
      auto stream = pair.relay->crates(1'000'000, made_by);
      auto unread = pair.relay->files(1'000'000);
      CHECK(value_of(*stream.next()) == 0);
      // Four descriptors of each wait, of which an odd crate has two; the one after them has no room.
      CHECK(soon([&] { return pair.relay->made() >= 3 + 5; }));
      pair.server.kill();
      int items = 0;
      CHECK(error_of(stream, items).errc() == Errc::maybe_executed);
      CHECK(items >= 1);
      CHECK(items <= 4);
    }
    CHECK(soon([&] { return open_files(::getpid()) <= before; }));
  }
}

TEST_CASE("a reader that dies leaves its maker nothing") {
  for (const int threads : {1, 2, 0}) {
    RelayPair pair(threads);
    INFO(threads);
    const Files files(pair);
    for (int i = 0; i < 3; ++i) {
      Process reader(RELAY_SERVER, {"relay", "read", "-"});
      reader.expect_line("reading");
      CHECK(pair.relay->living() >= 2);
      reader.kill();
      CHECK(soon([&] { return pair.relay->living() == 0; }));
    }
    CHECK(files.are_as_before());
  }
}

TEST_CASE("readers that read none of their descriptors keep none from calls, nor from each other") {
  RelayPair pair;
  const Files files(pair);
  {
    std::vector<shmidl::Stream<shmidl::Fd>> streams;
    for (int i = 0; i < 63; ++i) streams.push_back(pair.relay->files(1'000'000));
    CHECK(soon([&] { return pair.relay->made() >= 63 * 4; }));
    for (int i = 0; i < 100; ++i) CHECK(text_of(pair.relay->file(i)) == std::to_string(i));
    int next = 0;
    for (const shmidl::Fd& file : pair.relay->files(100)) CHECK(text_of(file) == std::to_string(next++));
    for (int round = 0; round < 10; ++round) {
      for (auto& stream : streams) CHECK(text_of(*stream.next()) == std::to_string(round));
    }
    CHECK(pair.relay->made() <= 63 * (10 + 5) + 100);
  }
  CHECK(files.are_as_before());
}

TEST_CASE("of a slow reader's stream the newest item is kept with what it hands over") {
  for (const int threads : {1, 2}) {
    RelayPair pair(threads, "latest");
    INFO(threads);
    const Files files(pair);
    for (const int made_by : {0, 1, 2}) {
      constexpr int kItems = 2000;
      const std::int64_t before = pair.relay->made();
      auto stream = pair.relay->crates(kItems, made_by);
      CHECK(soon([&] { return pair.relay->made() == before + kItems; }));
      std::int64_t last = -1;
      int items = 0;
      for (const relay::Crate& crate : stream) {
        CHECK(value_of(crate) > last);
        last = crate.number;
        ++items;
      }
      CHECK(last == kItems - 1);
      CHECK(items < kItems);
    }
    CHECK(soon([&] { return pair.relay->living() == 0; }));
    CHECK(files.are_as_before());
  }
}

TEST_CASE("a slow reader of descriptors is disconnected where the stream says so") {
  RelayPair pair(1, "disconnect");
  const Files files(pair);
  for (const int made_by : {0, 2}) {
    auto stream = pair.relay->crates(1000, made_by);
    CHECK(soon([&] { return pair.relay->made() >= 2; }));
    int items = 0;
    CHECK(soon([&] { return pair.relay->try_crates(0, 0).has_value(); }));
    CHECK(error_of(stream, items).errc() == Errc::overloaded);
    CHECK(items >= 1);
  }
  CHECK(files.are_as_before());
}

TEST_CASE("items past their bound are refused where they are made") {
  RelayPair pair;
  auto words = pair.relay->words("four or less, and more");
  CHECK(words.next() == "four");
  CHECK(words.next() == "or");
  const auto refused = words.try_next();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().errc() == Errc::too_large);
  CHECK_THAT(refused.error().what(), has_text("5 bytes of text"));
  CHECK_FALSE(words.try_next());

  const std::vector<std::uint8_t> sizes{1, 3, 0, 4, 1};
  auto blocks = pair.relay->blocks(sizes);
  for (int i = 0; i < 3; ++i) CHECK(blocks.next()->size() == sizes[static_cast<std::size_t>(i)]);
  const auto too_long = blocks.try_next();
  REQUIRE_FALSE(too_long);
  CHECK(too_long.error().errc() == Errc::too_large);
  CHECK(pair.relay->words("fine").next() == "fine");
}
