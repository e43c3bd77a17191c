#include "rpc/slow_inline.hpp"

namespace shmidl::rpc {

void SlowInline::begin(const stub::Interface& interface, const stub::MethodInfo& method) noexcept {
  interface_.store(&interface, std::memory_order_relaxed);
  method_.store(&method, std::memory_order_relaxed);
  // sync SlowInline.turns release: says which handler; pairs with acquire in on_tick(). seq_cst: ordered before the look at the ticks.
  turns_.fetch_add(1, std::memory_order_seq_cst);
  if (ticking_.load(std::memory_order_seq_cst) || ticking_.exchange(true, std::memory_order_seq_cst)) return;
  if (!Watcher::tick(weak_from_this(), os::Clock::now() + after_)) ticking_.store(false, std::memory_order_relaxed);
}

void SlowInline::end() noexcept { turns_.fetch_add(1, std::memory_order_relaxed); }

std::optional<os::TimePoint> SlowInline::on_tick(os::TimePoint now) noexcept {
  // sync SlowInline.turns acquire: pairs with release in begin().
  const std::uint64_t turns = turns_.load(std::memory_order_acquire);
  if (turns == seen_ && turns % 2 == 1 && reported_ != turns) {
    const stub::Interface& interface = *interface_.load(std::memory_order_relaxed);
    const stub::MethodInfo& method = *method_.load(std::memory_order_relaxed);
    if (turns_.load(std::memory_order_relaxed) == turns) {  // the same handler runs still
      reported_ = turns;
      try {
        report_(interface.name, method.name);
      } catch (...) {
        // Whoever throws here has nobody to tell.
      }
    }
  }
  if (turns == seen_ && turns % 2 == 0) {
    // None ran since the last tick. One that begins now finds no ticks, or is found here.
    ticking_.store(false, std::memory_order_seq_cst);
    if (turns_.load(std::memory_order_seq_cst) == turns || ticking_.exchange(true, std::memory_order_seq_cst)) return std::nullopt;
  }
  seen_ = turns;
  return now + after_;
}

}  // namespace shmidl::rpc
