// The caller's half of a Link: lanes, requests, replies, oneway calls.
#include <bit>
#include <chrono>
#include <new>
#include <utility>

#include <sched.h>

#include "os/futex.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/target.hpp"
#include "rpc/spin.hpp"
#include "rpc/stopping.hpp"
#include "shm/access.hpp"
#include "shm/notice.hpp"
#include "shm/slots.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

void Link::set_caller(CallerSide side) {
  caller_ = std::move(side);
  quick_looks_.store(caller_.wait == Wait::block ? 1 : kQuickLooks, std::memory_order_relaxed);
}

Result<rpc::Lane*> Link::acquire_lane(os::Deadline deadline, const StopHolder* stop) noexcept {
  std::optional<rpc::Stopping> stopping;
  if ((stop != nullptr && *stop) || rpc::thread_memory.serving != nullptr) stopping.emplace(stop);
  rpc::Spinner spinner(caller_.wait, history_);
  for (;;) {
    if (rpc::Lane* const lane = lanes_.take()) return lane;
    if (state() != LinkState::alive) return Error(Errc::peer_died);
    if (stopping && stopping->requested()) return Error(Errc::cancelled, "a call was given up while it waited for one of " + std::to_string(shm::kLanes) + " lanes");
    lanes_.make_free();
    if (spinner.again()) {
      if (!spinner.clock_read() || spinner.now() < deadline.at) continue;
    } else if (!deadline.expired()) {
      lanes_.wait(deadline);
      continue;
    }
    return Error(Errc::timed_out, "all " + std::to_string(shm::kCallLanes) + " calls that this connection carries at a time were under way until the deadline");
  }
}

void Link::send_request(rpc::Lane& lane, shm::CellBody& body, const Terms& terms) noexcept {
  body.flags = static_cast<std::uint8_t>(body.flags | terms.flags);
  body.after_or_slot = terms.word;
  shm::send_request<Access>(mine_, lane.number, lane.end, body);
  wake_peer();
}

void Link::wake_sleeping_peer() noexcept {
  switch (shm::callee_waits<Access>(theirs_)) {
    case shm::kAwake:
      return;
    case shm::kFutex: {
      shm::Word& bell = mine_.control.bell;
      shm::ring_bell<Access>(mine_, bell_.fetch_add(1, std::memory_order_relaxed) + 1);
      os::wake(os::word_of(bell), 1);
      return;
    }
    case shm::kSocket:
      return ring_socket();
  }
}

void Link::ring_socket() noexcept {
  rpc::BellMessage message;
  // A full socket has unread bells in it: the peer will wake.
  static_cast<void>(os::send(socket_, rpc::seal_message(message, rpc::MessageKind::bell)));
}

Result<void> Link::await_reply(rpc::Lane& lane, os::Deadline deadline, const StopHolder* stop, const Target& target, std::uint32_t method) noexcept {
  rpc::Patience patience(deadline, stop);  // prepared after the first looks: that costs more than they do
  const auto has_reply = [&] { return shm::reply_waits<Access>(theirs_, lane.number, lane.end); };
  rpc::Spinner spinner(caller_.wait, history_);
  const bool may_spin = !shares_core();
  for (;;) {
    const std::uint32_t word = shm::reply_word<Access>(theirs_, lane.number);
    if (word == lane.end.sequence) {
      spinner.found();
      return {};
    }
    if (lane.has_notice(word) && state() == LinkState::alive) [[unlikely]] {
      take_notice(lane, word, &patience);
      continue;
    }
    if (state() != LinkState::alive) {
      // What the peer published before it died is delivered before its death is told.
      if (has_reply()) return {};
      return dead_error(&lane, target, method);
    }
    if (patience.was_stopped()) {
      return Error(Errc::cancelled, "`" + agreement_.name + "." + std::string(target.info(method).name) + "` was given up by its caller", Execution::maybe);
    }
    if (lane.helps() && help() && !deadline.expired()) [[unlikely]] continue;
    const bool spins = may_spin && spinner.again();
    if (spins && !spinner.clock_read()) continue;
    patience.prepare();
    if (spins) {
      if (spinner.now() < deadline.at) continue;
    } else {
      // What it helps with changes other words. Chosen, not measured.
      constexpr std::chrono::milliseconds kNap{1};
      sleep_for_reply(lane, lane.helps() ? deadline.sooner(os::Deadline::in(kNap)) : deadline, patience.stopping());
      spinner.slept();
      if (has_reply()) return {};
      if (!deadline.expired()) continue;
    }
    const std::string_view name = target.info(method).name;
    return Error(Errc::timed_out, "`" + agreement_.name + "." + std::string(name) + "` did not answer before the deadline", Execution::maybe);
  }
}

bool Link::shares_core() noexcept {
  if (caller_.wait == Wait::poll) return false;
  const std::uint32_t core = os::current_core();
  tell_core(core);
  if (caller_.wait == Wait::block) return false;
  const bool shares = peer_core() == core;
  const std::uint32_t looks = shares ? 1 : kQuickLooks;
  if (quick_looks_.load(std::memory_order_relaxed) != looks) quick_looks_.store(looks, std::memory_order_relaxed);
  return shares;
}

void Link::sleep_for_reply(const rpc::Lane& lane, os::Deadline deadline, const rpc::Stopping* stopping) noexcept {
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  std::uint32_t seen = 0;
  if (shm::reply_missing<Access>(mine_, theirs_, lane.number, lane.end.sequence, seen) && !lane.has_notice(seen) && state() == LinkState::alive) {
    const os::Word word = os::word_of(theirs_.replies[lane.number].sequence);
    if (stopping != nullptr) stopping->sleep(word, seen, deadline);
    else os::wait(word, seen, deadline);  // end() repeats its wakes until nobody sleeps
  }
  shm::announce_caller<Access>(mine_, lane.number, false);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace shmidl::stub
