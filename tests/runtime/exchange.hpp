// A caller and a callee as two threads on one address: the algorithms of src/shm and the futex calls around them, without the rest of the runtime.
// In one process a thread sanitizer sees every access of both roles.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <sched.h>

#include "os/futex.hpp"
#include "shm/lane.hpp"
#include "shm/ring.hpp"
#include "shm/slots.hpp"
#include "shm/wake.hpp"

namespace exchange {

namespace os = shmidl::os;
namespace shm = shmidl::shm;

enum class Mode { poll, adaptive, block };

/// Nothing sleeps for longer: a wait that lasts so long has lost its wake.
inline os::Deadline patience() { return os::Deadline::in(std::chrono::seconds(20)); }

/// Looks as often as the mode allows before a sleep.
class Looks {
 public:
  explicit Looks(Mode mode) : mode_(mode) {}
  bool again() {
    ++count_;
    if (mode_ == Mode::block) return false;
    if (mode_ == Mode::adaptive) return count_ % 40 != 0;
    if (count_ % 256 == 0) ::sched_yield();
    return true;
  }

 private:
  const Mode mode_;
  unsigned count_ = 0;
};

/// Both segments, and what went wrong.
struct Pair {
  std::unique_ptr<shm::Segment> caller = std::make_unique<shm::Segment>();
  std::unique_ptr<shm::Segment> callee = std::make_unique<shm::Segment>();
  std::atomic<int> lost_wakes{0};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> sleeps{0};

  /// Lets all numbers of lanes and ring begin at `first`, as after that many calls.
  void begin_at(std::uint32_t first) const {
    for (auto* segment : {caller.get(), callee.get()}) {
      for (auto& cell : segment->requests) cell.sequence.store(first);
      for (auto& cell : segment->replies) cell.sequence.store(first);
      for (auto& word : segment->control.started) word.store(first);
      for (std::uint32_t back = 0; back < shm::kRingCells; ++back) segment->ring[(first - back) % shm::kRingCells].sequence.store(first - back);
      segment->control.taken.store(first);
    }
  }

  void slept(os::Woken why) {
    sleeps.fetch_add(1, std::memory_order_relaxed);
    if (why == os::Woken::timed_out) lost_wakes.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] bool failed() const { return lost_wakes.load() != 0 || wrong.load() != 0; }
};

/// Payload that lies in the sender's arena; a piece of it for each lane, or slot.
constexpr std::size_t kPayload = 96;
inline std::byte pattern(std::uint32_t number, std::size_t at) { return static_cast<std::byte>(number * 31 + at); }

template <class A>
void write_payload(std::byte* to, std::uint32_t number) {
  std::array<std::byte, kPayload> bytes;
  for (std::size_t i = 0; i < kPayload; ++i) bytes[i] = pattern(number, i);
  A::write(to, bytes.data(), kPayload);
}

template <class A>
bool payload_is(const std::byte* from, std::uint32_t number) {
  std::array<std::byte, kPayload> bytes;
  A::read(bytes.data(), from, kPayload);
  for (std::size_t i = 0; i < kPayload; ++i) {
    if (bytes[i] != pattern(number, i)) return false;
  }
  return true;
}

/// One calling thread's end of one lane.
template <class A>
class Caller {
 public:
  Caller(Pair& pair, std::uint32_t lane, Mode mode, std::atomic<std::uint32_t>& bell, std::uint32_t first)
      : pair_(pair), lane_(lane), mode_(mode), bell_(bell) {
    end_.sequence = first;
  }

  /// One call; false when something was lost.
  bool call(std::uint32_t number) {
    shm::Segment& mine = *pair_.caller;
    const shm::Segment& peer = *pair_.callee;
    write_payload<A>(mine.arena + lane_ * kPayload, number);
    shm::CellBody body;
    body.content_bytes = number;
    body.after_or_slot = lane_;
    shm::send_request<A>(mine, lane_, end_, body);
    wake<A>(mine, peer, mode_, bell_);
    Looks looks(mode_);
    while (!shm::reply_waits<A>(peer, lane_, end_)) {
      if (looks.again()) shm::pause();
      else sleep();
      if (pair_.failed()) return false;
    }
    if (!shm::was_started<A>(peer, lane_, end_)) pair_.wrong.fetch_add(1);
    shm::take<A>(peer.replies[lane_], body);
    const std::uint32_t slot = shm::slot_of(body.after_or_slot);
    if (body.content_bytes != ~number || !payload_is<A>(peer.arena + slot * kPayload, ~number)) pair_.wrong.fetch_add(1);
    shm::release_slot<A>(mine, body.after_or_slot);
    return !pair_.failed();
  }

