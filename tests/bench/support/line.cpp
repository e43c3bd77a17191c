#include "support/line.hpp"

#include "support/process.hpp"

namespace shmidl::bench {

namespace {

/// Two words that share no line, nor a pair of lines that is fetched together.
struct Words {
  alignas(128) std::atomic<std::uint32_t> there{0};
  alignas(128) std::atomic<std::uint32_t> back{0};
};

/// Calls `measure` with a function that goes there and back once.
template <class MeasureExchange>
auto with_exchange(const Cores& cores, MeasureExchange&& measure) {
  const Shared<Words> words;
  const Process answerer([&] {
    pin(cores.server);
    for (std::uint32_t turn = 1;; ++turn) {
      spin_until(words->there, turn);
      words->back.store(turn, std::memory_order_release);
    }
  });
  const Pinned pinned(cores.client);
  std::uint32_t turn = 0;
  return measure([&] {
    words->there.store(++turn, std::memory_order_release);
    spin_until(words->back, turn);
  });
}

}  // namespace

Samples line_exchange(const Cores& cores, double seconds) {
  return with_exchange(cores, [&](auto&& exchange) { return sample(seconds, exchange); });
}

Nanoseconds probe_line(const Cores& cores) {
  constexpr int kBatches = 41;
  return with_exchange(cores, [](auto&& exchange) {
    std::vector<Nanoseconds> batches;
    for (int batch = 0; batch < kBatches; ++batch) {
      const auto start = Clock::now();
      for (std::size_t i = 0; i < kBatch; ++i) exchange();
      batches.push_back(since(start) / static_cast<Nanoseconds>(kBatch));
    }
    return median(batches);
  });
}

}  // namespace shmidl::bench
