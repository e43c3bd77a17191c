// Objects that take one call at a time, in both processes.
#pragma once

#include "chairs.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace e2e {

/// Counts who is inside of what takes one at a time, but for those of one chain.
class Turnstile {
 public:
  /// Stays for a moment, in which others come if they may.
  int pass(int number) {
    const int now = ++inside_;
    int most = most_.load();
    while (now > most && !most_.compare_exchange_weak(most, now)) {}
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
    --inside_;
    return number;
  }
  void hold() {
    ++inside_;
    {
      std::unique_lock lock(mutex_);
      held_ = true;
      released_.wait(lock, [this] { return !held_; });
    }
    --inside_;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    released_.notify_all();
  }
  [[nodiscard]] bool held() {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  int most() { return most_.exchange(0); }

 private:
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
  std::mutex mutex_;
  std::condition_variable released_;
  bool held_ = false;
};

class ChairImpl final : public Chair {
 public:
  explicit ChairImpl(Turnstile& stile) : stile_(stile) {}
  std::int32_t sit(std::int32_t number) override { return stile_.pass(number); }
  void note(std::int32_t) override {
    stile_.pass(0);
    ++noted;
  }
  void hold() override { stile_.hold(); }
  std::int32_t again(std::int32_t left) override { return left == 0 ? 0 : 1 + elsewhere(left - 1); }

  std::function<int(int)> elsewhere;
  std::atomic<int> noted{0};

 private:
  Turnstile& stile_;
};

}  // namespace e2e
