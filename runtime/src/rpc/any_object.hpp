// The proxy of an object whose interface its receiver did not ask for: an IBinder.
#pragma once

#include <utility>

#include <shmidl/object.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>

namespace shmidl::rpc {

/// It can be held, handed back, and seen as an interface; it has no methods.
class AnyObject final : public Object {
 public:
  explicit AnyObject(stub::ClientLink link) noexcept : link_(std::move(link)) {}
  static const stub::Interface& table() noexcept {
    static constexpr stub::Interface interface{"", 0, {}, {}, [](Object&, std::uint32_t, stub::ServerCall& call) { call.unknown_method(); }};
    return interface;
  }
  [[nodiscard]] const stub::ClientLink& link() const noexcept { return link_; }

 private:
  const stub::Interface& shmidl_interface() const noexcept override { return table(); }
  stub::ClientLink link_;
};

}  // namespace shmidl::rpc
