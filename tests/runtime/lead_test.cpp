// Who of a server's threads leads. Run under a thread sanitizer too.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "rpc/lead.hpp"
#include "support/catch.hpp"

using shmidl::rpc::Lead;
using namespace std::chrono_literals;

TEST_CASE("one thread leads at a time, and every thread comes to lead, however many sleep or stand by") {
  const unsigned threads = GENERATE(2u, 3u, 8u);
  const auto call = GENERATE(0us, 300us);  // shorter than a nap, longer than one
  CAPTURE(threads, call.count());
  const int turns = call == 0us ? 20'000 : 20;
  Lead lead;
  long led = 0;  // whoever leads writes it: a second leader is a race, and loses counts
  std::vector<std::thread> pool;
  for (unsigned t = 0; t < threads; ++t) {
    pool.emplace_back([&] {
      for (int i = 0; i < turns; ++i) {
        lead.take();
        if (i % 5 == 0) lead.idle(true);
        ++led;
        lead.idle(false);
        lead.pass();
        if (call != 0us) std::this_thread::sleep_for(call);  // the handler
      }
    });
  }
  for (std::thread& thread : pool) thread.join();
  CHECK(led == static_cast<long>(threads) * turns);
}

TEST_CASE("a thread takes the lead while a long call keeps the former leader, without being woken for it") {
  Lead lead;
  lead.take();
  std::atomic<int> leads{0};
  std::thread other([&] {
    lead.take();
    leads = 1;
    while (leads == 1) std::this_thread::yield();
    lead.pass();
  });
  lead.pass();
  while (leads == 0) std::this_thread::yield();  // this thread is in its call
  leads = 2;
  lead.take();
  lead.pass();
  other.join();
  CHECK(leads == 2);
}
