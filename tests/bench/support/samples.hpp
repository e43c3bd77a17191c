// What a measurement yields: times of batches, without a clock inside, and times of single exchanges.
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

using Clock = std::chrono::steady_clock;

inline Nanoseconds since(Clock::time_point start) { return std::chrono::duration<Nanoseconds, std::nano>(Clock::now() - start).count(); }

constexpr std::size_t kBatch = 1000;          ///< exchanges of a batch, unless they are slow
constexpr std::size_t kMostBatches = 10'000;  ///< chosen, not measured: a second of the shortest
constexpr std::size_t kMostSingles = 20'000;  ///< chosen, not measured: enough for the 99.9th percentile of one measurement

/// Exchanges in a batch when one takes `each`: 1,000, or fewer so that eight batches fit in the time.
inline std::size_t batch_size(Nanoseconds each, double seconds) {
  const Nanoseconds room = seconds * 1e9 / 8;
  return std::clamp(static_cast<std::size_t>(room / std::max(each, 1.0)), std::size_t{1}, kBatch);
}

/// Measures one kind of exchange for about so many seconds: `exchange()` goes there and back once and throws if the answer is wrong.
/// A tenth of the time warms up, six tenths go to batches, the rest to singles; at least three batches whatever they take.
template <class Exchange>
Samples sample(double seconds, Exchange&& exchange) {
  const auto begin = Clock::now();
  const auto passed = [begin, seconds](double share) { return since(begin) > seconds * share * 1e9; };
  std::size_t warm = 0;
  do {  // touches the pages, wakes the peer
    exchange();
    ++warm;
  } while (warm < kBatch && !passed(0.1));
  std::vector<Nanoseconds> trials;  // the middle one: a process that did not run for a moment must not count
  for (std::size_t i = 0; i < std::min<std::size_t>(warm, 31); ++i) {
    const auto start = Clock::now();
    exchange();
    trials.push_back(since(start));
  }
  const std::size_t batch = batch_size(median(trials), seconds);

  Samples samples;
  samples.batches.reserve(kMostBatches);
  while (samples.batches.size() < 3 || (!passed(0.7) && samples.batches.size() < kMostBatches)) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < batch; ++i) exchange();
    samples.batches.push_back(since(start) / static_cast<Nanoseconds>(batch));
  }
  samples.singles.reserve(kMostSingles);
  while (samples.singles.size() < 3 || (!passed(1) && samples.singles.size() < kMostSingles)) {
    const auto start = Clock::now();
    exchange();
    samples.singles.push_back(since(start));
  }
  return samples;
}

/// Measures a rate: `send(n)` has n messages carried out, the last one's arrival included. Batches only, in ns per message.
template <class Send>
Samples sample_rate(double seconds, Send&& send) {
  constexpr std::size_t kFirst = 1000;
  send(kFirst);
  const auto trial = Clock::now();
  send(kFirst);
  const Nanoseconds each = std::max(since(trial) / static_cast<Nanoseconds>(kFirst), 1.0);
  const auto count = std::max(kFirst, static_cast<std::size_t>(seconds * 1e9 / 10 / each));
  Samples samples;
  const auto begin = Clock::now();
  while (samples.batches.size() < 3 || since(begin) < seconds * 1e9) {
    const auto start = Clock::now();
    send(count);
    samples.batches.push_back(since(start) / static_cast<Nanoseconds>(count));
  }
  return samples;
}

}  // namespace shmidl::bench
