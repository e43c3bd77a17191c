// Calls that are chained: made in a handler, and run by the thread that waits for that handler's answer.
#include <optional>

#include "os/futex.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/link.hpp"
#include "rpc/stopping.hpp"
#include "rpc/streams.hpp"
#include "shm/access.hpp"
#include "shm/notice.hpp"
#include "shm/timeout.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

Object& Link::no_object() noexcept {
  struct None final : Object {
    const Interface& shmidl_interface() const noexcept override {
      static constexpr Interface interface{"", 0, {}, {}, [](Object&, std::uint32_t, ServerCall& call) { call.unknown_method(); }};
      return interface;
    }
  };
  static None none;
  return none;
}

Result<rpc::Lane*> Link::take_chain_lane(const rpc::CurrentCall& outer) noexcept {
  /// Calls of two processes that wait for each other at a time. Chosen, not measured.
  constexpr int kMostChained = 16;
  if (outer.depth + 1 > kMostChained) return Error(Errc::overloaded, "more than " + std::to_string(kMostChained) + " calls of two processes would wait for each other");
  if (rpc::Lane* const lane = lanes_.take_chain()) return lane;
  return Error(Errc::overloaded, "all lanes for calls from handlers to their callers are taken");
}

void Link::send_chained(rpc::Lane& lane, shm::CellBody& body, const Terms& terms, rpc::CurrentCall& outer) noexcept {
  body.flags = static_cast<std::uint8_t>(body.flags | terms.flags);
  body.after_or_slot = terms.word;
  shm::send_request<Access>(mine_, lane.number, lane.end, body);
  send_notice(lane, outer);
}

void Link::send_small_chained(rpc::Lane& lane, std::uint32_t object, std::uint16_t number, std::uint32_t bytes, const Terms& terms, rpc::CurrentCall& outer) noexcept {
  shm::Extension extension;
  extension.object = object;
  extension.depth = static_cast<std::uint16_t>(outer.depth + 1);
  extend(lane, extension);
  const auto flags = static_cast<std::uint8_t>(terms.flags | shm::kExtended);
  shm::send_written_request<Access>(mine_, lane.number, lane.end, shm::pack_head(number, flags, 0, bytes), terms.word);
  send_notice(lane, outer);
}

bool Link::give_notice(rpc::CurrentCall& outer, std::uint32_t word) noexcept {
  shm::give_notice<Access>(mine_, outer.lane(), word);
  const std::uint32_t waits = shm::waits_for<Access>(theirs_, outer.lane());
  if (waits == shm::kGone) return false;
  if (waits != 0 && !agreement_.peer_never_sleeps) os::wake(os::word_of(mine_.replies[outer.lane()].sequence), 1);
  return true;
}

void Link::send_notice(const rpc::Lane& lane, rpc::CurrentCall& outer) noexcept {
  outer.turn = !outer.turn;
  const std::uint32_t word = shm::notice_word(callee_lanes_.last(outer.lane()).sequence, lane.number, outer.turn);
  if (!give_notice(outer, word)) abandon({{}, lane.number, lane.end.sequence});
}

void Link::ask_for_help() noexcept {
  rpc::CurrentCall* const outer = chained_to();
  if (outer != nullptr) static_cast<void>(give_notice(*outer, shm::help_word(callee_lanes_.last(outer->lane()).sequence)));
}

bool Link::is_only_thread() const noexcept { return callee_.alarm != nullptr ? callee_.alarm->serves_alone() : dispatches_here(); }

bool Link::help() noexcept {
  if (!is_only_thread()) return false;
  // The lane of this thread's own waits beside: the handlers' calls are chained, too.
  rpc::Lane* const aside = lanes_.set_aside();
  bool helped = false;
  for (std::uint32_t left = shm::kRingCells; left != 0 && help_with_oneway(); --left) helped = true;
  Job job;
  if (rpc::Streams* const streams = known_streams(); streams != nullptr && streams->take(job, false)) {
    streams->run(job);
    helped = true;
  }
  if (aside != nullptr) lanes_.leave(*aside);
  return helped;
}

