// What the other libraries are measured with: the same requests, the same work behind them.
//
// A library is a class with
//   name, version()         as they stand in the results
//   kInPlace                payloads can be filled in memory that both processes map
//   kOneClient              a server has one client
//   Daemon(Setup)           where it needs more than the server: made first, ended last
//   join()                  where a process has to be registered before anything else
//   kWaits                  the ways to wait that it has, the fastest first
//   serve(Setup, Ready)     a server, in a process of its own: calls `ready()` when clients may connect, and runs until it is killed
//   Client(Setup)           one connection, used by one thread:
//     add(a, b)
//     room(bytes, Filling)  where the payload of the next call is to be filled
//     hand_over(Verb)       sends that payload; Verb::sum: the server reads it, Verb::take: it only learns how long it is
//     log(n), logged()      where it has calls without an answer; `logged` answers the sum of all that was logged by anybody
//     add_many(calls)       where it has calls in flight: the sum of the answers to add(0, 1), add(1, 1), ...
#pragma once

#include "support/payload.hpp"
#include "support/rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include <sched.h>

namespace shmidl::bench {

enum class Waiting { poll, block };

/// What both sides of one run know.
struct Setup {
  std::string address;  ///< a path in a directory of this run's own
  Waiting waiting;
  std::size_t payload_bytes;  ///< the largest payload of this run
};

enum class Verb : std::uint32_t { add, sum, take, log, logged };

/// The request in libraries that carry bytes and have no types; the payload follows.
struct Request {
  Verb verb = Verb::add;
  std::int32_t a = 0;
  std::int32_t b = 0;
  std::uint32_t bytes = 0;
};

/// The answer in those.
struct Reply {
  std::uint64_t value = 0;
};

/// The work, the same behind each library.
class Service {
 public:
  [[nodiscard]] static std::int32_t add(std::int32_t a, std::int32_t b) { return a + b; }
  [[nodiscard]] static std::uint64_t sum(std::span<const std::uint8_t> payload) { return bench::sum(payload); }
  [[nodiscard]] static std::uint64_t take(std::span<const std::uint8_t> payload) { return payload.size(); }
  void log(std::int32_t number) { logged_ += static_cast<std::uint64_t>(number); }
  [[nodiscard]] std::uint64_t logged() const { return logged_; }

  /// Answers a request that came as bytes; that of Verb::log is not to be sent.
  Reply answer(const Request& request, std::span<const std::uint8_t> payload) {
    switch (request.verb) {
      case Verb::add:
        return {static_cast<std::uint64_t>(add(request.a, request.b))};
      case Verb::sum:
        return {sum(payload)};
      case Verb::take:
        return {take(payload)};
      case Verb::log:
        log(request.a);
        return {};
      case Verb::logged:
        return {logged()};
    }
    throw std::runtime_error("a request that nobody sends");
  }

 private:
  std::uint64_t logged_ = 0;
};

/// Whether relax() lets others run: where more threads poll than there are cores.
inline bool& yield_when_relaxing() {
  static bool yields = false;
  return yields;
}

/// Between two looks of a poll.
inline void relax() {
  if (yield_when_relaxing()) {
    ::sched_yield();
  } else {
    __builtin_ia32_pause();
  }
}

}  // namespace shmidl::bench
