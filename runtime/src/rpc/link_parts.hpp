// What stands beside a Link: how it ends, who hears of it, what both sides agreed on.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <shmidl/object.hpp>
#include <shmidl/options.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>

#include "rpc/attachments.hpp"
#include "rpc/biased_lock.hpp"
#include "rpc/own_memory.hpp"
#include "rpc/serial.hpp"
#include "shm/layout.hpp"
#include "shm/ring.hpp"

namespace shmidl::rpc {

class Guard;
class StreamProducer;

/// Why a link carries no more calls; a private word, zero while it lives.
enum class LinkState : std::uint32_t {
  alive = 0,
  peer_died = 1,    ///< the peer's process has ended
  peer_closed = 2,  ///< the peer closed the connection
  nonsense = 3,     ///< the peer broke the protocol; this side dropped it
  closed = 4,       ///< this side closed it
};

class Permits;

/// What a thread waits for that serves others meanwhile.
class Meanwhile {
 public:
  /// True when the wait is over.
  [[nodiscard]] virtual bool is_done() noexcept = 0;

 protected:
  ~Meanwhile() = default;
};

/// Gives a server's threads a sign that a link has something for them.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void ring(stub::Link& link) noexcept = 0;
  /// A call has ended that others may have waited for where they stand.
  virtual void turn_ended() noexcept = 0;
  /// Those of the server's handlers, for callers of the same process.
  [[nodiscard]] virtual Permits& permits() noexcept = 0;

  /// True if the thread that runs jobs is the only one that looks for them.
  [[nodiscard]] virtual bool serves_alone() const noexcept = 0;
  /// Where that is so: runs jobs inside of one, until the wait is over or the server stops. Threads: that one.
  virtual void serve_meanwhile(Meanwhile& wait) noexcept = 0;
  /// A function that keeps its thread for long is about to run; false if as many do as may. Threads: the leader.
  [[nodiscard]] virtual bool begin_long() noexcept = 0;
  [[nodiscard]] virtual bool may_begin_long() const noexcept = 0;
  virtual void end_long() noexcept = 0;
};

/// One thing to do, taken from the peer; the thread that took it runs it.
struct alignas(16) Job {
  enum class Kind : std::uint8_t { none, call, oneway, stream } kind = Kind::none;
  shm::CellBody body;  ///< private
  std::uint32_t lane = 0;
  StreamProducer* stream;  ///< of Kind::stream: what is to make items
  shm::Extension more;     ///< private; of a call with kExtended
  SerialTurn turn;         ///< of the object, if that was handed over and is @Serial
};
static_assert((offsetof(Job, body) + shm::kHeadBytes) % 16 == 0, "handlers read the content where it stands: as aligned as in a cell");

/// What a server's leader keeps of a link: whether it looks at it, and whether calls came lately.
struct EngineNote {
  bool hot = false;
  bool called = false;
};

/// What a request says beside its method and content.
struct Terms {
  std::uint8_t flags = 0;
  std::uint32_t word = 0;  ///< CellBody::after_or_slot
};

/// How a link calls.
struct CallerSide {
  Wait wait = Wait::adaptive;
  std::optional<std::chrono::nanoseconds> timeout;
};

/// The oneway calls that a link sends.
struct OnewaySender {
  std::mutex room_mutex;               ///< one thread at a time waits for room
  std::atomic<std::uint32_t> sent{0};  ///< the number of the last one
  BiasedLock lock;                     ///< guards what follows
  shm::RingSender ring;
  std::uint32_t taken = 0;             ///< as the peer's word was when it was last looked at
  std::uint32_t freed = 0;
  std::array<Held, shm::kRingCells> held;
};

/// A Link's place among those that wait for a look of the server's leader.
struct Rung {
  std::shared_ptr<stub::Link> next;
  bool waits = false;
};

/// What a link serves.
struct CalleeSide {
  Object* object = nullptr;                    ///< never null in a Link
  const stub::Interface* interface = nullptr;  ///< of the root: a client has none
  Serial* serial = nullptr;                    ///< the object's, or null; lives as long as the alarm
  bool has_inline = false;                     ///< a method of the object runs on the thread that looks for calls
  std::shared_ptr<Alarm> alarm{};
  std::shared_ptr<void> place{};               ///< among the server's clients
  const Guard* guard = nullptr;                ///< the server's; lives as long as the alarm
  bool asks_always = false;                    ///< the guard's word
  std::size_t max_streams = 64;                ///< that the peer may read at a time

  [[nodiscard]] bool runs_on_arrival(const Job& job) const noexcept {
    return has_inline && job.body.method_or_status < interface->methods.size() && (interface->methods[job.body.method_or_status].traits & stub::kRunsOnArrival) != 0;
  }
};

/// The object that a request is for.
struct Addressee {
  Object* object;
  const stub::Interface* interface;
  std::shared_ptr<Object> keeper;
  bool is_root = true;
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
