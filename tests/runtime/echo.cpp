#include "echo.hpp"

namespace echo {
namespace shmidl_Echo {
using ::shmidl::stub::In;
using add = ::shmidl::stub::Method<0, std::int32_t, In<std::int32_t>, In<std::int32_t>>;
using say = ::shmidl::stub::Method<1, std::string, In<std::int32_t>, In<std::string>>;
using load = ::shmidl::stub::Method<2, ::shmidl::Array<std::uint8_t>, In<std::int32_t>, In<::shmidl::Array<std::uint8_t>>>;
using note = ::shmidl::stub::Method<3, void, In<std::int32_t>>;

static void dispatch(::shmidl::Object& object, std::uint32_t method, ::shmidl::stub::ServerCall& call) {
  auto& self = static_cast<Echo&>(object);
  switch (method) {
    case 0: return add::serve<&Echo::add>(self, call);
    case 1: return say::serve<&Echo::say>(self, call);
    case 2: return load::serve<&Echo::load>(self, call);
    case 3: return note::serve<&Echo::note>(self, call);
    default: return call.unknown_method();
  }
}
}  // namespace shmidl_Echo

const ::shmidl::stub::Interface& Echo::shmidl_interface() const noexcept { return ::shmidl::stub::interface_of<Echo>(); }

std::int32_t Echo::Client::add(std::int32_t a, std::int32_t b) { return shmidl_Echo::add::call(shmidl_link_, a, b); }
::shmidl::Result<std::int32_t> Echo::Client::try_add(std::int32_t a, std::int32_t b, const ::shmidl::CallOptions& options) noexcept {
  return shmidl_Echo::add::try_call(shmidl_link_, options, a, b);
}
std::string Echo::Client::say(std::int32_t id, std::string_view text) { return shmidl_Echo::say::call(shmidl_link_, id, text); }
::shmidl::Result<std::string> Echo::Client::try_say(std::int32_t id, std::string_view text, const ::shmidl::CallOptions& options) noexcept {
  return shmidl_Echo::say::try_call(shmidl_link_, options, id, text);
}
::shmidl::Array<std::uint8_t> Echo::Client::load(std::int32_t id, std::span<const std::uint8_t> bytes) {
  return shmidl_Echo::load::call(shmidl_link_, id, bytes);
}
::shmidl::Result<::shmidl::Array<std::uint8_t>> Echo::Client::try_load(std::int32_t id, std::span<const std::uint8_t> bytes,
                                                                       const ::shmidl::CallOptions& options) noexcept {
  return shmidl_Echo::load::try_call(shmidl_link_, options, id, bytes);
}
void Echo::Client::note(std::int32_t id) { shmidl_Echo::note::send(shmidl_link_, id); }
::shmidl::Result<void> Echo::Client::try_note(std::int32_t id, const ::shmidl::CallOptions& options) noexcept {
  return shmidl_Echo::note::try_send(shmidl_link_, options, id);
}

}  // namespace echo

template <>
const ::shmidl::stub::Interface& shmidl::stub::interface_of<::echo::Echo>() noexcept {
  static constexpr MethodInfo methods[] = {{0, "add", "int32 add(int32 a, int32 b)", 1, false, {}},
                                           {1, "say", "string say(int32 id, string text)", 2, false, {}},
                                           {2, "load", "uint8[] load(int32 id, uint8[] bytes)", 3, false, {}},
                                           {3, "note", "oneway void note(int32 id)", 4, true, {}}};
  static constexpr Interface interface{"echo.Echo", 0xec40, methods, {}, &::echo::shmidl_Echo::dispatch};
  return interface;
}
