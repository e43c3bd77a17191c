#include "floors/rings.hpp"

#include "support/line.hpp"

#include <array>
#include <string_view>

namespace shmidl::bench {

namespace {

constexpr std::uint32_t kSlots = 256;      ///< chosen, not measured: 16 KiB stay in the first cache of both sides
constexpr std::uint32_t kTakenBatch = 32;  ///< the reader gives slots back so many at a time
constexpr std::uint32_t kPublishBatch = 16;

struct alignas(64) Slot {
  std::atomic<std::uint32_t> sequence{0};
  std::uint32_t value = 0;
  std::array<std::uint64_t, 6> content{};
};

struct Ring {
  alignas(128) std::atomic<std::uint32_t> published{0};
  alignas(128) std::atomic<std::uint32_t> taken{0};
  std::uint64_t sum = 0;  ///< of all values taken; on the line of `taken`, stored before it
  alignas(128) std::array<Slot, kSlots> slots{};
};

/// How the reader learns of a message: by the slot's own sequence, or by the counter.
struct BySequence {
  static std::uint32_t ready(const Ring& ring, std::uint32_t next) {
    return ring.slots[next % kSlots].sequence.load(std::memory_order_acquire) == next + 1 ? next + 1 : next;
  }
};
struct ByCounter {
  static std::uint32_t ready(const Ring& ring, std::uint32_t) { return ring.published.load(std::memory_order_acquire); }
};

template <class How>
[[noreturn]] void read_for_ever(Ring& ring) {
  std::uint64_t sum = 0;
  std::uint32_t given_back = 0;
  for (std::uint32_t next = 0;;) {
    const std::uint32_t ready = How::ready(ring, next);
    for (; next != ready; ++next) {
      const Slot& slot = ring.slots[next % kSlots];
      sum += slot.value;
      for (const std::uint64_t word : slot.content) sum += word;
    }
    const bool idle = How::ready(ring, next) == next;
    if (next - given_back >= kTakenBatch || (idle && next != given_back)) {
      ring.sum = sum;
      ring.taken.store(next, std::memory_order_release);
      given_back = next;
    }
    if (idle) pause_cpu();
  }
}

class Writer {
 public:
  Writer(Ring& ring, bool flags, std::uint32_t batch) : ring_(ring), flags_(flags), batch_(batch) {}

  /// Writes so many messages and waits until all are taken.
  void send(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) write();
    ring_.published.store(next_, std::memory_order_release);
    spin_until(ring_.taken, next_);
  }
  void check() const { check_sum(ring_.sum, sum_); }

 private:
  void write() {
    while (next_ - taken_ == kSlots) {
      if (!flags_) ring_.published.store(next_, std::memory_order_release);
      taken_ = ring_.taken.load(std::memory_order_acquire);
    }
    Slot& slot = ring_.slots[next_ % kSlots];
    slot.value = next_;
    slot.content.fill(next_ & 1);
    sum_ += next_ + slot.content.size() * (next_ & 1);
    ++next_;
    if (flags_) {
      slot.sequence.store(next_, std::memory_order_release);
    } else if (next_ % batch_ == 0) {
      ring_.published.store(next_, std::memory_order_release);
    }
  }

  Ring& ring_;
  const bool flags_;
  const std::uint32_t batch_;
  std::uint32_t next_ = 0;
  std::uint32_t taken_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace

Result ring(const Context& context) {
  const bool flags = context.row == "ring.flag";
  const Shared<Ring> shared;
  const Process reader([&] {
    pin(context.cores.server);
    if (flags) read_for_ever<BySequence>(*shared);
    read_for_ever<ByCounter>(*shared);
  });
  Writer writer(*shared, flags, context.row == "ring.batch16" ? kPublishBatch : 1);
  Samples samples = sample_rate(context.seconds, [&](std::size_t count) { writer.send(count); });
  writer.check();
  return {std::move(samples), "poll"};
}

}  // namespace shmidl::bench
