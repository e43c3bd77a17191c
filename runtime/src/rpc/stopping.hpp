// What wakes a thread that waits for a reply when the call is not wanted any more.
#pragma once

#include <atomic>
#include <cstdint>
#include <new>
#include <optional>
#include <stop_token>

#include <shmidl/stub/stop.hpp>

#include "os/futex.hpp"
#include "rpc/this_call.hpp"

namespace shmidl::rpc {

/// Made by calls that wait, and only where there is something that may stop them: a token of their own, or the call that their thread serves.
/// Threads: the one that waits; the callbacks, any.
class Stopping {
 public:
  /// `own` may be null.
  explicit Stopping(const stub::StopHolder* own) noexcept {
    if (own != nullptr && *own) own_.emplace(own->token(), Wake{&word_});
    try {
      CurrentCall* const serving = thread_memory.serving;
      if (serving != nullptr && serving->lane() != CurrentCall::kOneway) outer_.emplace(serving->stop_token(false), Wake{&word_});
    } catch (const std::bad_alloc&) {
      // Then it ends by its answer or its deadline, which is the outer call's at the latest.
    }
  }
  Stopping(const Stopping&) = delete;
  Stopping& operator=(const Stopping&) = delete;

  [[nodiscard]] bool requested() const noexcept { return word_.load(std::memory_order_relaxed) != 0; }

  /// Sleeps while a word of the peer's has this value, until the deadline, or a stop is requested.
  void sleep(os::Word word, std::uint32_t expected, os::Deadline deadline) const noexcept {
    if (os::waitv_supported()) {
      os::wait_either(word, expected, os::word_of(word_), 0, deadline);
    } else if (!requested()) {
      // A stop does not change the word that is slept on: look for it now and then. Chosen, not measured.
      os::wait(word, expected, deadline.sooner(os::Deadline::in(std::chrono::milliseconds(1))));
    }
  }

 private:
  struct Wake {
    std::atomic<std::uint32_t>* word;
    void operator()() const noexcept {
      word->store(1, std::memory_order_relaxed);
      os::wake(os::word_of(*word), os::kWakeAll, true);
    }
  };

  std::atomic<std::uint32_t> word_{0};
  std::optional<std::stop_callback<Wake>> own_;  // after the word: their ends wait for what they run
  std::optional<std::stop_callback<Wake>> outer_;
};

/// How long a thread waits, and what makes it stop. Nothing is made for it before the first look.
class Patience {
 public:
  /// `stop` may be null.
  Patience(os::Deadline until, const stub::StopHolder* stop) noexcept : deadline(until), own_(stop), may_be_stopped_((stop != nullptr && *stop) || thread_memory.serving != nullptr) {}

  [[nodiscard]] bool is_stopped() noexcept {
    prepare();
    return was_stopped();
  }
  void prepare() noexcept {
    if (may_be_stopped_ && !stopping_) stopping_.emplace(own_);
  }
  /// As far as it was prepared.
  [[nodiscard]] bool was_stopped() const noexcept { return stopping_ && stopping_->requested(); }
  [[nodiscard]] const Stopping* stopping() const noexcept { return stopping_ ? &*stopping_ : nullptr; }

  const os::Deadline deadline;

 private:
  const stub::StopHolder* const own_;
  const bool may_be_stopped_;
  std::optional<Stopping> stopping_;
};

}  // namespace shmidl::rpc
