// What a measurement yields: times of batches, without a clock inside, and times of single calls.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace shmidl::bench {

/// Nanoseconds of one exchange.
using Nanoseconds = double;

struct Samples {
  std::vector<Nanoseconds> batches;  ///< the mean of a batch, per exchange
  std::vector<Nanoseconds> singles;  ///< one exchange, with a clock read before and after
};

/// How much is measured in one round.
struct Plan {
  std::size_t batches;
  std::size_t singles;
  static constexpr std::size_t kBatch = 1000;  ///< exchanges of a batch

  /// Exchanges that take a fraction of a microsecond.
  static constexpr Plan polled() { return {200, 50'000}; }
  /// Exchanges that sleep.
  static constexpr Plan slept() { return {8, 4'000}; }
  /// A look at the line exchange, before and after each measurement.
  static constexpr Plan probe() { return {50, 0}; }
};

/// The value below which a share of the sorted or unsorted samples lies; 0 for none.
inline Nanoseconds quantile(std::vector<Nanoseconds> samples, double share) {
  if (samples.empty()) {
    return 0;
  }
  const auto last = static_cast<double>(samples.size() - 1);
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(last * share);
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

inline Nanoseconds median(const std::vector<Nanoseconds>& samples) { return quantile(samples, 0.5); }

/// Measures one kind of exchange: `exchange()` goes there and back once.
template <class Exchange>
Samples sample(const Plan& plan, Exchange&& exchange) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) { return std::chrono::duration<Nanoseconds, std::nano>(Clock::now() - start).count(); };
  for (std::size_t i = 0; i < Plan::kBatch; ++i) {  // touches the pages, wakes the peer
    exchange();
  }
  Samples samples;
  samples.batches.reserve(plan.batches);
  samples.singles.reserve(plan.singles);
  for (std::size_t batch = 0; batch < plan.batches; ++batch) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < Plan::kBatch; ++i) {
      exchange();
    }
    samples.batches.push_back(since(start) / static_cast<Nanoseconds>(Plan::kBatch));
  }
  for (std::size_t i = 0; i < plan.singles; ++i) {
    const auto start = Clock::now();
    exchange();
    samples.singles.push_back(since(start));
  }
  return samples;
}

}  // namespace shmidl::bench
