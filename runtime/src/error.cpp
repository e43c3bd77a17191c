#include <shmidl/error.hpp>

#include <atomic>
#include <string>
#include <utility>

namespace shmidl {

namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "shmidl"; }
  std::string message(int value) const override { return std::string{to_string(static_cast<Errc>(value))}; }
};

}  // namespace

std::string_view to_string(Errc errc) noexcept {
  switch (errc) {
    case Errc::timed_out:
      return "the deadline passed";
    case Errc::cancelled:
      return "the call was cancelled";
    case Errc::not_executed:
      return "the peer died before it began the call";
    case Errc::maybe_executed:
      return "the peer died and may have begun the call";
    case Errc::peer_died:
      return "the peer died";
    case Errc::not_found:
      return "no server runs under this name";
    case Errc::name_in_use:
      return "another server runs under this name";
    case Errc::permission_denied:
      return "permission denied";
    case Errc::unknown_method:
      return "the server does not have this method";
    case Errc::schema_mismatch:
      return "the two sides have different definitions";
    case Errc::version_mismatch:
      return "the two sides share no version of the protocol";
    case Errc::too_large:
      return "a value is larger than its bound";
    case Errc::would_block:
      return "it would have to wait";
    case Errc::overloaded:
      return "the server has as many clients or calls as it takes";
    case Errc::no_resources:
      return "memory, descriptors or another quota ran out";
    case Errc::draining:
      return "the server is stopping and takes no new calls";
    case Errc::protocol_error:
      return "the peer broke the protocol";
    case Errc::bad_address:
      return "the address is not written correctly";
    case Errc::forked:
      return "the connection belongs to the parent process";
    case Errc::service_error:
      return "the service ended the call with an error";
  }
  return "an error of a newer version";
}

std::string_view to_string(Execution execution) noexcept {
  switch (execution) {
    case Execution::no:
      return "no";
    case Execution::maybe:
      return "maybe";
    case Execution::yes:
      return "yes";
  }
  return "maybe";
}

const std::error_category& category() noexcept {
  // Never destroyed: an error may still be looked at while static objects end.
  static const Category* const instance = new Category;
  return *instance;
}

std::error_code make_error_code(Errc errc) noexcept { return {static_cast<int>(errc), category()}; }

Error::Error(Errc errc, std::string message, Execution execution)
    : std::system_error{make_error_code(errc)}, message_{std::move(message)}, execution_{execution} {}

Error::Error(const Error& other) noexcept = default;
Error& Error::operator=(const Error& other) noexcept = default;
Error::~Error() = default;

const void* Error::payload_of(const std::type_info& type) const noexcept {
  const detail::Payload* const payload = payload_.get();
  if (payload == nullptr || payload->type() == nullptr || *payload->type() != type) return nullptr;
  return payload->object();
}

detail::Payload::~Payload() = default;

detail::PayloadRef::PayloadRef(const PayloadRef& other) noexcept : payload_(other.payload_) {
  if (payload_ != nullptr) std::atomic_ref(payload_->references_).fetch_add(1, std::memory_order_relaxed);
}

detail::PayloadRef::~PayloadRef() {
  if (payload_ == nullptr) return;
  // sync Payload.references acq_rel: the last owner sees every use by the others before it destroys the struct.
  if (std::atomic_ref(payload_->references_).fetch_sub(1, std::memory_order_acq_rel) == 1) delete payload_;
}

void Error::raise() const {
  if (payload_.get() != nullptr) payload_.get()->raise(*this);
  throw Error(*this);
}

const char* Error::what() const noexcept {
  const char* const message = message_.what();
  return *message != '\0' ? message : std::system_error::what();
}

}  // namespace shmidl
