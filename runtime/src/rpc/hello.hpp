// The first two messages of a connection, and those that follow on its socket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <shmidl/result.hpp>

namespace shmidl::rpc {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::uint64_t kHelloMagic = 0x6c64696d68733031u;  // "10shmidl"
inline constexpr std::size_t kMaxInterfaceName = 512;
inline constexpr std::size_t kMaxReason = 1024;
inline constexpr std::size_t kMaxMessageBytes = 2048;

enum class MessageKind : std::uint32_t {
  hello = 1,    ///< client to server; descriptor: the client's segment
  welcome = 2,  ///< server to client; descriptors: the server's segment, and its description if the fingerprints differ
  refuse = 3,   ///< server to client; the connection ends
  region = 4,   ///< either way; descriptor: a further region
  bell = 5,     ///< either way: wakes a peer that waits on its socket
  drop = 6,     ///< either way: a region of the sender's that no later frame names
  dropped = 7,  ///< the answer: its receiver has unmapped it
  attach = 8,   ///< either way; descriptors: those that later frames name, or a blob
  detach = 9,   ///< either way: no later frame names it
  release = 10, ///< either way: nobody holds a blob any more; answered by a detach if no frame names it meanwhile
  cancel = 11,  ///< either way: the sender does not wait for a call of its own any more
  object = 12,  ///< either way: an object that later frames name; descriptor: its interface's description, the first time
  drop_object = 13,  ///< either way: nobody holds a proxy of it any more; answered by a forget if no frame names it meanwhile
  forget = 14,       ///< either way: no later frame names the object
  abandon = 15,      ///< either way: nobody waits for a chained call any more; if it was not begun, it need not be
  cancel_stream = 16,  ///< either way: nobody reads a stream that its receiver makes any more
  drain = 18,        ///< server to client: new calls are refused from now on
};

/// Starts every message.
struct MessageHead {
  std::uint64_t magic = kHelloMagic;
  std::uint32_t kind = 0;
  std::uint32_t bytes = 0;  ///< of the whole message
};
static_assert(sizeof(MessageHead) == 16);

struct Hello {
  MessageHead head;
  std::uint32_t protocol = kProtocolVersion;
  std::uint32_t layout = 0;
  std::uint64_t epoch = 0;        ///< random; tells one connection of a process from the next
  std::uint64_t fingerprint = 0;
  std::uint32_t never_sleeps = 0; ///< 1: this side polls
  std::uint32_t name_bytes = 0;
  std::array<char, kMaxInterfaceName> name{};
  std::uint64_t accepts_bytes = 0; ///< the most memory that the server may hand over in all
  std::uint64_t accepts_blobs = 0; ///< the most blobs that the server may have handed over at a time
  std::uint64_t accepts_blob_bytes = 0;
};
static_assert(sizeof(Hello) == 584 && std::is_trivially_copyable_v<Hello>);

struct Welcome {
  MessageHead head;
  std::uint32_t protocol = kProtocolVersion;
  std::uint32_t layout = 0;
  std::uint64_t epoch = 0;
  std::uint64_t fingerprint = 0;
  std::uint32_t never_sleeps = 0;
  std::uint32_t has_description = 0;
  std::uint64_t description_bytes = 0;
  std::uint64_t accepts_bytes = 0;  ///< the most memory that the client may hand over in all
  std::uint64_t accepts_blobs = 0;  ///< the most blobs that the client may have handed over at a time
  std::uint64_t accepts_blob_bytes = 0;
};
static_assert(sizeof(Welcome) == 80 && std::is_trivially_copyable_v<Welcome>);

struct Refuse {
  MessageHead head;
  std::uint32_t errc = 0;
  std::uint32_t text_bytes = 0;
  std::array<char, kMaxReason> text{};
};
static_assert(sizeof(Refuse) == 1048 && std::is_trivially_copyable_v<Refuse>);

struct RegionMessage {
  MessageHead head;
  std::uint32_t region = 0;
  std::uint32_t padding = 0;
  std::uint64_t bytes = 0;
};
static_assert(sizeof(RegionMessage) == 32 && std::is_trivially_copyable_v<RegionMessage>);

/// MessageKind::drop, MessageKind::dropped.
struct DropMessage {
  MessageHead head;
  std::uint32_t region = 0;
  std::uint32_t padding = 0;
};
static_assert(sizeof(DropMessage) == 24 && std::is_trivially_copyable_v<DropMessage>);

enum class AttachmentKind : std::uint32_t { descriptor = 1, blob = 2 };

/// MessageKind::attach.
struct AttachMessage {
  MessageHead head;
  std::uint32_t number = 0;  ///< of the first one; the others follow it
  std::uint32_t count = 0;   ///< descriptors; one for a blob
  std::uint32_t kind = 0;    ///< an AttachmentKind
  std::uint32_t padding = 0;
  std::uint64_t bytes = 0;   ///< of a blob
};
static_assert(sizeof(AttachMessage) == 40 && std::is_trivially_copyable_v<AttachMessage>);

/// MessageKind::detach: `value` is an AttachmentKind; MessageKind::release: how often the blob was named since the last one.
struct DetachMessage {
  MessageHead head;
  std::uint32_t number = 0;
  std::uint32_t value = 0;
};
static_assert(sizeof(DetachMessage) == 24 && std::is_trivially_copyable_v<DetachMessage>);

/// MessageKind::cancel.
struct CancelMessage {
  MessageHead head;
  std::uint32_t lane = 0;
  std::uint32_t sequence = 0;  ///< of the request
  std::uint32_t errc = 0;      ///< Errc::cancelled or Errc::timed_out
  std::uint32_t padding = 0;
};
static_assert(sizeof(CancelMessage) == 32 && std::is_trivially_copyable_v<CancelMessage>);

/// MessageKind::object.
struct ObjectMessage {
  MessageHead head;
  std::uint32_t number = 0;
  std::uint32_t name_bytes = 0;
  std::uint64_t fingerprint = 0;       ///< of its interface
  std::uint64_t description_bytes = 0; ///< of its interface; 0: it is known, or too long
  std::array<char, kMaxInterfaceName> name{};
};
static_assert(sizeof(ObjectMessage) == 552 && std::is_trivially_copyable_v<ObjectMessage>);

/// MessageKind::drop_object.
struct DropObjectMessage {
  MessageHead head;
  std::uint32_t number = 0;
  std::uint32_t times = 0;   ///< frames that named it since the last one
  std::uint32_t after = 0;   ///< the last oneway call that its receiver may take for the object
  std::uint32_t padding = 0;
};
static_assert(sizeof(DropObjectMessage) == 32 && std::is_trivially_copyable_v<DropObjectMessage>);

/// MessageKind::forget: `number` of an object; MessageKind::abandon: a lane and the number of its request; MessageKind::drain: `number` is 1 if the
/// connection ends now, though calls that the sender has taken may still begin. MessageKind::cancel_stream:
/// the reader's number of the stream.
struct NumberMessage {
  MessageHead head;
  std::uint32_t number = 0;
  std::uint32_t sequence = 0;
};
static_assert(sizeof(NumberMessage) == 24 && std::is_trivially_copyable_v<NumberMessage>);

struct BellMessage {
  MessageHead head;
};

template <class M>
std::span<const std::byte> seal_message(M& message, MessageKind kind) noexcept {
  message.head.kind = static_cast<std::uint32_t>(kind);
  message.head.bytes = sizeof message;
  return std::as_bytes(std::span(&message, 1));
}

/// What kind of message this is; nothing if it is not one of ours.
inline std::uint32_t message_kind(std::span<const std::byte> bytes) noexcept {
  MessageHead head;
  if (bytes.size() < sizeof head) return 0;
  std::memcpy(&head, bytes.data(), sizeof head);
  return head.magic == kHelloMagic && head.bytes == bytes.size() ? head.kind : 0;
}

template <class M>
bool read_message(std::span<const std::byte> bytes, MessageKind kind, M& message) noexcept {
  if (bytes.size() != sizeof message || message_kind(bytes) != static_cast<std::uint32_t>(kind)) return false;
  std::memcpy(&message, bytes.data(), sizeof message);
  return true;
}

/// A random number for Hello::epoch.
std::uint64_t random_epoch() noexcept;

}  // namespace shmidl::rpc
