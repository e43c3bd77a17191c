// A lock whose first user pays no read-modify-write. Run under a thread sanitizer too.
#include <atomic>
#include <thread>
#include <vector>

#include "rpc/biased_lock.hpp"
#include "support/catch.hpp"

using shmidl::rpc::BiasedLock;

TEST_CASE("the first user owns the lock, and loses it for good to the second") {
  BiasedLock lock;
  const bool can = shmidl::os::can_fence_all_threads();
  for (int i = 0; i < 3; ++i) {
    const bool as_owner = lock.lock();
    CHECK(as_owner == can);
    lock.unlock(as_owner);
  }
  std::thread([&] {
    const bool as_owner = lock.lock();
    CHECK_FALSE(as_owner);
    lock.unlock(as_owner);
  }).join();
  const bool as_owner = lock.lock();
  CHECK_FALSE(as_owner);
  lock.unlock(as_owner);
}

TEST_CASE("one thread at a time is inside, also while the ownership is taken away") {
  constexpr int kRounds = 200;
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  for (int round = 0; round < kRounds; ++round) {
    BiasedLock lock;
    int guarded = 0;  // no atomic: two threads inside at a time are a race, and lose additions
    std::atomic<bool> owned{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        while (t != 0 && !owned.load(std::memory_order_relaxed)) std::this_thread::yield();
        for (int i = 0; i < kEach; ++i) {
          const BiasedLock::Guard guard(lock);
          ++guarded;
          owned.store(true, std::memory_order_relaxed);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(guarded == kThreads * kEach);
  }
}

TEST_CASE("a guest leaves the lock to its owner, and does not become it") {
  BiasedLock lock;
  const bool can = shmidl::os::can_fence_all_threads();
  const auto visit = [&] {
    std::thread([&] {
      const bool as_owner = lock.lock_as_guest();
      CHECK_FALSE(as_owner);
      lock.unlock_guest(as_owner);
    }).join();
  };
  visit();  // before anybody owns it
  for (int i = 0; i < 3; ++i) {
    const bool as_owner = lock.lock();
    CHECK(as_owner == can);
    lock.unlock(as_owner);
    visit();
  }
  const bool as_guest = lock.lock_as_guest();  // the owner's own visit
  CHECK(as_guest == can);
  lock.unlock_guest(as_guest);
  std::thread([&] { const BiasedLock::Guard guard(lock); }).join();
  visit();
  const bool as_owner = lock.lock();
  CHECK_FALSE(as_owner);
  lock.unlock(as_owner);
}

TEST_CASE("one thread at a time is inside, while guests come and go and at last others too") {
  constexpr int kRounds = 100;
  constexpr int kEach = 300;
  for (int round = 0; round < kRounds; ++round) {
    BiasedLock lock;
    int guarded = 0;
    std::atomic<bool> owned{false};
    std::vector<std::thread> threads;
    const auto use = [&](auto guard_of) {
      for (int i = 0; i < kEach; ++i) {
        const auto guard = guard_of();
        ++guarded;
        owned.store(true, std::memory_order_relaxed);
      }
    };
    const auto wait = [&] {
      while (!owned.load(std::memory_order_relaxed)) std::this_thread::yield();
    };
    threads.emplace_back([&] { use([&] { return BiasedLock::Guard(lock); }); });
    for (int guest = 0; guest < 2; ++guest) {
      threads.emplace_back([&] {
        wait();
        use([&] { return BiasedLock::Guest(lock); });
      });
    }
    const bool with_another = round % 2 != 0;
    if (with_another) {
      threads.emplace_back([&] {
        wait();
        use([&] { return BiasedLock::Guard(lock); });
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(guarded == (with_another ? 4 : 3) * kEach);
  }
}
