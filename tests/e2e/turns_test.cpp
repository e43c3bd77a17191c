// @Serial objects that were handed over: one call at a time, whichever connection or thread it comes by, calls back included.
#include "chairs.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/soon.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;

namespace {

struct RoomPair {
  explicit RoomPair(const std::string& threads = "3") : server(CHAIRS_SERVER, {"room", threads}) {
    server.expect_line("ready");
    room = shmidl::connect<Room>("room");
  }

  Services services;
  Process server;
  std::shared_ptr<Room::Client> room;
};

/// Calls `call` with 0, 1, … from so many threads at a time; how many answers were wrong.
template <class Call>
int wrong_answers(int threads, int calls, Call&& call) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) wrong += call(t, i) != i;
    });
  }
  for (std::thread& caller : callers) caller.join();
  return wrong;
}

}  // namespace

TEST_CASE("a @Serial object of the server's runs one call at a time, over any connection, oneway calls too") {
  RoomPair pair(GENERATE(as<std::string>(), "1", "3"));
  std::vector<std::shared_ptr<Room::Client>> rooms;
  std::vector<std::shared_ptr<Chair>> chairs;
  for (int i = 0; i < 4; ++i) {
    rooms.push_back(shmidl::connect<Room>("room"));
    chairs.push_back(rooms.back()->chair());
  }
  CHECK(wrong_answers(8, 100, [&](int t, int i) {
          Chair& chair = *chairs[static_cast<std::size_t>(t % 4)];
          chair.note(i);
          return chair.sit(i);
        }) == 0);
  CHECK(pair.room->most() == 1);
  CHECK(pair.room->noted() == 800);
}

TEST_CASE("calls that wait for a @Serial object keep no thread, and end in any order with what they waited for") {
  RoomPair pair;
  const auto chair = pair.room->chair();
  auto& client = dynamic_cast<Chair::Client&>(*chair);
  auto holding = client.async_hold();
  REQUIRE(soon([&] { return pair.room->held(); }));
  std::vector<shmidl::Future<std::int32_t>> waiting;
  for (int i = 0; i < 12; ++i) waiting.push_back(client.async_sit(i));  // more than there are threads
  std::thread([&] { chair->note(1); }).join();  // which later calls of its own thread would wait for
  for (int i = 0; i < 50; ++i) CHECK(pair.room->held());
  for (auto& call : waiting) CHECK_FALSE(call.wait_for(0ns));
  CHECK(client.try_sit(1, {.timeout = 10ms}).error().errc() == Errc::timed_out);
  CHECK(pair.room->noted() == 0);
  pair.room->release();
  holding.get();
  for (int i = 0; i < 12; ++i) CHECK(waiting[static_cast<std::size_t>(i)].get() == i);
  CHECK(soon([&] { return pair.room->noted() == 1; }));
  CHECK(chair->sit(3) == 3);
}

TEST_CASE("a @Serial object of the client's runs one call at a time, called back or in run()") {
  RoomPair pair;
  Turnstile stile;
  const auto chair = std::make_shared<ChairImpl>(stile);
  pair.room->keep(chair);
  auto link = shmidl::link(*pair.room);
  std::thread serving([&] { link.run(); });
  REQUIRE(soon([&] { return pair.room->visit_kept(7) == 7; }));
  const auto other = shmidl::connect<Room>("room");
  // Two threads whose calls are called back, one of them over another connection, and one that has run() called.
  CHECK(wrong_answers(3, 100, [&](int t, int i) { return t == 0 ? pair.room->visit(chair, i) : t == 1 ? other->visit(chair, i) : pair.room->visit_kept(i); }) == 0);
  CHECK(stile.most() == 1);
  link.stop();
  serving.join();
}

TEST_CASE("a @Serial object may be called back from within its own call") {
  RoomPair pair;
  Turnstile stile;
  const auto mine = std::make_shared<ChairImpl>(stile);
  mine->elsewhere = [&](int left) { return pair.room->again(mine, left); };
  CHECK(pair.room->again(mine, 10) == 10);
  CHECK(pair.room->visit(mine, 4) == 4);
}

TEST_CASE("a call back that waits for its object ends with the call that it belongs to") {
  RoomPair pair;
  const auto other = shmidl::connect<Room>("room");
  Turnstile stile;
  const auto chair = std::make_shared<ChairImpl>(stile);
  std::thread holder([&] {
    chair->elsewhere = [&](int) {
      stile.hold();
      return 0;
    };
    other->again(chair, 2);
  });
  REQUIRE(soon([&] { return stile.held(); }));
  // Its handler's own call ends at the same time, and that may be the answer.
  const Errc late = pair.room->try_visit(chair, 1, {.timeout = 50ms}).error().errc();
  CHECK((late == Errc::timed_out || late == Errc::service_error));
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });  // before the call, while it waits, or in between: one outcome
  CHECK(pair.room->try_visit(chair, 1, {.stop = stop.get_token()}).error().errc() == Errc::cancelled);
  stopper.join();
  std::atomic<int> answer{0};
  std::thread waits([&] { answer = pair.room->visit(chair, 5); });
  stile.release();
  holder.join();
  waits.join();
  CHECK(answer == 5);
  CHECK(pair.room->visit(chair, 6) == 6);
}

TEST_CASE("a @Serial object that is served takes calls back in turn, too") {
  RoomPair pair;
  const auto table = shmidl::connect<Table>("room");
  const auto waiter = table->waiter();
  struct AtTable final : Guest {
    std::int32_t come(std::int32_t number) override { return table->place(number); }
    std::shared_ptr<Table::Client> table;
  };
  const auto guest = std::make_shared<AtTable>();
  guest->table = table;
  CHECK(waiter->ask(guest, 3) == 3);
  // Called back by way of the waiter, whose threads are not at the table, and called as it is.
  CHECK(wrong_answers(4, 100, [&](int t, int i) { return t % 2 == 0 ? waiter->ask(guest, i) : table->place(i); }) == 0);
  CHECK(pair.room->most() == 1);
  guest->table = nullptr;
}
