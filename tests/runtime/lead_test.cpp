// Who of a server's threads leads. Run under a thread sanitizer too.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "os/barrier.hpp"
#include "rpc/lead.hpp"
#include "support/catch.hpp"

using shmidl::rpc::Lead;
using namespace std::chrono_literals;

TEST_CASE("one thread leads at a time, and every thread comes to lead, however many sleep or stand by") {
  const unsigned threads = GENERATE(2u, 3u, 8u);
  const auto call = GENERATE(0us, 300us);  // shorter than a nap, longer than one
  CAPTURE(threads, call.count());
  const int turns = call == 0us ? 20'000 : 20;
  Lead lead(threads);
  long led = 0;  // whoever leads writes it: a second leader is a race, and loses counts
  std::vector<std::thread> pool;
  for (unsigned t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      Lead::Turn& mine = lead.turn(t);
      for (int i = 0; i < turns; ++i) {
        for (;;) {
          lead.take(mine);
          if (i % 7 == 0) std::this_thread::yield();  // as if the scheduler took the core from a leader that looks
          if (lead.enter(mine)) break;
          lead.pass(mine);
        }
        if (i % 5 == 0) lead.idle(true);
        ++led;
        lead.idle(false);
        lead.leave(mine);
        lead.pass(mine);
        if (call != 0us) std::this_thread::sleep_for(call);  // the handler
      }
    });
  }
  for (std::thread& thread : pool) thread.join();
  CHECK(led == static_cast<long>(threads) * turns);
}

TEST_CASE("a thread takes the lead while a long call keeps the former leader, without being woken for it") {
  Lead lead(2);
  lead.take(lead.turn(0));
  std::atomic<int> leads{0};
  std::thread other([&] {
    lead.take(lead.turn(1));
    leads = 1;
    while (leads == 1) {
      lead.beat(lead.turn(1));
      std::this_thread::yield();
    }
    lead.pass(lead.turn(1));
  });
  lead.pass(lead.turn(0));
  while (leads == 0) std::this_thread::yield();  // this thread is in its call
  leads = 2;
  lead.take(lead.turn(0));
  lead.pass(lead.turn(0));
  other.join();
  CHECK(leads == 2);
}

TEST_CASE("a leader that is stopped while it looks is deposed, and touches nothing when it goes on") {
  if (!shmidl::os::can_fence_all_threads()) return;  // nobody is deposed there
  Lead lead(3);
  Lead::Turn& stopped = lead.turn(0);
  lead.take(stopped);
  REQUIRE(lead.enter(stopped));
  lead.leave(stopped);
  // From here on this thread does nothing, as if the scheduler had stopped it. Two others come to lead all the same, one after the other, while
  // the first of them is stopped too.
  int led = 0;  // guarded by the lead
  std::atomic<bool> go_on{false};
  std::vector<std::thread> pool;
  for (unsigned t = 1; t < 3; ++t) {
    pool.emplace_back([&, t] {
      Lead::Turn& mine = lead.turn(t);
      for (;;) {
        lead.take(mine);
        if (lead.enter(mine)) break;
        lead.pass(mine);
      }
      const int before = led++;
      lead.leave(mine);
      if (before == 1) {
        go_on = true;
      } else {
        while (!go_on) std::this_thread::yield();
        CHECK_FALSE(lead.enter(mine));
      }
      lead.pass(mine);
    });
  }
  for (std::thread& thread : pool) thread.join();
  CHECK(led == 2);
  CHECK_FALSE(lead.enter(stopped));
  lead.pass(stopped);  // it is no longer his
  lead.take(stopped);
  CHECK(lead.enter(stopped));
}

TEST_CASE("a leader that is in the midst of its work is not deposed, but passes the lead as soon as it looks again") {
  if (!shmidl::os::can_fence_all_threads()) return;
  Lead lead(2);
  Lead::Turn& mine = lead.turn(0);
  lead.take(mine);
  REQUIRE(lead.enter(mine));
  std::atomic<bool> leads{false};
  std::thread other([&] {
    lead.take(lead.turn(1));
    leads = true;
    lead.pass(lead.turn(1));
  });
  while (mine.deposed != mine.number) std::this_thread::yield();  // the other one has tried
  CHECK_FALSE(leads);
  lead.leave(mine);
  CHECK_FALSE(lead.enter(mine));
  lead.pass(mine);
  other.join();
  CHECK(leads);
}
