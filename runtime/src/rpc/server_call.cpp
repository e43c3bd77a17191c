// What the stub of a handler says of its call.
#include <string>

#include "rpc/link.hpp"
#include "rpc/outgoing.hpp"

namespace shmidl::stub {

std::byte* ServerCall::begin(const Measure& measure) noexcept {
  if (lane_ == kOneway) return nullptr;
  auto body = outgoing_->get().begin(measure);
  if (body) return *body;
  refuse_result(body.error());
  return nullptr;
}

void ServerCall::refuse_result(const Error& error) {
  fail(Error(error.errc(), "the result cannot be sent: " + std::string(error.what()), Execution::yes));
}

void ServerCall::finish(bool complete) noexcept {
  if (!complete) return fail(Error(Errc::service_error, "the handler's result changed while it was sent: another thread writes to it", Execution::yes));
  outcome_ = Outcome::large;
  rpc::Outgoing& outgoing = outgoing_->get();
  if (!outgoing.attaches()) return;
  // While the handler's result is there; and nobody waits for one client's socket, but for a moment, once: what comes and goes takes a message each, which a
  // client whose watcher does not run has not read yet. Chosen, not measured.
  const std::chrono::milliseconds patience(link_->attachments().is_stuck() ? 0 : 250);
  const auto attached = outgoing.attach(os::Deadline::in(patience));
  if (attached) return;
  if (attached.error().errc() != Errc::timed_out) return refuse_result(attached.error());
  refuse_result(Error(Errc::no_resources, "the caller's socket had no room for what it brings"));
}

void ServerCall::fail(const Error& error) noexcept {
  outcome_ = Outcome::error;
  error_ = error;
}

void ServerCall::malformed() noexcept {
  if (request_.refused()) fail(request_.refusal(Execution::no));
  else if (request_.short_of_memory()) fail(link_->out_of_memory());
  else outcome_ = Outcome::malformed;
}

void ServerCall::unknown_method() noexcept {
  fail(Error(Errc::unknown_method, "the server's interface has no method of that number", Execution::no));
}

bool ServerCall::may_return(const Measure& measure) {
  std::uint64_t bytes = measure.body_bytes();
  for (std::uint32_t i = 0; i < measure.externals(); ++i) bytes += measure.range(i).bytes;
  if (bytes <= max_reply_bytes()) return true;
  refuse_result(Error(Errc::too_large, std::to_string(bytes) + " bytes are more than the server may hand over; " + link_->own().limits()));
  return false;
}

void ServerCall::too_large(std::uint64_t count) noexcept {
  fail(Error(Errc::too_large, "a result of " + std::to_string(count) + " elements is larger than the server may hand over; " + link_->own().limits(), Execution::no));
}

std::size_t ServerCall::max_reply_bytes() const noexcept { return link_->own().limit_bytes(); }

}  // namespace shmidl::stub
