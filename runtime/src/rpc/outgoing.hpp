// The content of a frame on its way out: where it lies, and the memory that it uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/frame.hpp>

#include "rpc/error_content.hpp"
#include "rpc/own_memory.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

/// Content is [descriptors of externals][body]; it stands in the cell if it fits, else in the arena.
///
/// Lifetime: memory that was taken is given back unless held() was moved from.
class Outgoing {
 public:
  explicit Outgoing(stub::Link& link) noexcept : link_(&link) {}
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;
  ~Outgoing();

  /// Takes memory, copies externals into it, and returns where the body goes. Errors: too_large, no_resources, those of a dead link.
  Result<std::byte*> begin(const stub::Measure& measure) noexcept;
  /// The content of an error's reply.
  Result<void> set_error(const ErrorContent& error) noexcept;
  /// Names the content in a cell.
  void describe(shm::CellBody& body) const noexcept;

  Held& held() noexcept { return held_; }

 private:
  Result<std::byte*> room(std::uint64_t bytes);
  /// Puts a range into the arena, where it is not there yet; `table`, of `placed` descriptors: what this frame names already.
  Result<shm::Descriptor> place(const stub::Measure::Range& range, const std::byte* table, std::uint32_t placed);

  stub::Link* link_;
  Held held_;
  std::uint32_t bytes_ = 0;
  std::uint8_t descriptors_ = 0;
  std::optional<shm::Descriptor> in_arena_;
  alignas(16) std::array<std::byte, shm::kInlineBytes> small_;
};

/// An Outgoing that is made when it is needed: small replies need none.
class LazyOutgoing {
 public:
  explicit LazyOutgoing(stub::Link& link) noexcept : link_(&link) {}
  Outgoing& get() noexcept { return outgoing_ ? *outgoing_ : outgoing_.emplace(*link_); }

 private:
  stub::Link* link_;
  std::optional<Outgoing> outgoing_;
};

}  // namespace shmidl::rpc
