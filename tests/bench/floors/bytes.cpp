#include "floors/bytes.hpp"

#include "support/line.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

namespace shmidl::bench {

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::array<std::size_t, 6> kFootprints{1 * kMiB, 2 * kMiB, 4 * kMiB, 8 * kMiB, 16 * kMiB, 32 * kMiB};
constexpr std::size_t kLargest = kFootprints.back();

struct alignas(128) Request {
  std::atomic<std::uint32_t> turn{0};
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

struct Exchange {
  Request request;
  alignas(128) std::atomic<std::uint32_t> answered{0};
  std::uint64_t sum = 0;
  alignas(4096) std::uint8_t bytes[4096];
};

/// The side that hands ranges over.
class Sender {
 public:
  Sender(const Shared<Exchange>& shared, const SumRow& row) : exchange_(*shared), bytes_(shared.behind()), row_(row), source_(row.bytes) {}

  void rotate_through(std::size_t footprint) {
    ranges_ = std::max<std::size_t>(1, footprint / row_.bytes);
    range_ = 0;
  }

  void operator()() {
    const std::size_t offset = range_ * row_.bytes;
    range_ = range_ + 1 == ranges_ ? 0 : range_ + 1;
    const std::span range(bytes_ + offset, row_.bytes);
    ++turn_;
    if (row_.filling == Filling::in_private) {
      fill(source_, turn_);
      std::memcpy(range.data(), source_.data(), range.size());
    } else {
      fill(range, turn_);
    }
    exchange_.request.offset = static_cast<std::uint32_t>(offset);
    exchange_.request.size = static_cast<std::uint32_t>(row_.bytes);
    exchange_.request.turn.store(turn_, std::memory_order_release);
    spin_until(exchange_.answered, turn_);
    check_sum(exchange_.sum, sum_of(row_.bytes, turn_));
  }

 private:
  Exchange& exchange_;
  std::uint8_t* bytes_;
  SumRow row_;
  std::vector<std::uint8_t> source_;
  std::size_t ranges_ = 1;
  std::size_t range_ = 0;
  std::uint32_t turn_ = 0;
};

std::size_t bytes_of(const std::string& row) {
  if (row == "memcpy.4k") return 4096;
  if (row == "memcpy.64k") return 65536;
  if (row == "memcpy.1m") return kMiB;
  if (row == "memcpy.64m") return 64 * kMiB;
  throw std::invalid_argument("no such row: " + row);
}

}  // namespace

Result copy_floor(const Context& context) {
  const std::size_t size = bytes_of(context.row);
  std::vector<std::uint8_t> from(size, 1);
  std::vector<std::uint8_t> to(size, 2);
  Samples samples = sample(context.seconds, [&] {
    std::memcpy(to.data(), from.data(), size);
    asm volatile("" : : "r"(to.data()) : "memory");
  });
  const double rate = static_cast<double>(size) / median(samples.batches);
  return {std::move(samples), "", {{"gb_per_s", rate}}};
}

Result sum_floor(const Context& context) {
  const SumRow row = sum_row(context.row);
  const Shared<Exchange> shared(kLargest);
  const Process reader([&] {
    pin(context.cores.server);
    for (std::uint32_t turn = 1;; ++turn) {
      spin_until(shared->request.turn, turn);
      const std::size_t offset = shared->request.offset;
      shared->sum = sum({shared.behind() + offset, shared->request.size});
      shared->answered.store(turn, std::memory_order_release);
    }
  });
  Sender sender(shared, row);
  Samples best;
  std::size_t best_footprint = 0;
  for (const std::size_t footprint : kFootprints) {
    if (footprint < row.bytes) continue;
    sender.rotate_through(footprint);
    for (std::size_t touched = 0; touched < footprint; touched += row.bytes) sender();
    Samples samples = sample(context.seconds / static_cast<double>(kFootprints.size()), sender);
    if (best_footprint == 0 || median(samples.batches) < median(best.batches)) {
      best = std::move(samples);
      best_footprint = footprint;
    }
  }
  return {std::move(best), "poll", {{"footprint_mib", best_footprint / kMiB}}};
}

}  // namespace shmidl::bench