void Link::take_notice(rpc::Lane& lane, std::uint32_t word, rpc::Patience* patience) noexcept {
  std::uint32_t chain = 0;
  const shm::Heard heard = shm::hear(word, lane.end.sequence, chain);
  if (heard != shm::Heard::notice && heard != shm::Heard::help) return static_cast<void>(protocol_error("the peer broke the numbering of its replies"));
  lane.noticed = std::uint64_t{lane.end.sequence} << 32 | word;
  if (heard == shm::Heard::help) {
    lane.helped = lane.noticed;
    return;
  }
  shm::expect_chained<Access>(theirs_, chain);
  Job job;
  if (!take_chained(chain, std::nullopt, job)) return;  // its caller gave it up meanwhile, and it was refused
  // As many calls may stand on this thread's stack, whatever the peer says; each side has half of a chain.
  constexpr int kMostNested = 16;
  int nested = 0;
  for (const rpc::CurrentCall* call = rpc::thread_memory.serving; call != nullptr; call = call->outer()) ++nested;
  if (patience == nullptr || nested >= kMostNested) return refuse_chained(job);
  // An object that takes one call at a time takes those of its own chain in between.
  rpc::SerialRef handed = job.more.object != 0 ? objects_->turns_of(job.more.object) : rpc::SerialRef();
  rpc::Serial* const turns = job.more.object != 0 ? handed.get() : callee_.serial;
  const rpc::CurrentCall* const serving = rpc::thread_memory.serving;
  const bool enters = turns != nullptr && (serving == nullptr || !serving->has_turn(*turns));
  if (enters && !await_turn(*turns, lane, *patience)) return refuse_chained(job);
  const bool enters_root = enters && handed.get() == nullptr;
  if (enters && !enters_root) job.turn = rpc::SerialTurn(std::move(handed));
  // sync Link.oneways_done acquire: what the oneway calls before this one did is seen; pairs with release in run_oneway().
  if (!shm::in_order(job.body, oneways_done_.load(std::memory_order_acquire))) [[unlikely]] static_cast<void>(help());
  // The lane of this thread's own waits beside: the handler's calls are chained, too.
  rpc::Lane* const aside = lanes_.set_aside();
  run_call(job);
  if (aside != nullptr) lanes_.leave(*aside);
  if (enters_root) {
    callee_.serial->leave();
    callee_.alarm->turn_ended();
  }
  bury();
}

void Link::refuse_chained(const Job& job) noexcept {
  if (job.body.descriptors != 0) drop_attachments(job.body, 0);
  reply_with_error(job.lane, Error(Errc::overloaded, "the thread that this call was for takes no more calls", Execution::no));
}

void Link::abandon(rpc::NumberMessage message) noexcept {
  // Without room on the socket it stays with the peer: the lane is lost until the connection ends, or its thread takes the call.
  static_cast<void>(os::send(socket_, rpc::seal_message(message, rpc::MessageKind::abandon)));
}

void Link::abandoned(const rpc::NumberMessage& message) noexcept {
  if (message.number < shm::kCallLanes || message.number >= shm::kLanes) return static_cast<void>(protocol_error("the peer gave up a call in a lane that is no chain lane"));
  Job job;
  if (take_chained(message.number, message.sequence, job)) refuse_chained(job);  // else its thread has taken it
}

bool Link::find_addressee(const Job& job, rpc::NumberedCall& current, rpc::Addressee& addressee) noexcept {
  addressee = {callee_.object, callee_.interface, nullptr, true};
  if ((job.body.flags & shm::kExtended) == 0) return true;
  std::uint32_t number = job.body.after_or_slot;
  if (job.kind == Job::Kind::call) {
    number = job.more.object;
    current.depth = job.more.depth;
    current.set_number(job.more.call);
  }
  if (number == 0) return true;
  rpc::Objects::Found found = objects_->find(number);
  if (found.object == nullptr) return false;
  addressee = {found.object.get(), found.interface, std::move(found.object), false};
  return true;
}

}  // namespace shmidl::stub
