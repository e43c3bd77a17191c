// One call, seen from the stub on either side. The stub says what the arguments are; the library moves them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <shmidl/array.hpp>
#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/frame.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl::rpc {
class LazyOutgoing;
class RepeatedCall;
struct Lane;
}

namespace shmidl::stub {

class Link;
class DirectCall;

class StreamReader;
class StreamServing;
struct StreamTicket;

/// What a client calls: an object on the other side of a connection. Counted; keeps its connection.
class Target;
void retain(Target& target) noexcept;
void release(Target& target) noexcept;
/// The connection that carries the target's calls; not of a client that reconnects. Lifetime: the target's.
[[nodiscard]] Link& link_of(const Target& target) noexcept;

/// One of the owners of a Target; none after it was moved from. Threads: as std::shared_ptr.
class TargetRef {
 public:
  TargetRef() noexcept = default;
  /// Takes over one reference.
  explicit TargetRef(Target& target) noexcept : target_(&target) {}
  TargetRef(const TargetRef& other) noexcept : target_(other.target_) {
    if (target_ != nullptr) retain(*target_);
  }
  TargetRef(TargetRef&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  TargetRef& operator=(TargetRef other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~TargetRef() {
    if (target_ != nullptr) release(*target_);
  }

  [[nodiscard]] Target& operator*() const noexcept { return *target_; }
  [[nodiscard]] explicit operator bool() const noexcept { return target_ != nullptr; }
  /// Gives the reference away.
  [[nodiscard]] Target* detach() noexcept { return std::exchange(target_, nullptr); }

 private:
  Target* target_ = nullptr;
};

/// What carries the calls of a client now: itself, or, where it reconnects, what it is connected with, dead or alive. With `ready` one that is
/// alive, if it can be had within ClientOptions::connect_timeout; throws Error.
[[nodiscard]] TargetRef current_of(const TargetRef& target, bool ready = false);

/// What a generated Client holds. Threads: any number call at the same time.
class ClientLink {
 public:
  explicit ClientLink(TargetRef target) noexcept : target_(std::move(target)) {}

  [[nodiscard]] Target& target() const noexcept { return *target_; }
  [[nodiscard]] const TargetRef& shared() const noexcept { return target_; }

  /// A writable Array in memory that the server reads in place; numbers in it are not initialised. Errors: Errc::no_resources, Errc::too_large, and those of a dead link.
  template <class T>
  [[nodiscard]] Array<T> allocate(std::size_t count) const;

 private:
  TargetRef target_;
};

/// Lets `shmidl::link` reach the connection behind a generated client.
struct ClientAccess {
  template <class C>
  static const TargetRef& target(C& client) noexcept {
    return client.shmidl_link_.shared();
  }
};

/// A range of arena memory with its Storage; `data` is null when there is none to be had.
struct ArenaRange {
  Storage* storage = nullptr;
  void* data = nullptr;
};
/// Takes `bytes` of the link's arena; throws Error.
ArenaRange allocate_in_arena(Link& link, std::size_t bytes);

/// An Array of `count` elements in the arena; its bytes are those that the arena last held.
template <class T>
Array<T> arena_array(Link& link, std::size_t count) {
  if (count == 0) return Array<T>();
  if (count > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw Error(Errc::too_large, "an array of that many elements does not fit this process");
  const ArenaRange range = allocate_in_arena(link, count * sizeof(T));
  return Array<T>(range.storage, static_cast<const T*>(range.data), count, true);
}

/// The same for users: structs have their default values; numbers are not initialised, since they are filled next.
template <class T>
Array<T> new_arena_array(Link& link, std::size_t count) {
  Array<T> array = arena_array<T>(link, count);
  if constexpr (!std::is_arithmetic_v<T> && !std::is_enum_v<T>) {
    T* const elements = array.data();
    for (std::size_t i = 0; i < count; ++i) elements[i] = T{};
  }
  return array;
}

template <class T>
Array<T> ClientLink::allocate(std::size_t count) const {
  const TargetRef now = current_of(target_, true);
  return new_arena_array<T>(link_of(*now), count);
}

/// Private content of a cell.
struct SmallContent {
  alignas(16) std::array<std::byte, kInlineBytes> bytes{};
};

/// A call whose parameters and results all have fixed sizes and fit a cell.
///
/// Its arguments are written where the server reads them: between begin_small and finish_small, `request` is the content of the request's cell.
struct SmallCall {
  std::byte* request;         ///< kInlineBytes, to be written only
  Link* link;
  rpc::Lane* lane;
  std::uint32_t method;       ///< the client's number
  std::uint16_t number;       ///< the server's
  std::uint16_t chain;        ///< where `lane` is null: the chain lane that it stands in, or kNoChain
  const CallOptions* options;
  static constexpr std::uint16_t kNoChain = 0xffff;
  alignas(16) std::array<std::byte, kInlineBytes> reply;  ///< private; written by finish_small
};

/// Takes a lane. Returns null; or the error, which the caller owns; or kTryDirect. Threads: any.
[[nodiscard]] Error* begin_small(Target& target, std::uint32_t method, const CallOptions* options, SmallCall& call) noexcept;
/// No error: the server is a part of this process, and the call may be a DirectCall; if not, begin_in_full() is in the place of begin_small().
extern Error* const kTryDirect;
[[nodiscard]] Error* begin_in_full(Target& target, std::uint32_t method, const CallOptions* options, SmallCall& call) noexcept;
/// Sends `request_bytes` and waits; on success `reply` holds exactly `reply_bytes`. Returns null, or the error; the caller owns it.
[[nodiscard]] Error* finish_small(Target& target, SmallCall& call, std::uint32_t request_bytes, std::uint32_t reply_bytes) noexcept;

/// A small oneway call: its arguments are written where the server reads them, between begin_small_send and finish_small_send.
struct SmallSend {
  std::byte* request;  ///< kInlineBytes, to be written only
  Link* link;
  std::uint16_t number;
  bool biased;         ///< how the ring was locked
  std::uint32_t object;  ///< whose method it is; 0: the root; kKeeps: the root of a client that reconnects
  static constexpr std::uint32_t kKeeps = 0xffff'ffffu;
  Target* keeper;        ///< with kKeeps: owned; has the connection that the call goes over
};

/// Takes the next cell of the ring, waiting for room if `may_wait`. Returns null, or the error; the caller owns it. Threads: any.
[[nodiscard]] Error* begin_small_send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait, SmallSend& send) noexcept;
void finish_small_send(const SmallSend& send, std::uint32_t request_bytes) noexcept;

/// The error, which the caller owned and which is gone then.
[[nodiscard]] Error take_error(Error* owned) noexcept;
/// An error of unpacking a reply: by then the method was executed.
[[nodiscard]] Error executed_error(const Error& error);
/// In a handler of any exception of a call: the error that its `try_` form returns; `executed` while a reply was unpacked, else its arguments packed.
[[nodiscard]] Error caught_error(bool executed) noexcept;

class Call;

/// A call that its caller takes the answer of later; what a Future holds beside its connection.
///
/// A small one allocates nothing: its reply is awaited in its lane, or found among those that were taken out of theirs for want of lanes.
/// Lifetime: keeps its connection; ending it while the call runs abandons the reply.
/// Threads:  one at a time.
class Pending {
 public:
  Pending() noexcept = default;
  Pending(Pending&& other) noexcept { take(other); }
  Pending& operator=(Pending&& other) noexcept {
    if (this != &other) {
      abandon();
      take(other);
    }
    return *this;
  }
  ~Pending() { abandon(); }

  /// Any call but a small one, before its arguments are written; throws std::bad_alloc.
  [[nodiscard]] Call& begin(const TargetRef& target, std::uint32_t method, const CallOptions& options);

  /// The first half of a small call: where to write the arguments, or null; then the error is kept for wait_small().
  [[nodiscard]] std::byte* begin_small(const TargetRef& target, std::uint32_t method, const CallOptions& options) noexcept;
  void publish_small(std::uint32_t request_bytes) noexcept;
  /// Waits for the reply of a small call: exactly `reply_bytes` into `reply`. Returns null, or the error; the caller owns it. Once.
  [[nodiscard]] Error* wait_small(SmallContent& reply, std::uint32_t reply_bytes) noexcept;

  /// Waits until `until`; true once the call has ended, well or not.
  [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point until) noexcept;
  [[nodiscard]] Call& call() noexcept { return *call_; }

  /// Gives the call up: it ends with Errc::cancelled now, and its handler learns of it. Nothing if its reply is there. Not while somebody waits.
  void cancel() noexcept;
  /// True if taking the answer would not wait: it is there, or there will be none.
  [[nodiscard]] bool ended() const noexcept;
  /// When the call ends with timed_out.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept;
  /// Has the peer ring when the answer is there: for rpc::ClientLoop.
  void ask_for_ring() noexcept;
  /// The token by which its caller may stop it; null: none.
  [[nodiscard]] const StopHolder* stop() const noexcept;
  /// For a loop, once it has ended, or its deadline has passed: false if it goes on, to another server.
  [[nodiscard]] bool settle() noexcept;
  /// What is called; none before begin() and begin_small().
  [[nodiscard]] const TargetRef& target() const noexcept { return target_; }

 private:
  void take(Pending& other) noexcept {
    target_ = std::move(other.target_);
    lane_ = std::exchange(other.lane_, nullptr);
    deadline_ = other.deadline_;
    method_ = other.method_;
    sequence_ = other.sequence_;
    number_ = other.number_;
    error_ = std::exchange(other.error_, nullptr);
    call_ = std::exchange(other.call_, nullptr);
    stop_ = std::exchange(other.stop_, nullptr);
    small_ = std::exchange(other.small_, nullptr);
  }
  void abandon() noexcept {
    if (lane_ != nullptr || error_ != nullptr || call_ != nullptr || stop_ != nullptr) drop();
  }
  void drop() noexcept;
  [[nodiscard]] std::byte* begin_in_full(const CallOptions& options) noexcept;

  TargetRef target_;           // keeps the connection
  rpc::Lane* lane_ = nullptr;  // while a small call is under way in it
  std::chrono::steady_clock::time_point deadline_;
  std::uint32_t method_ = 0;
  std::uint32_t sequence_ = 0;
  std::uint16_t number_ = 0;
  Error* error_ = nullptr;     // owned; of a small call that could not begin
  Call* call_ = nullptr;       // owned
  StopHolder* stop_ = nullptr; // owned; of a small call that has one
  SmallContent* small_ = nullptr;  // owned; the arguments of a small call that `call_` will carry
};

/// Any other call; also one that runs while its caller does something else.
///
/// Lifetime: ending it while the call runs abandons the reply; its memory is kept until the peer has acknowledged it.
/// Threads:  one at a time.
class Call {
 public:
  /// `parked`: its caller goes away before the answer, and must not keep a lane from others once the answer is there.
  Call(Target& target, std::uint32_t method, const CallOptions* options, bool parked = false) noexcept;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  /// The call opens a stream: what its request says of it. Before begin(); false on an error.
  [[nodiscard]] bool begin_stream(StreamTicket& ticket) noexcept;
  /// After wait() returned true; false on an error.
  [[nodiscard]] bool open_stream(StreamReader& reader) noexcept;

  /// It was tried once already, and not executed; of a client that reconnects.
  void note_try() noexcept;
  /// Room for a body as measured; null on an error, and where may_be_direct().
  [[nodiscard]] std::byte* begin(const Measure& measure) noexcept;
  /// After begin() returned null: no error, the call may be a DirectCall; if not, begin() again makes room.
  [[nodiscard]] bool may_be_direct() const noexcept;
  /// Publishes what was written; false on an error, or if `complete` is not true.
  [[nodiscard]] bool publish(bool complete) noexcept;
  /// Waits for the reply, until the call's deadline; false on an error.
  [[nodiscard]] bool wait() noexcept;
  /// Waits until `until` only; true once the call has ended, well or not.
  [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point until) noexcept;
  /// As Pending::cancel().
  void cancel() noexcept;
  /// As those of Pending.
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept;
  void ask_for_ring() noexcept;
  [[nodiscard]] const StopHolder* stop() const noexcept;
  [[nodiscard]] bool settle() noexcept;
  /// The reply's frame, after wait() returned true.
  [[nodiscard]] Frame& reply() noexcept;
  /// The reply does not check: ends the link, unless it was for want of memory.
  Error malformed() noexcept;
  [[nodiscard]] Error error() const noexcept;

  struct State;

 private:
  friend class rpc::RepeatedCall;
  /// One try of a call that may be made again: `number` travels with it, unless it is 0.
  Call(Target& target, std::uint32_t method, const CallOptions* options, bool parked, std::uint64_t number) noexcept;
  [[nodiscard]] rpc::RepeatedCall& repeated() const noexcept;

  static constexpr std::size_t kRoom = 640;
  alignas(16) mutable std::byte room_[kRoom];  // the State stands here: for a call that is waited for, on its caller's stack
  State* const state_;  // null: a RepeatedCall stands there
};

/// Sends a oneway call: returns when it is published. With `may_wait` it waits for room, until the deadline.
class Send {
 public:
  Send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept;
  Send(const Send&) = delete;
  Send& operator=(const Send&) = delete;
  ~Send();

  [[nodiscard]] std::byte* begin(const Measure& measure) noexcept;
  [[nodiscard]] bool publish(bool complete) noexcept;
  [[nodiscard]] Error error() const noexcept;

  struct State;

 private:
  static constexpr std::size_t kRoom = 320;
  alignas(16) std::byte room_[kRoom];  // the State stands here
  State* state_;
};

/// A call being served, on the thread that runs the handler.
class ServerCall {
 public:
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  /// The request; its body is private memory.
  [[nodiscard]] Frame& request() noexcept { return request_; }

  /// Records, in memory that the caller reads after this process died, that the handler begins.
  void started() noexcept;

  /// A reply of fixed size: where to write `bytes` of it, in the cell that the caller will read.
  [[nodiscard]] std::byte* small_reply(std::uint32_t bytes) noexcept {
    reply_bytes_ = bytes;
    return small_reply_;
  }
  /// Room for a reply as measured. Null when there is none: the caller gets an error.
  [[nodiscard]] std::byte* begin(const Measure& measure) noexcept;
  void finish(bool complete) noexcept;
  /// The handler returned a stream, for which its caller sent the ticket. Takes `serving` over.
  void open_stream(StreamServing* serving, const StreamTicket& ticket);
  /// The handler ended with a typed error.
  void answer(const Error& error) noexcept { fail(error); }
  /// The handler's result cannot be packed.
  void refuse_result(const Error& error);

  /// The arguments do not check: ends the link, unless it was for want of memory.
  void malformed() noexcept;
  void unknown_method() noexcept;
  /// The caller asks for a reply of `count` elements, which is too many.
  void too_large(std::uint64_t count) noexcept;

  /// The direct call that this is; null: it came in a frame.
  [[nodiscard]] DirectCall* direct() const noexcept { return lane_ == kDirect ? reinterpret_cast<DirectCall*>(small_reply_) : nullptr; }
  /// False, and the caller gets an error, if a result as measured is more than could be handed over.
  [[nodiscard]] bool may_return(const Measure& measure);

  [[nodiscard]] Link& link() const noexcept { return *link_; }
  /// The most bytes that a reply may carry.
  [[nodiscard]] std::size_t max_reply_bytes() const noexcept;

 private:
  friend class Link;
  friend class StreamServing;
  enum class Outcome : std::uint8_t { small, large, stream, malformed, error };
  static constexpr std::uint32_t kOneway = 0xffff'ffffu;  // stands where a lane's number does
  static constexpr std::uint32_t kDirect = 0xffff'fffeu;  // the same; then small_reply_ is the DirectCall

  ServerCall(Link& link, std::uint32_t lane, std::byte* small_reply) noexcept : link_(&link), lane_(lane), small_reply_(small_reply) {}
  void fail(const Error& error) noexcept;

  Link* link_;
  std::uint32_t lane_;
  std::uint32_t reply_bytes_ = 0;
  Outcome outcome_ = Outcome::small;
  bool started_ = false;
  std::byte* small_reply_;  // the content of the reply's cell; of a oneway call, any
  Frame request_;
  rpc::LazyOutgoing* outgoing_ = nullptr;  // null: a oneway call
  std::optional<Error> error_;
};

}  // namespace shmidl::stub
