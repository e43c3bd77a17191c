#include "support/contender.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <latch>
#include <mutex>
#include <thread>

#include <unistd.h>

namespace shmidl::bench {

namespace {

constexpr double kMillisecond = 1e6;

/// Calls of one thread, on a line of its own.
struct alignas(128) Caller {
  std::atomic<std::uint64_t> calls{0};
};

}  // namespace

Result measure_idle(const std::vector<pid_t>& others, const std::string& waiting, double seconds) {
  std::vector<pid_t> processes = others;
  processes.push_back(::getpid());
  const auto used = [&] {
    std::vector<double> times;
    for (const pid_t pid : processes) times.push_back(cpu_nanoseconds(pid));
    return times;
  };
  const std::vector<double> before = used();
  const auto start = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));  // what is measured, not a wait for something
  const std::vector<double> after = used();
  const double passed = since(start) / 1e9;
  double total = 0;
  nlohmann::json each = nlohmann::json::array();
  for (std::size_t i = 0; i < processes.size(); ++i) {
    total += (after[i] - before[i]) / passed;
    each.push_back((after[i] - before[i]) / passed / kMillisecond);
  }
  return {{{total}, {}}, waiting, {{"cpu_ms_per_s_servers_then_client", each}}, "ns/s"};
}

Result measure_memory(pid_t server, const std::string& waiting) {
  const double mine = pss_bytes(::getpid());
  const double theirs = pss_bytes(server);
  return {{{std::max(mine, theirs)}, {}}, waiting, {{"client_pss_bytes", mine}, {"server_pss_bytes", theirs}}, "bytes"};
}

Samples sample_threads(const Context& context, const std::vector<std::function<void()>>& callers) {
  constexpr auto kSlice = std::chrono::milliseconds(20);
  std::vector<Caller> counters(callers.size());
  std::atomic<bool> stop{false};
  std::exception_ptr failure;
  std::mutex failure_lock;
  std::latch warm(static_cast<std::ptrdiff_t>(callers.size() + 1));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < callers.size(); ++i) {
    threads.emplace_back([&, i] {
      bool arrived = false;
      try {
        pin(client_core(context.cores, i));
        for (int call = 0; call < 10; ++call) callers[i]();
        arrived = true;
        warm.arrive_and_wait();
        while (!stop.load(std::memory_order_relaxed)) {
          callers[i]();
          counters[i].calls.store(counters[i].calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
      } catch (...) {
        const std::lock_guard guard(failure_lock);
        failure = std::current_exception();
        stop.store(true, std::memory_order_relaxed);
        if (!arrived) warm.count_down();
      }
    });
  }
  warm.arrive_and_wait();
  const auto calls = [&] {
    std::uint64_t total = 0;
    for (const Caller& counter : counters) total += counter.calls.load(std::memory_order_relaxed);
    return total;
  };
  Samples samples;
  const auto begin = Clock::now();
  while (!stop.load(std::memory_order_relaxed) && (samples.batches.size() < 3 || since(begin) < context.seconds * 1e9)) {
    const std::uint64_t before = calls();
    const auto start = Clock::now();
    std::uint64_t done = 0;
    do {  // slices in which nothing was done become longer
      std::this_thread::sleep_for(kSlice);
      done = calls() - before;
    } while (done == 0 && since(begin) < 1e10);
    samples.batches.push_back(since(start) / static_cast<Nanoseconds>(std::max<std::uint64_t>(done, 1)));
  }
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return samples;
}

}  // namespace shmidl::bench
