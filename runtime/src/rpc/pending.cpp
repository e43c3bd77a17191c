// A call whose caller takes the answer later.
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <shmidl/stub/call.hpp>

#include "rpc/call_errors.hpp"
#include "rpc/target.hpp"
#include "shm/access.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

Call& Pending::begin(const TargetRef& target, std::uint32_t method, const CallOptions& options) {
  target_ = target;
  call_ = new Call(*target_, method, &options, true);
  return *call_;
}

std::byte* Pending::begin_small(const TargetRef& to, std::uint32_t method, const CallOptions& options) noexcept {
  target_ = to;
  Target& target = *target_;
  method_ = method;
  number_ = target.number(method);
  if (number_ == rpc::MethodMap::kNoNumber && target.reconnecting() != nullptr) [[unlikely]] return begin_in_full(options);
  Link& link = target.link();
  if (link.forked() || link.state() != LinkState::alive || number_ == rpc::MethodMap::kNoNumber) [[unlikely]] {
    if (!link.forked() && link.state() == LinkState::alive && target.goes_in_full() && target.method(method)) return begin_in_full(options);
    error_ = rpc::why_not(target, method);
    return nullptr;
  }
  if (options.stop) [[unlikely]] {
    if (options.stop.requested()) return error_ = rpc::refuse(target, method, rpc::stopped_error()), nullptr;
    stop_ = new (std::nothrow) StopHolder(options.stop);
    if (stop_ == nullptr) return error_ = rpc::refuse(target, method, link.out_of_memory()), nullptr;
  }
  const os::Deadline deadline = may_be_timed(&options, target) ? link.deadline(&options, target, method) : os::Deadline::never();
  deadline_ = deadline.at;
  lane_ = link.lanes().take();
  if (lane_ == nullptr) [[unlikely]] {
    auto lane = link.acquire_lane(deadline, stop_);
    if (!lane) {
      error_ = rpc::refuse(target, method, lane.error());
      return nullptr;
    }
    lane_ = *lane;
  }
  return link.mine().requests[lane_->number].body.content;
}

// To an object that is not the root, within this process, or of a client that reconnects: its arguments wait in private memory.
std::byte* Pending::begin_in_full(const CallOptions& options) noexcept {
  call_ = new (std::nothrow) Call(*target_, method_, &options, true);
  small_ = new (std::nothrow) SmallContent;
  if (call_ != nullptr && small_ != nullptr) return small_->bytes.data();
  delete std::exchange(call_, nullptr);
  delete std::exchange(small_, nullptr);
  error_ = std::make_unique<Error>(Errc::no_resources, "memory ran out while a call was packed").release();
  return nullptr;
}

void Pending::publish_small(std::uint32_t request_bytes) noexcept {
  if (call_ != nullptr) [[unlikely]] {
    const std::unique_ptr<SmallContent> content(std::exchange(small_, nullptr));
    Measure measure;
    measure.room(request_bytes, 8);
    std::byte* const body = call_->begin(measure);
    if (body == nullptr) return;
    Access::write(body, content->bytes.data(), request_bytes);
    return static_cast<void>(call_->publish(true));
  }
  Link& link = (*target_).link();
  const os::Deadline deadline{deadline_};
  link.send_small_request(*lane_, number_, request_bytes, link.terms(deadline), shm::kNobodyWaits);
  sequence_ = lane_->end.sequence;
  if (!deadline.is_never()) link.expire(*lane_, deadline);
  link.lanes().park(*lane_);
}

