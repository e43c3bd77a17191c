#include "rpc/call_errors.hpp"

#include <memory>
#include <optional>

#include "rpc/error_content.hpp"
#include "rpc/target.hpp"

namespace shmidl::rpc {

Error forked_error() { return Error(Errc::forked, "this connection belongs to the parent process; connect again in the child"); }

Error cancelled_error() { return Error(Errc::cancelled, "the call was cancelled by its caller", Execution::maybe); }

Error stopped_error() { return Error(Errc::cancelled, "a stop was requested before the call was made"); }

Error lost_error(Execution execution) {
  return Error(Errc::no_resources, "a descriptor that came with a call was lost: its receiver is at its limit of open files (ulimit -n)", execution);
}

Error unsent_error(const stub::Target& target, std::uint32_t method, const Error& error) {
  return error.errc() == Errc::peer_died ? target.link().dead_error(nullptr, target, method) : error;
}

Error unserved_error(const stub::Target& target, std::uint32_t method) {
  if (target.link().has_lost_peer()) return target.link().dead_error(nullptr, target, method);
  return Error(Errc::would_block, "no thread of the peer takes the call of `" + std::string(target.info(method).name) +
                                      "`: it is in no call that this one could answer, and not in link(*client).run()");
}

Error error_of_reply(stub::Link& link, const shm::CellBody& body, const stub::Frame& frame) {
  const auto errc = body.method_or_status;
  if (errc > static_cast<std::uint16_t>(Errc::service_error) || body.descriptors != 0 || frame.bytes() == 0) {
    return link.protocol_error("the server sent an error that does not exist");
  }
  auto error = unpack_error({frame.body(), frame.bytes()}, static_cast<Errc>(errc), stub::Link::kMaxErrorText);
  return error ? *error : link.protocol_error("the server sent an error that does not check");
}

Error* refuse(const stub::Target& target, std::uint32_t method, const Error& error) { return std::make_unique<Error>(unsent_error(target, method, error)).release(); }

Error* unusual_reply(const stub::Target& target, std::uint32_t method, shm::CellBody& body) {
  stub::Link& link = target.link();
  BodyRoom room;
  stub::Frame frame;
  PeerMemory::Pins pins;
  const auto verdict = link.open_content(body, frame, room, nullptr, pins);
  link.lanes().give_slot_back(body);
  if (verdict == PeerMemory::Verdict::no_descriptors) return refuse(target, method, lost_error(Execution::yes));
  if (verdict != PeerMemory::Verdict::good) return refuse(target, method, link.protocol_error("a reply names memory that was never handed over"));
  if (body.method_or_status == 0) return refuse(target, method, link.protocol_error("a result does not check"));
  return refuse(target, method, error_of_reply(link, body, frame));
}

Error* why_not(const stub::Target& target, std::uint32_t method) {
  const stub::Link& link = target.link();
  if (link.forked()) return refuse(target, method, forked_error());
  if (link.state() != LinkState::alive) return refuse(target, method, Error(Errc::peer_died));
  return refuse(target, method, target.method(method).error());
}

}  // namespace shmidl::rpc