  /// Wakes the callee if it says that it sleeps.
  template <class Access>
  static void wake(shm::Segment& mine, const shm::Segment& peer, Mode mode, std::atomic<std::uint32_t>& bell) {
    if (mode == Mode::poll || shm::callee_waits<Access>(peer) != shm::kFutex) return;
    shm::ring_bell<Access>(mine, bell.fetch_add(1, std::memory_order_relaxed) + 1);
    os::wake(os::word_of(mine.control.bell), 1);
  }

 private:
  void sleep() {
    const shm::Word& reply = pair_.callee->replies[lane_].sequence;
    std::uint32_t seen = 0;
    if (shm::reply_missing<A>(*pair_.caller, *pair_.callee, lane_, end_.sequence, seen)) pair_.slept(os::wait(os::word_of(reply), seen, patience()));
    shm::announce_caller<A>(*pair_.caller, lane_, false);
  }

  Pair& pair_;
  const std::uint32_t lane_;
  const Mode mode_;
  std::atomic<std::uint32_t>& bell_;
  shm::CallerLane end_;
};

/// The one thread that serves all lanes and the ring.
template <class A>
class Callee {
 public:
  Callee(Pair& pair, Mode mode, std::uint32_t lanes, std::uint32_t first) : pair_(pair), mode_(mode), lanes_(lanes) {
    for (auto& end : ends_) end.sequence = first;
    ring_.last = first;
  }

  /// Serves until so many calls and oneway calls are done.
  void serve(std::uint64_t calls, std::uint64_t oneways) {
    Looks looks(mode_);
    while (calls + oneways != 0 && !pair_.failed()) {
      if (oneways != 0 && take_oneway()) {
        --oneways;
      } else if (const int lane = waiting_lane(); lane >= 0) {
        answer(static_cast<std::uint32_t>(lane));
        --calls;
      } else if (looks.again()) {
        shm::pause();
      } else {
        sleep();
      }
    }
  }

  [[nodiscard]] std::uint32_t oneways_sum() const { return sum_; }

 private:
  int waiting_lane() {
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      switch (shm::look_for_request<A>(*pair_.caller, lane, ends_[lane])) {
        case shm::Look::waits: return static_cast<int>(lane);
        case shm::Look::nonsense: pair_.wrong.fetch_add(1); break;
        case shm::Look::nothing: break;
      }
    }
    return -1;
  }

  void answer(std::uint32_t lane) {
    const shm::Segment& peer = *pair_.caller;
    shm::Segment& mine = *pair_.callee;
    shm::CellBody body;
    shm::take<A>(peer.requests[lane], body);
    ++ends_[lane].sequence;
    shm::mark_started<A>(mine, lane, ends_[lane]);
    const std::uint32_t number = body.content_bytes;
    if (body.after_or_slot != lane || !payload_is<A>(peer.arena + lane * kPayload, number)) pair_.wrong.fetch_add(1);
    const std::uint32_t slot = free_slot();
    write_payload<A>(mine.arena + slot * kPayload, ~number);
    body.content_bytes = ~number;
    body.after_or_slot = shm::pack_slot(slot, generations_[slot]);
    shm::send_reply<A>(mine, lane, ends_[lane], body);
    if (mode_ != Mode::poll && shm::caller_waits<A>(peer, lane)) os::wake(os::word_of(mine.replies[lane].sequence), 1);
  }

  /// A slot whose memory the caller gave back: looked for from the last one on.
  std::uint32_t free_slot() {
    for (;;) {
      next_ = (next_ + 1) % kSlotsUsed;
      if (!shm::slot_released<A>(*pair_.caller, next_, generations_[next_])) continue;
      generations_[next_] = (generations_[next_] + 1) & 0xffffu;
      return next_;
    }
  }

