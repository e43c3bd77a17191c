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

#include "os/clock.hpp"
#include "rpc/attachments.hpp"
#include "rpc/error_content.hpp"
#include "rpc/own_memory.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

/// Content is [descriptors of externals][body]; it stands in the cell if it fits, else in the arena.
///
/// Lifetime: memory that was taken is given back unless held() was moved from.
class Outgoing {
 public:
  /// `of_stream`: an item's.
  explicit Outgoing(stub::Link& link, bool of_stream = false) noexcept : link_(&link), of_stream_(of_stream) {}
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;
  ~Outgoing();

  /// Takes memory, copies externals into it, and returns where the body goes. Errors: too_large, no_resources, those of a dead link.
  Result<std::byte*> begin(const stub::Measure& measure) noexcept;
  [[nodiscard]] bool attaches() const noexcept { return attached_ != nullptr; }
  /// What it attaches, which held() keeps; null: nothing.
  [[nodiscard]] Attachments::Sent* attached() const noexcept { return attached_; }
  /// True if the frame names an object.
  [[nodiscard]] bool names_objects() const noexcept;
  /// Brings the descriptors and blobs of the frame to the peer: the last step before the frame is published. Errors: those of the socket; timed_out.
  Result<void> attach(os::Deadline deadline) noexcept;
  /// After attach(): the frame could not be published.
  void retract() noexcept;
  /// The content of an error's reply.
  Result<void> set_error(const ErrorContent& error) noexcept;
  /// Names the content in a cell.
  void describe(shm::CellBody& body) const noexcept;

  Held& held() noexcept { return held_; }

 private:
  Result<std::byte*> room(std::uint64_t bytes);
  /// Puts a range into the arena, where it is not there yet; `table`, of `placed` descriptors: what this frame names already.
  Result<shm::Descriptor> place(const stub::Measure::Range& range, const std::byte* table, std::uint32_t placed);

  /// Numbers what the frame attaches, and writes that into its table.
  Result<void> prepare(const stub::Measure& measure, std::byte* table);

  stub::Link* link_;
  Held held_;
  Attachments::Sent* attached_ = nullptr;  // among what held_ names; null: the frame attaches nothing
  std::uint32_t bytes_ = 0;
  std::uint8_t descriptors_ = 0;
  const bool of_stream_;
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