Error* Pending::wait_small(SmallContent& reply, std::uint32_t reply_bytes) noexcept {
  if (call_ != nullptr) [[unlikely]] {
    if (!call_->wait()) return std::make_unique<Error>(call_->error()).release();
    const Frame& frame = call_->reply();
    if (frame.bytes() != reply_bytes) return std::make_unique<Error>(call_->malformed()).release();
    std::memcpy(reply.bytes.data(), frame.body(), reply_bytes);
    return nullptr;
  }
  if (lane_ == nullptr) return std::exchange(error_, nullptr);
  const Target& target = *target_;
  Link& link = target.link();
  rpc::Lane& lane = *std::exchange(lane_, nullptr);
  if (link.forked()) [[unlikely]] return rpc::refuse(target, method_, rpc::forked_error());
  shm::CellBody body;
  if (!link.lanes().unpark(lane, sequence_)) [[unlikely]] {
    static_cast<void>(link.lanes().take_late(lane, sequence_, body));
    const bool plain = body.method_or_status == 0 && body.flags == 0 && body.descriptors == 0 && body.content_bytes == reply_bytes;
    if (!plain) return rpc::unusual_reply(target, method_, body);
    std::memcpy(reply.bytes.data(), body.content, shm::kInlineBytes);
    return nullptr;
  }
  if (!link.spin_for_reply(lane)) [[unlikely]] {
    if (auto arrived = link.await_reply(lane, os::Deadline{deadline_}, stop_, target, method_); !arrived) {
      link.give_up(lane, arrived.error());
      return rpc::refuse(target, method_, arrived.error());
    }
  }
  const shm::CellBody& there = link.peer().replies[lane.number].body;
  if (Access::read_number<std::uint64_t>(&there) != shm::pack_head(0, 0, 0, reply_bytes)) [[unlikely]] {
    shm::take<Access>(link.peer().replies[lane.number], body);
    link.lanes().give_back(lane);
    return rpc::unusual_reply(target, method_, body);
  }
  Access::read(reply.bytes.data(), there.content, shm::kInlineBytes);
  link.lanes().give_back(lane);
  return nullptr;
}

bool Pending::wait_until(std::chrono::steady_clock::time_point until) noexcept {
  if (call_ != nullptr) return call_->wait_until(until);
  if (lane_ == nullptr) return true;
  const Target& target = *target_;
  Link& link = target.link();
  if (link.forked() || !link.lanes().unpark(*lane_, sequence_)) return true;
  const os::Deadline deadline{deadline_};
  bool done = link.spin_for_reply(*lane_);
  if (!done) {
    const auto arrived = link.await_reply(*lane_, deadline.sooner(os::Deadline{until}), stop_, target, method_);
    done = arrived || arrived.error().errc() != Errc::timed_out || deadline.expired();
  }
  link.lanes().park(*lane_);
  return done;
}

void Pending::cancel() noexcept {
  if (call_ != nullptr) return call_->cancel();
  if (lane_ == nullptr) return;
  const Target& target = *target_;
  Link& link = target.link();
  if (link.forked() || !link.lanes().unpark(*lane_, sequence_)) return;
  if (shm::reply_waits<Access>(link.peer(), lane_->number, lane_->end)) return link.lanes().park(*lane_);
  error_ = rpc::refuse(target, method_, rpc::cancelled_error());
  link.give_up(*std::exchange(lane_, nullptr), *error_);
}

bool Pending::ended() const noexcept {
  if (call_ != nullptr) return call_->ended();
  if (lane_ == nullptr) return true;
  const Link& link = (*target_).link();
  return link.forked() || (stop_ != nullptr && stop_->requested()) || link.state() != LinkState::alive || link.has_answer(*lane_, sequence_);
}

bool Pending::settle() noexcept { return call_ == nullptr || call_->settle(); }

const StopHolder* Pending::stop() const noexcept {
  if (call_ != nullptr) return call_->stop();
  return lane_ != nullptr ? stop_ : nullptr;
}

std::chrono::steady_clock::time_point Pending::deadline() const noexcept {
  if (call_ != nullptr) return call_->deadline();
  return lane_ != nullptr ? deadline_ : os::TimePoint::max();
}

void Pending::ask_for_ring() noexcept {
  if (call_ != nullptr) return call_->ask_for_ring();
  if (lane_ != nullptr && !ended()) (*target_).link().lanes().ask_for_message(*lane_, sequence_);
}

void Pending::drop() noexcept {
  const std::unique_ptr<StopHolder> stop(std::exchange(stop_, nullptr));
  const std::unique_ptr<Call> call(std::exchange(call_, nullptr));
  const std::unique_ptr<Error> error(std::exchange(error_, nullptr));
  const std::unique_ptr<SmallContent> content(std::exchange(small_, nullptr));
  rpc::Lane* const lane = std::exchange(lane_, nullptr);
  if (lane == nullptr) return;
  Link& link = (*target_).link();
  if (link.forked()) return;
  shm::CellBody body;
  if (link.lanes().unpark(*lane, sequence_)) link.lanes().orphan(*lane);
  else if (link.lanes().take_late(*lane, sequence_, body)) link.lanes().discard(body);
}

}  // namespace shmidl::stub
