// A stub in the shape in which the compiler prints it: for tests of the instrumented runtime, which generated libraries do not link.
#pragma once

#include <shmidl/shmidl.hpp>
#include <shmidl/stub.hpp>

namespace echo {

class Echo : public ::shmidl::Object {
 public:
  class Client;

  virtual std::int32_t add(std::int32_t a, std::int32_t b) = 0;
  virtual std::string say(std::int32_t id, std::string_view text) = 0;
  virtual ::shmidl::Array<std::uint8_t> load(std::int32_t id, std::span<const std::uint8_t> bytes) = 0;
  virtual void note(std::int32_t id) = 0;  // oneway

  const ::shmidl::stub::Interface& shmidl_interface() const noexcept final;
};

class Echo::Client final : public Echo {
 public:
  explicit Client(::shmidl::stub::ClientLink link) noexcept : shmidl_link_(std::move(link)) {}

  std::int32_t add(std::int32_t a, std::int32_t b) override;
  ::shmidl::Result<std::int32_t> try_add(std::int32_t a, std::int32_t b, const ::shmidl::CallOptions& options = {}) noexcept;
  std::string say(std::int32_t id, std::string_view text) override;
  ::shmidl::Result<std::string> try_say(std::int32_t id, std::string_view text, const ::shmidl::CallOptions& options = {}) noexcept;
  ::shmidl::Array<std::uint8_t> load(std::int32_t id, std::span<const std::uint8_t> bytes) override;
  ::shmidl::Result<::shmidl::Array<std::uint8_t>> try_load(std::int32_t id, std::span<const std::uint8_t> bytes,
                                                           const ::shmidl::CallOptions& options = {}) noexcept;
  void note(std::int32_t id) override;
  ::shmidl::Result<void> try_note(std::int32_t id, const ::shmidl::CallOptions& options = {}) noexcept;

 private:
  friend struct ::shmidl::stub::ClientAccess;
  ::shmidl::stub::ClientLink shmidl_link_;
};

}  // namespace echo

template <>
const ::shmidl::stub::Interface& shmidl::stub::interface_of<::echo::Echo>() noexcept;
