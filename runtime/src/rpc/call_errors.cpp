#include "rpc/call_errors.hpp"

#include <optional>

#include "rpc/error_content.hpp"
#include "rpc/link.hpp"

namespace shmidl::rpc {

Error forked_error() { return Error(Errc::forked, "this connection belongs to the parent process; connect again in the child"); }

Error unsent_error(const stub::Link& link, std::uint32_t method, const Error& error) {
  return error.errc() == Errc::peer_died ? link.dead_error(nullptr, method) : error;
}

Error error_of_reply(stub::Link& link, const shm::CellBody& body, const stub::Frame& frame) {
  const auto errc = body.method_or_status;
  if (errc > static_cast<std::uint16_t>(Errc::service_error) || body.descriptors != 0 || frame.bytes() == 0) {
    return link.protocol_error("the server sent an error that does not exist");
  }
  auto error = unpack_error({frame.body(), frame.bytes()}, static_cast<Errc>(errc), stub::Link::kMaxErrorText);
  return error ? *error : link.protocol_error("the server sent an error that does not check");
}

}  // namespace shmidl::rpc
