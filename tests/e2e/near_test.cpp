// What a call does is the same whether its server is another process or a part of this one.
#include "near_places.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stop_token>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Execution;
using shmidl::test::has_text;

namespace {

Place any_place() { return GENERATE(Place::other_process, Place::this_process, Place::no_socket, Place::copies); }

struct Ear final : Hearer {
  std::int32_t heard(std::int32_t number) override {
    where = std::this_thread::get_id();
    return number + 1;
  }
  std::thread::id where;
};

}  // namespace

TEST_CASE("values go in and come out the same, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  CHECK(near->add(2, 3) == 5);
  CHECK(near->join("a", "b") == "ab");
  CHECK(near->join(std::string(5'000, 'a'), "b") == std::string(5'000, 'a') + "b");
  const Line line{"l", std::vector<Point>{{1, 2}, {3, 4}}};
  CHECK(near->mirrored(line) == Line{"l", std::vector<Point>{{-1, 2}, {-3, 4}}});
  std::vector<std::int64_t> numbers(100'000);
  std::iota(numbers.begin(), numbers.end(), 1);
  CHECK(near->sum(numbers) == 5'000'050'000);
  CHECK(near->sum({}) == 0);
  std::int32_t half = 0;
  std::int32_t rest = 0;
  near->split(7, half, rest);
  CHECK((half == 3 && rest == 1));
  std::string text = "hey";
  near->shout(text);
  CHECK(text == "hey!");
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{50'000}}) {
    std::vector<std::int64_t> room(size, -1);
    CHECK(near->fill(10, room) == static_cast<std::int64_t>(10 + size));
    CHECK(std::all_of(room.begin(), room.end(), [&](const std::int64_t& each) { return each == 10 + (&each - room.data()); }));
  }
  const Line longer = near->long_line(20'000);
  REQUIRE(longer.points.size() == 20'000);
  CHECK(longer.points[19'999] == Point{19'999, -19'999});
  CHECK(near->async_join("x", "y").get() == "xy");
  CHECK(near->try_add(1, 1, {.timeout = 60s}).value() == 2);
}

TEST_CASE("a result outlives the client, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  Neighbourhood there(place);
  auto near = there.connect();
  Line line = near->long_line(20'000);
  near.reset();
  there.end();
  CHECK(line.points[19'999] == Point{19'999, -19'999});
  line.points[0] = {5, 5};
  CHECK(line.points[0] == Point{5, 5});
}

TEST_CASE("errors are the same, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  const auto error_of = [&](int kind) {
    const auto answer = near->try_fails(kind);
    REQUIRE_FALSE(answer);
    return answer.error();
  };
  CHECK(error_of(0).errc() == Errc::service_error);
  CHECK(error_of(0).execution() == Execution::yes);
  CHECK(std::string(error_of(0).what()) == "it broke");
  CHECK(error_of(1).errc() == Errc::service_error);
  REQUIRE(error_of(1).as<Refused>() != nullptr);
  CHECK(*error_of(1).as<Refused>() == Refused{"no entry", 7});
  CHECK(error_of(2).errc() == Errc::service_error);
  CHECK(std::string(error_of(2).what()) == "an inner call was late");
  CHECK(error_of(3).errc() == Errc::service_error);
  CHECK_THAT(error_of(3).what(), has_text("int"));
  CHECK(std::string(error_of(4).what()).size() == 4096);
  CHECK(error_of(5).errc() == Errc::service_error);
  CHECK(error_of(5).execution() == Execution::yes);
  CHECK(near->fails(6) == 6);
  // Not as the handler's own type.
  CHECK_THROWS_AS(near->fails(3), shmidl::Error);
  try {
    near->fails(1);
    FAIL("nothing was thrown");
  } catch (const Refused& refused) {
    CHECK(refused == Refused{"no entry", 7});
  }
  CHECK_THROWS_AS(near->fails(1), shmidl::Error);
  CHECK(near->async_fails(1).try_get().error().as<Refused>()->code == 7);
}

TEST_CASE("a call that fails leaves its caller's values alone, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  std::string text = "mine";
  std::int32_t number = 5;
  std::vector<std::int64_t> numbers(3, 6);
  CHECK_THROWS_AS(near->writes_and_fails(text, number, numbers), Refused);
  CHECK(text == "mine");
  CHECK(number == 5);
  CHECK(numbers == std::vector<std::int64_t>(3, 6));
}

TEST_CASE("bounds hold, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect({.max_own_bytes = std::size_t{8} << 20});
  CHECK(near->at_most_eight("12345678") == "12345678");
  const auto refused = near->try_at_most_eight("123456789");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().errc() == Errc::too_large);
  CHECK(refused.error().execution() == Execution::no);
  CHECK(near->of_size(8).size() == 8);
  const auto unsent = near->try_of_size(9);
  REQUIRE_FALSE(unsent);
  CHECK(unsent.error().errc() == Errc::too_large);
  CHECK(unsent.error().execution() == Execution::yes);
  const std::vector<std::int64_t> many((std::size_t{9} << 20) / 8);
  const auto beyond = near->try_sum(many);
  REQUIRE_FALSE(beyond);
  CHECK((beyond.error().errc() == Errc::too_large || beyond.error().errc() == Errc::no_resources));
  CHECK(near->add(1, 1) == 2);
}

TEST_CASE("who may not call is told so, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  CHECK(near->open_door() == 1);
  for (const auto& refused : {near->try_secret_door(), near->try_forbidden()}) {
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errc() == Errc::permission_denied);
    CHECK(refused.error().execution() == Execution::no);
  }
  CHECK(near->caller() == std::to_string(::geteuid()) + " " + std::to_string(::getegid()) + " " + std::to_string(::getpid()));
  CHECK(shmidl::link(*near).peer().pid == there.pid());
  CHECK(shmidl::link(*near).peer().uid == ::geteuid());
}

TEST_CASE("deadlines travel, and end calls, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place, 2);
  const auto near = there.connect();
  CHECK_FALSE(near->has_deadline());
  CHECK(near->has_own_deadline());
  CHECK(near->try_has_deadline({.timeout = 60s}).value());
  CHECK(there.connect({.timeout = 60s})->has_deadline());
  const auto late = near->try_hold("late", {.timeout = 20ms});
  if (late) CHECK(*late);  // it returned as soon as its deadline had passed, before its caller looked at the clock
  else CHECK(late.error().errc() == Errc::timed_out);
  const auto passed = near->try_add(1, 2, {.timeout = -1s});
  if (passed) CHECK(*passed == 3);  // an answer that came at once
  else CHECK(passed.error().errc() == Errc::timed_out);
  while (near->held("late")) std::this_thread::yield();  // its stop token was requested
  std::stop_source source;
  std::thread stops([&] {
    const auto other = there.connect();
    while (!other->held("stopped")) std::this_thread::yield();
    source.request_stop();
  });
  const auto stopped = near->try_hold("stopped", {.stop = source.get_token()});
  stops.join();
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().errc() == Errc::cancelled);
}

TEST_CASE("oneway calls run in order, and a later call of their thread after them, wherever the server is") {
  const Place place = any_place();
  const unsigned threads = GENERATE(1u, 3u);
  INFO(name_of(place) << ", " << threads << " threads");
  const Neighbourhood there(place, threads);
  const auto near = there.connect();
  int last = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 7; ++i) near->note(++last);
    REQUIRE(near->noted() == last);
  }
}

TEST_CASE("calls nested in a handler run, and tell their errors, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place, 2);
  const auto near = there.connect();
  CHECK(near->add_at(there.address(), 2, 3) == 5);
  CHECK_THAT(near->try_add_at(there.address(), 0, -1).error().what(), has_text("it broke"));
}

TEST_CASE("streams bring their items and their end, and calls go on meanwhile, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  const std::string words = std::string(10'000, 'a') + " b " + std::string(100, 'c');
  std::vector<std::size_t> sizes;
  for (const std::string& word : near->words(words)) {
    sizes.push_back(word.size());
    CHECK(near->add(1, 2) == 3);
  }
  CHECK(sizes == std::vector<std::size_t>{10'000, 1, 100});
  std::int32_t next = 0;
  for (const std::int32_t number : near->count(500, false)) CHECK(number == next++);
  CHECK(next == 500);
  auto failing = near->count(100, true);
  for (std::int32_t i = 0; i < 100; ++i) REQUIRE(failing.next() == i);
  const auto end = failing.try_next();
  REQUIRE_FALSE(end);
  REQUIRE(end.error().as<Refused>() != nullptr);
  CHECK(end.error().as<Refused>()->code == 9);
  {
    auto dropped = near->count(1'000'000, false);
    CHECK(dropped.next() == 0);
  }
  CHECK(near->add(2, 2) == 4);
}

TEST_CASE("calls back run on the thread that waits, wherever the server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  CHECK(near->add(1, 1) == 2);
  const auto ear = std::make_shared<Ear>();
  CHECK(near->tell(ear, 4) == 5);
  CHECK(ear->where == std::this_thread::get_id());
  near->keep(ear);
  ear->where = {};
  CHECK(near->tell_kept(5) == 6);
  CHECK(ear->where == std::this_thread::get_id());
  near->forget();
}

TEST_CASE("a server of one thread runs one handler at a time, wherever its callers are") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      const auto near = there.connect();
      for (int i = 0; i < 200; ++i) wrong += near->moment(i) != i;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
  CHECK(there.connect()->most() == 1);
}

TEST_CASE("a server runs no more handlers than it has threads, and one at a time of a @Serial object, wherever its callers are") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place, 3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 6; ++t) {
    callers.emplace_back([&] {
      const auto near = there.connect();
      const auto turns = there.connect<NearTurns>();
      for (int i = 0; i < 100; ++i) {
        wrong += near->moment(i) != i;
        wrong += turns->turn(i) != i;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
  CHECK(there.connect()->most() <= 3);
  CHECK(there.connect<NearTurns>()->most() == 1);
}

TEST_CASE("calls end when their server does, wherever it was") {
  const Place place = any_place();
  INFO(name_of(place));
  Neighbourhood there(place);
  const auto near = there.connect();
  CHECK(near->add(1, 2) == 3);
  auto waiting = near->async_hold("held");
  if (place == Place::other_process) {
    there.end();
    const auto ended = waiting.try_get();
    REQUIRE_FALSE(ended);
    CHECK((ended.error().errc() == Errc::maybe_executed || ended.error().errc() == Errc::not_executed));
  } else {
    waiting.cancel();
    there.end();
  }
  const auto after = near->try_add(1, 2);
  REQUIRE_FALSE(after);
  CHECK(after.error().errc() == Errc::not_executed);
  CHECK(after.error().execution() == Execution::no);
  const auto send = near->try_note(1);
  REQUIRE_FALSE(send);
  CHECK(shmidl::link(*near).peer().uid == ::geteuid());
  CHECK_THROWS_AS(there.connect(), shmidl::Error);
}

TEST_CASE("a server may be called by many threads at a time, wherever it is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place, 3);
  const auto near = there.connect();
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      const std::string mine(static_cast<std::size_t>(100 * t), 'm');
      for (int i = 0; i < 300; ++i) {
        wrong += near->add(t, i) != t + i;
        wrong += near->join(mine, "!") != mine + "!";
        wrong += near->try_fails(1).error().as<Refused>()->code != 7;
        wrong += near->async_add(i, i).get() != 2 * i;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("a closed connection says so, wherever its server is") {
  const Place place = any_place();
  INFO(name_of(place));
  const Neighbourhood there(place, 2);
  const auto near = there.connect();
  std::thread closes([&] {
    const auto other = there.connect();
    while (!other->held("closed")) std::this_thread::yield();
    shmidl::link(*near).close();
  });
  auto answer = near->async_hold("closed");
  const auto closed = answer.try_get();
  closes.join();
  if (closed) CHECK(*closed);  // its handler learned of it first, and answered
  else CHECK(closed.error().errc() == Errc::cancelled);
  CHECK(near->try_add(1, 1).error().errc() == Errc::cancelled);
  CHECK(there.connect()->add(1, 1) == 2);
}
