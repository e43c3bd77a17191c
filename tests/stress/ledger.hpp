// What all processes of a stress test note together, in a file that each maps: which call ran how often, and what its caller was told.
#pragma once

#include "whole.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace whole {

/// A file of zeros is an empty one. Survives whoever writes it. Threads: any.
class Ledger {
 public:
  static constexpr std::size_t kKinds = std::size(whole::kKinds);
  static constexpr std::size_t kErrors = 32;

  /// What must never happen.
  enum Breach : std::uint32_t {
    kLost,        ///< a call ended by its deadline though its server ran
    kDuplicated,  ///< a call ran twice though its method is not idempotent
    kUntrue,      ///< a caller was told `not_executed`, and the call ran
    kUnrun,       ///< an answer came, and nothing ran
    kWrong,       ///< a wrong answer
    kNonsense,    ///< protocol_error between two honest sides
    kBreaches
  };
  static constexpr std::array<const char*, kBreaches> kBreachNames{"lost replies", "duplicated executions", "untrue not_executed", "answers without execution", "wrong answers",
                                                                   "protocol errors"};

  /// A new id, under which nothing has run.
  std::int64_t open() noexcept {
    const std::uint64_t id = last_.fetch_add(1, std::memory_order_relaxed) + 1;
    slot(id).store(id << kIdShift);
    return static_cast<std::int64_t>(id);
  }

  /// The call runs.
  void began(std::int64_t call) noexcept {
    const auto id = static_cast<std::uint64_t>(call);
    std::uint64_t now = slot(id).load();
    do {
      if (now >> kIdShift != id) return;  // another one's by now
    } while ((now & kRuns) != kRuns && !slot(id).compare_exchange_weak(now, now + 1));
    if ((now & kToldNo) != 0) breach(kUntrue);
  }

  /// The call ended. `may_repeat`: its method is idempotent, and its client reconnects. `is_oneway`: no answer says that it ran.
  void close(std::int64_t call, Kind kind, const Outcome& outcome, bool may_repeat, bool is_oneway) noexcept {
    const auto id = static_cast<std::uint64_t>(call);
    by_kind_[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed);
    if (!outcome.answered) by_error_[static_cast<std::size_t>(outcome.errc) % kErrors].fetch_add(1, std::memory_order_relaxed);
    const bool told_no = !outcome.answered && outcome.execution == shmidl::Execution::no;
    const std::uint64_t now = told_no ? slot(id).fetch_or(kToldNo) : slot(id).load();
    if (outcome.answered && !outcome.right) breach(kWrong);
    if (outcome.errc == shmidl::Errc::timed_out) breach(kLost);
    if (outcome.errc == shmidl::Errc::protocol_error) breach(kNonsense);
    if (now >> kIdShift != id) return;
    const std::uint64_t runs = now & kRuns;
    if (told_no && runs != 0) breach(kUntrue);
    if (runs > 1 && !may_repeat) breach(kDuplicated);
    if (outcome.answered && !is_oneway && runs == 0) breach(kUnrun);
  }

  /// How often the call ran, as far as is known.
  [[nodiscard]] std::uint64_t runs(std::int64_t call) noexcept { return slot(static_cast<std::uint64_t>(call)).load() & kRuns; }

  void breach(Breach which) noexcept { breaches_[which].fetch_add(1); }
  [[nodiscard]] std::uint64_t breaches(std::uint32_t which) const noexcept { return breaches_[which].load(); }
  [[nodiscard]] std::uint64_t calls(Kind kind) const noexcept { return by_kind_[static_cast<std::size_t>(kind)].load(); }
  [[nodiscard]] std::uint64_t calls() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& count : by_kind_) sum += count.load();
    return sum;
  }
  [[nodiscard]] std::uint64_t errors(std::size_t errc) const noexcept { return by_error_[errc].load(); }

  /// "lost replies 0, ..."; `any` says whether one of them is not 0.
  [[nodiscard]] std::string describe(bool& any) const {
    std::string text;
    any = false;
    for (std::uint32_t i = 0; i < kBreaches; ++i) {
      text += std::string(i == 0 ? "" : ", ") + kBreachNames[i] + " " + std::to_string(breaches(i));
      any = any || breaches(i) != 0;
    }
    return text;
  }

 private:
  // A slot: the id, whether its caller was told that it did not run, how often it ran.
  static constexpr unsigned kIdShift = 16;
  static constexpr std::uint64_t kToldNo = 0x8000;
  static constexpr std::uint64_t kRuns = 0xff;
  static constexpr std::size_t kSlots = std::size_t{1} << 20;

  std::atomic<std::uint64_t>& slot(std::uint64_t id) noexcept { return slots_[id % kSlots]; }

  std::atomic<std::uint64_t> last_;
  std::array<std::atomic<std::uint64_t>, kKinds> by_kind_;
  std::array<std::atomic<std::uint64_t>, kErrors> by_error_;
  std::array<std::atomic<std::uint64_t>, kBreaches> breaches_;
  std::array<std::atomic<std::uint64_t>, kSlots> slots_;
};

/// The ledger in that file, which is made where it is not there. Lifetime: the process's.
inline Ledger& ledger_in(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(Ledger)) != 0) throw std::runtime_error("no ledger in " + path);
  void* const memory = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory for the ledger in " + path);
  return *static_cast<Ledger*>(memory);
}

/// A call that is noted. Without a timeout it has a minute: a reply that has not come by then is lost.
inline Outcome noted_call(Ledger& ledger, Whole::Client& client, Kind kind, std::size_t size) {
  const std::int64_t id = ledger.open();
  const Outcome outcome = call(client, kind, id, size, {.timeout = std::chrono::minutes(1)});
  ledger.close(id, kind, outcome, false, kind == Kind::oneway || kind == Kind::long_oneway);
  return outcome;
}

}  // namespace whole