  bool take_oneway() {
    if (!shm::pop_waits<A>(*pair_.caller, ring_)) return false;
    shm::CellBody body;
    shm::pop<A>(*pair_.caller, ring_, body);
    sum_ += body.content_bytes;
    shm::acknowledge<A>(*pair_.callee, ring_.last);
    if (mode_ != Mode::poll && shm::room_wanted<A>(*pair_.caller)) os::wake(os::word_of(pair_.callee->control.taken), os::kWakeAll);
    return true;
  }

  void sleep() {
    const shm::Word& bell = pair_.caller->control.bell;
    const std::uint32_t seen = shm::bell_count<A>(*pair_.caller);
    shm::announce_callee<A>(*pair_.callee, shm::kFutex);
    shm::announced<A>();
    if (waiting_lane() < 0 && !shm::pop_waits<A>(*pair_.caller, ring_)) pair_.slept(os::wait(os::word_of(bell), seen, patience()));
    shm::announce_callee<A>(*pair_.callee, shm::kAwake);
  }

  static constexpr std::uint32_t kSlotsUsed = 7;  // fewer than there are: each is used again and again

  Pair& pair_;
  const Mode mode_;
  const std::uint32_t lanes_;
  std::array<shm::CalleeLane, shm::kLanes> ends_;
  shm::RingReceiver ring_;
  std::array<std::uint32_t, kSlotsUsed> generations_{};
  std::uint32_t next_ = 0;
  std::uint32_t sum_ = 0;
};

/// `lanes` threads make `calls` calls each; one thread answers.
template <class A>
void run_calls(Pair& pair, Mode mode, std::uint32_t lanes, std::uint32_t calls, std::uint32_t first) {
  pair.begin_at(first);
  std::atomic<std::uint32_t> bell{0};
  std::thread callee([&] { Callee<A>(pair, mode, lanes, first).serve(std::uint64_t{lanes} * calls, 0); });
  std::vector<std::thread> callers;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    callers.emplace_back([&, lane] {
      Caller<A> caller(pair, lane, mode, bell, first);
      for (std::uint32_t i = 0; i < calls && caller.call(first + i * lanes + lane); ++i) {
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  callee.join();
}

/// One thread sends `count` oneway calls, waiting for room; one takes them. Returns what the receiver's sum lacks.
template <class A>
std::uint32_t run_oneways(Pair& pair, Mode mode, std::uint32_t count, std::uint32_t first) {
  pair.begin_at(first);
  std::atomic<std::uint32_t> bell{0};
  Callee<A> callee(pair, mode, 0, first);
  std::thread receiver([&] { callee.serve(0, count); });
  std::uint32_t sum = 0;
  std::thread sender([&] {
    shm::Segment& mine = *pair.caller;
    const shm::Segment& peer = *pair.callee;
    shm::RingSender end{first};
    for (std::uint32_t i = 0; i < count; ++i) {
      Looks looks(mode);
      while (shm::in_flight<A>(peer, end) >= shm::kRingCells) {
        if (pair.failed()) return;
        if (looks.again()) {
          shm::pause();
          continue;
        }
        const std::uint32_t seen = end.last - shm::kRingCells;
        if (shm::room_missing<A>(mine, peer, seen)) pair.slept(os::wait(os::word_of(peer.control.taken), seen, patience()));
        shm::announce_sender<A>(mine, false);
      }
      shm::CellBody body;
      body.content_bytes = i * 2654435761u;
      sum += body.content_bytes;
      shm::push<A>(mine, end, body);
      Caller<A>::template wake<A>(mine, peer, mode, bell);
    }
  });
  sender.join();
  receiver.join();
  return sum - callee.oneways_sum();
}

/// Payload that is published by two fences alone, one on each side of a relaxed word.
template <class A>
bool run_fenced() {
  Pair pair;
  shm::Word& word = pair.caller->control.bell;
  std::thread writer([&] {
    write_payload<A>(pair.caller->arena, 1);
    A::fence();
    A::relaxed_store(word, 1);
  });
  while (A::relaxed(word) == 0) shm::pause();
  A::fence();
  const bool arrived = payload_is<A>(pair.caller->arena, 1);
  writer.join();
  return arrived;
}

}  // namespace exchange
