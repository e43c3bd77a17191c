// Whose turn it is: calls after the oneway calls before them, and those of objects that take one at a time.
#include "rpc/link.hpp"
#include "rpc/stopping.hpp"
#include "rpc/stream_producer.hpp"
#include "shm/access.hpp"
#include "shm/notice.hpp"
#include "shm/timeout.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

bool Link::enter_in_order(std::uint32_t lane, Job& job) noexcept {
  // sync Link.oneways_done acquire: what the oneway calls before this one did is seen by its handler; pairs with release in run_oneway().
  if (!shm::in_order(job.body, oneways_done_.load(std::memory_order_acquire))) return false;
  if ((job.body.flags & shm::kExtended) == 0) return enter_object();
  Access::read(&job.more, &theirs_.control.extension[lane], sizeof job.more);
  return enter_addressed(job.more.object, job.turn, nullptr);
}

bool Link::enter_addressed(std::uint32_t object, rpc::SerialTurn& turn, rpc::SerialRef* waits_for) noexcept {
  if (object == 0) return enter_object();
  rpc::SerialRef serial = objects_->turns_of(object);
  const bool entered = serial.get() == nullptr || serial.get()->try_enter_for(*this);
  if (waits_for != nullptr) *waits_for = entered ? rpc::SerialRef() : rpc::SerialRef(*serial.get());
  if (entered && serial.get() != nullptr) turn = rpc::SerialTurn(std::move(serial));
  return entered;
}

bool Link::may_enter(std::uint32_t lane, const shm::CellBody& body) noexcept {
  if ((body.flags & shm::kExtended) == 0) return true;
  shm::Extension more;
  Access::read(&more, &theirs_.control.extension[lane], sizeof more);
  if (more.object == 0) return true;
  const rpc::SerialRef serial = objects_->turns_of(more.object);
  return serial.get() == nullptr || !serial.get()->busy_for(*this);
}

bool Link::is_roots(const Job& job) noexcept {
  if ((job.body.flags & shm::kExtended) == 0) return true;
  return (job.kind == Job::Kind::call ? job.more.object : job.body.after_or_slot) == 0;
}

bool Link::is_in_turn(const Job& job) noexcept {
  const rpc::CurrentCall* const serving = rpc::thread_memory.serving;
  if (serving == nullptr) return false;
  if (is_roots(job)) return callee_.serial != nullptr && serving->has_turn(*callee_.serial);
  const rpc::SerialRef serial = objects_->turns_of(job.kind == Job::Kind::call ? job.more.object : job.body.after_or_slot);
  return serial.get() != nullptr && serving->has_turn(*serial.get());
}

bool Link::await_turn(rpc::Serial& serial, const rpc::Lane& lane, rpc::Patience& patience) noexcept {
  rpc::Serial::Queue queue(serial);
  for (const std::uint32_t word = shm::reply_word<Access>(theirs_, lane.number); !queue.try_enter(); queue.wait(patience.deadline)) {
    const bool ends = state() != LinkState::alive || patience.deadline.expired() || patience.is_stopped() || shm::reply_word<Access>(theirs_, lane.number) != word;
    if (ends) return false;
  }
  return true;
}

}  // namespace shmidl::stub

namespace shmidl::rpc {

bool CurrentCall::has_turn(const Serial& serial) const noexcept {
  for (const CurrentCall* call = this; call != nullptr; call = call->outer_) {
    const Serial* its = call->link_.root_turns();
    if (call->lane_ == kStream && !static_cast<const StreamTurn*>(call)->producer.has_serial) its = nullptr;
    if (call->numbered) its = static_cast<const NumberedCall*>(call)->turn;
    if (its == &serial) return true;
  }
  return false;
}

}  // namespace shmidl::rpc
