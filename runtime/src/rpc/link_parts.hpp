// What stands beside a Link: how it ends, who hears of it, what both sides agreed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include <shmidl/options.hpp>
#include <shmidl/stub/call.hpp>

#include "rpc/attachments.hpp"

namespace shmidl::rpc {

/// Why a link carries no more calls; a private word, zero while it lives.
enum class LinkState : std::uint32_t {
  alive = 0,
  peer_died = 1,    ///< the peer's process has ended
  peer_closed = 2,  ///< the peer closed the connection
  nonsense = 3,     ///< the peer broke the protocol; this side dropped it
  closed = 4,       ///< this side closed it
};

class Permits;

/// Gives a server's threads a sign that a link has something for them.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void ring(stub::Link& link) noexcept = 0;
  /// A call has ended that others may have waited for where they stand.
  virtual void turn_ended() noexcept = 0;
  /// Those of the server's handlers, for callers of the same process.
  [[nodiscard]] virtual Permits& permits() noexcept = 0;
};

/// Where the private copy of a frame's content stands.
struct BodyRoom {
  std::span<std::byte> near{};        ///< used where it is large enough; aligned to 16
  std::unique_ptr<std::byte[]> far{};

  /// Null when memory is short.
  std::byte* take(std::uint32_t bytes) noexcept {
    if (bytes <= near.size()) return near.data();
    far.reset(new (std::nothrow) std::byte[bytes]);
    return far.get();
  }
};

/// What both sides agreed on when they met.
struct Agreement {
  bool same_schema = true;          ///< equal fingerprints
  bool in_place = false;            ///< the peer runs as this uid: large arrays of numbers may be read where they lie
  bool peer_never_sleeps = false;   ///< the peer polls; it needs no wakes
  bool same_process = false;        ///< the peer is a part of this process: it does not die alone
  Caller peer;
  std::string name;                 ///< of the service, for messages
  BlobLimits blobs_here;            ///< what this side accepts
  BlobLimits blobs_there;           ///< what the peer does
  std::string_view blob_options;    ///< the names of the peer's limits
};

}  // namespace shmidl::rpc
