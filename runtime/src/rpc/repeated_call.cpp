#include "rpc/repeated_call.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "rpc/blob.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/meet.hpp"
#include "rpc/objects.hpp"
#include "rpc/stopping.hpp"
#include "rpc/target.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

using stub::Call;
using stub::Measure;

namespace {

Error memory_error() { return Error(Errc::no_resources, "memory ran out while a call was made again"); }

Execution join(Execution a, Execution b) noexcept {
  if (a == Execution::yes || b == Execution::yes) return Execution::yes;
  return a == b ? a : Execution::maybe;
}

}  // namespace

struct RepeatedCall::Kept {
  Kept(const Measure& from, const std::byte* at) : body(at, at + from.body_bytes()) {
    measure.room(from.body_bytes(), 8);
    for (std::uint32_t i = 0; i < from.externals(); ++i) {
      const Measure::Range& range = from.range(i);
      const auto* const data = static_cast<const std::byte*>(range.data);
      arrays.emplace_back(data, data + range.bytes);
      if (range.clear != nullptr) range.clear(arrays.back().data(), range.bytes);
      measure.external(arrays.back().data(), range.bytes, nullptr);
    }
    for (std::uint32_t i = 0; i < from.attachments(); ++i) {
      Measure::Attachment attachment = from.attachment(i);
      if (attachment.blob != nullptr) {
        attachment.blob->retain();
        std::unique_ptr<stub::Storage, Release> storage(attachment.blob);
        storages.push_back(std::move(storage));
      } else {
        auto copy = FdView(attachment.descriptor).dup();
        if (!copy) throw Error(copy.error());
        attachment.descriptor = copy->get();
        descriptors.push_back(std::move(*copy));
      }
      measure.attach(attachment);
    }
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  struct Release {
    void operator()(stub::Storage* storage) const noexcept { storage->release(); }
  };
  Measure measure;
  std::vector<std::byte> body;
  std::vector<std::vector<std::byte>> arrays;
  std::vector<std::unique_ptr<stub::Storage, Release>> storages;  // one reference each
  std::vector<Fd> descriptors;
};

RepeatedCall::RepeatedCall(stub::Target& client, std::uint32_t method, const CallOptions* options, bool parked) noexcept
    : keeper_((retain(client), client)),
      reconnecting_(*client.reconnecting()),
      client_(client),
      method_(method),
      parked_(parked),
      is_idempotent_((client.info(method).traits & stub::kIdempotent) != 0),
      number_(is_idempotent_ ? reconnecting_.next_call() : 0) {
  if (options == nullptr) options = &options_;
  stop_ = options->stop;
  if (reconnecting_.forked()) return;
  const stub::TargetRef now = reconnecting_.current();
  if (stub::may_be_timed(options, client)) deadline_ = (*now).link().deadline(options, *now, method);
}

RepeatedCall::~RepeatedCall() {
  try_.reset();
  source_.reset();
}

bool RepeatedCall::fail(const Error& why) noexcept {
  error_ = why;
  return false;
}

Error RepeatedCall::error() const noexcept { return error_ ? *error_ : memory_error(); }

Error RepeatedCall::joined(const Error& error) const noexcept {
  const Execution both = resends_ == 0 ? error.execution() : join(so_far_, error.execution());
  if (both == error.execution()) return error;
  return detail::ErrorAccess::with(Error(error.errc(), error.what(), both), detail::ErrorAccess::payload(error));
}

Error RepeatedCall::unreachable(const Error& why) const noexcept {
  const std::string call = "`" + std::string(client_.info(method_).name) + "`";
  if (why.errc() == Errc::cancelled || !may_pass(why.errc())) return Error(why.errc(), why.what(), so_far_);
  if (!deadline_.is_never() && deadline_.expired()) return Error(Errc::timed_out, "the deadline of " + call + " passed without a server: " + why.what(), so_far_);
  return Error(so_far_ == Execution::no ? Errc::not_executed : Errc::maybe_executed, "the server left, and " + call + " found no other one: " + why.what(), so_far_);
}

bool RepeatedCall::is_repeatable(const Error& error, const stub::Target& over, bool is_idempotent) noexcept {
  if (error.errc() == Errc::draining || error.errc() == Errc::not_executed) return error.execution() == Execution::no;
  const LinkState state = over.link().state();
  return is_idempotent && error.errc() == Errc::maybe_executed && (state == LinkState::peer_died || state == LinkState::peer_closed);
}

bool RepeatedCall::repeats(const Error& error) noexcept {
  if (resends_ >= reconnecting_.options().reconnect.max_resends || !is_repeatable(error, *try_.target, is_idempotent_)) return fail(joined(error));
  reconnecting_.leave(*try_.target);  // it drains, or a write to its socket has failed before its end was told
  so_far_ = resends_ == 0 ? error.execution() : join(so_far_, error.execution());
  ++resends_;
  patience_ = {};
  return true;
}

std::byte* RepeatedCall::open(os::Deadline soon, std::optional<Error>& error) noexcept try {
  stub::TargetRef now = reconnecting_.alive();
  if (!now) {
    // Where a call has no deadline, the time counts from here: when it found that there is no connection.
    if (patience_.until.is_never()) patience_ = deadline_.is_never() ? reconnecting_.patience() : Reconnecting::Patience{deadline_, true};
    const Stopping stopping(stop_ ? &stop_ : nullptr);
    patience_.stopping = stop_ || thread_memory.serving != nullptr ? &stopping : nullptr;
    patience_.soon = soon;
    auto ready = reconnecting_.ready(patience_);
    patience_.stopping = nullptr;
    if (!ready) {
      error = ready.error();
      return nullptr;
    }
    now = std::move(*ready);
  }
  patience_ = {};
  if (!deadline_.is_never()) options_.timeout = deadline_.left();
  options_.stop = stop_;
  try_.reset();
  try_.target = std::move(now);
  try_.call.reset(new Call(*try_.target, method_, &options_, parked_, number_));
  return try_.call->begin(*measure_);
} catch (const std::bad_alloc&) {
  error = memory_error();
  return nullptr;
}

std::byte* RepeatedCall::begin(const Measure& measure) noexcept {
  if (reconnecting_.forked()) return static_cast<void>(fail(forked_error())), nullptr;
  if (stop_.requested()) return static_cast<void>(fail(stopped_error())), nullptr;
  measure_ = &measure;
  for (;;) {
    std::optional<Error> why;
    if (std::byte* const body = open(os::Deadline::never(), why)) return body_ = body, body;
    if (why) return static_cast<void>(fail(unreachable(*why))), nullptr;
    if (!repeats(try_.call->error())) return nullptr;
  }
}

bool RepeatedCall::publish(bool complete) noexcept {
  if (parked_ && complete) {
    try {
      kept_ = std::make_unique<Kept>(*measure_, body_);
    } catch (const Error& error) {
      return fail(error);
    } catch (const std::exception&) {
      return fail(memory_error());
    }
    measure_ = &kept_->measure;
    body_ = kept_->body.data();
  }
  if (try_.call->publish(complete)) return true;
  return repeats(try_.call->error()) && send_again(os::Deadline::never()) == Sent::yes;
}

RepeatedCall::Sent RepeatedCall::send_again(os::Deadline soon) noexcept {
  if (!std::exchange(is_sending_, true) && kept_ == nullptr && body_ != nullptr) {
    // What stands in the memory of the last try is needed until it was copied.
    source_.reset();
    source_ = std::move(try_);
    try_ = {};
  }
  for (;;) {
    std::optional<Error> why;
    std::byte* const body = open(soon, why);
    if (why && why->errc() == Errc::would_block) return Sent::not_yet;
    if (why) {
      is_sending_ = false;
      fail(unreachable(*why));
      return Sent::no;
    }
    if (body != nullptr) {
      shm::Access::write_range(body, body_, static_cast<std::size_t>(measure_->body_bytes()));
      if (kept_ == nullptr) {
        body_ = body;
        source_.reset();
      }
      if (try_.call->publish(true)) {
        is_sending_ = false;
        return Sent::yes;
      }
    }
    if (!repeats(try_.call->error())) {
      is_sending_ = false;
      return Sent::no;
    }
    if (kept_ == nullptr && body != nullptr) {
      source_ = std::move(try_);
      try_ = {};
    }
  }
}

bool RepeatedCall::wait() noexcept {
  if (reconnecting_.forked()) return fail(forked_error());
  for (;;) {
    if (error_) return false;
    if (is_sending_) {
      if (send_again(os::Deadline::never()) != Sent::yes) return false;
    }
    const bool answered = answered_ ? *answered_ : try_.call->wait();
    answered_.reset();
    if (answered) return true;
    if (!repeats(try_.call->error()) || send_again(os::Deadline::never()) != Sent::yes) return false;
  }
}

bool RepeatedCall::wait_until(os::TimePoint until) noexcept {
  if (reconnecting_.forked()) return true;
  for (;;) {
    if (error_ || answered_) return true;
    if (is_sending_) {
      const Sent sent = send_again(os::Deadline{until});
      if (sent != Sent::yes) return sent == Sent::no;
    }
    if (!try_.call->wait_until(until)) return false;
    answered_ = try_.call->wait();
    if (*answered_ || !repeats(try_.call->error())) return true;
    answered_.reset();
    const Sent sent = send_again(os::Deadline{until});
    if (sent != Sent::yes) return sent == Sent::no;
  }
}

void RepeatedCall::cancel() noexcept {
  if (error_ || answered_ || reconnecting_.forked()) return;
  if (is_sending_) {
    is_sending_ = false;
    fail(Error(Errc::cancelled, cancelled_error().what(), so_far_));
    return;
  }
  if (try_.call != nullptr) try_.call->cancel();
}

bool RepeatedCall::ended() const noexcept {
  if (error_ || answered_ || reconnecting_.forked() || stop_.requested()) return true;
  return !is_sending_ && (try_.call == nullptr || try_.call->ended());
}

os::TimePoint RepeatedCall::deadline() const noexcept {
  if (error_ || answered_) return os::TimePoint::max();
  return is_sending_ ? std::min(deadline_.at, reconnecting_.next_try()) : deadline_.at;
}

bool RepeatedCall::settle() noexcept {
  if (error_ || answered_ || reconnecting_.forked()) return true;
  if (!is_sending_) {
    answered_ = try_.call->wait();  // it has ended, or is past its deadline
    if (*answered_ || !repeats(try_.call->error())) return true;
    answered_.reset();
  }
  return send_again(os::Deadline{os::Clock::now()}) == Sent::no;
}

void RepeatedCall::ask_for_ring() noexcept {
  if (!is_sending_ && !ended()) try_.call->ask_for_ring();
}

}  // namespace shmidl::rpc
