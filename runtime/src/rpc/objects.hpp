// Objects that are handed over a connection: what this side exported, what it was given, and how often each was named.
//
// An object is announced on the socket, under a number that counts for this connection alone, before the first frame that names it. Its receiver says
// when it has let go of it and how often it was named until then; the sender forgets it if that was every time. See LAYOUT.md, "Objects".
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <shmidl/object.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/object_wire.hpp>

#include "os/clock.hpp"
#include "os/fork.hpp"
#include "rpc/description.hpp"
#include "rpc/hello.hpp"
#include "rpc/peer_memory.hpp"
#include "rpc/serial.hpp"
#include "rpc/watcher.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

class Objects;

/// The most objects that one side may have handed over at a time, and the interfaces that they may have. Chosen, not measured.
inline constexpr std::size_t kMaxObjects = 16'384;
inline constexpr std::size_t kMaxInterfaces = 256;
/// Descriptions above this are not sent: objects of such an interface are called by equal versions only.
inline constexpr std::size_t kMaxObjectDescription = std::size_t{256} << 10;

/// An object that a frame under way names. What `number` names is held until the end of it.
struct Mention {
  std::uint32_t number = 0;
  bool receivers = false;   ///< it is the receiver's own
  bool announced = false;   ///< its message is on the socket
};

/// Lifetime: shared by the Link, by frames under way and by the proxies.
/// Threads:  any.
class Objects final : public std::enable_shared_from_this<Objects> {
 public:
  using Verdict = PeerMemory::Verdict;

  // ── as the owner ──────────────────────────────────────────────────────────────────────────────
  /// A frame will name the object. Errors: no_resources.
  Result<Mention> mention(const std::shared_ptr<Object>& object);
  /// Puts its message on the socket where it is not known yet. Errors: would_block; those of the socket.
  Result<void> announce(Mention& mention, const Fd& socket);
  /// The frame has ended; if it was `published` the receiver counts it.
  void end(const Mention& mention, bool published) noexcept;
  /// The peer let go of an object, and its oneway calls up to `after` may still name it. Errors: protocol_error.
  Result<void> dropped(const DropObjectMessage& message);

  struct Found {
    std::shared_ptr<Object> object;  ///< null: there is none of the number any more
    const stub::Interface* interface = nullptr;
  };
  [[nodiscard]] Found find(std::uint32_t number) noexcept;
  /// The turns of an object that was handed over, if it is @Serial.
  [[nodiscard]] SerialRef turns_of(std::uint32_t number) noexcept;

  /// True once an object was named on this connection.
  [[nodiscard]] bool were_named() const noexcept { return were_named_.load(std::memory_order_relaxed); }
  /// True if objects wait for a thread on which their destructors may run.
  [[nodiscard]] bool has_dead() const noexcept { return has_dead_.load(std::memory_order_relaxed); }
  /// Lets go of them, unless oneway calls above `oneways_done` may name them. Threads: any but the watcher's; may run user code.
  void bury(std::uint32_t oneways_done) noexcept;

  // ── as the receiver ───────────────────────────────────────────────────────────────────────────
  /// An object was announced; `descriptors`: its interface's description, if it came. Errors: protocol_error.
  Result<void> announced(const ObjectMessage& message, std::vector<Fd>& descriptors);
  /// No frame will name it again. Errors: protocol_error.
  Result<void> forgotten(std::uint32_t number);
  /// What a frame names; the caller owns one reference to the ObjectHolder.
  Verdict take(const shm::Descriptor& descriptor, stub::ObjectHolder*& holder) noexcept;
  [[nodiscard]] bool has_interface(std::uint32_t number, std::string_view interface) noexcept;
  [[nodiscard]] std::string interface_name(std::uint32_t number);
  /// The only proxy of that interface for an imported object; null interface: without methods.
  std::shared_ptr<Object> proxy(std::uint32_t number, const stub::Interface* interface);
  /// A holder or Target of an imported object has ended.
  void let_go(std::uint32_t number) noexcept;

  // ── life ──────────────────────────────────────────────────────────────────────────────────────
  /// The socket stays open until end().
  /// `sent_oneways`: the number of the link's last oneway call.
  void open(const Fd& socket, std::weak_ptr<stub::Link> link, const std::atomic<std::uint32_t>& sent_oneways) noexcept;
  /// Tells the peer what nobody holds any more. Threads: the watcher's.
  void tick(os::TimePoint now) noexcept;
  /// True while frames under way name objects of the peer's, which are held until it has read them: what it has is to be noticed before a tick.
  [[nodiscard]] bool has_returned() noexcept;
  /// Nothing is sent any more; nothing is exported any more.
  void end() noexcept;

  const std::uint32_t process = os::process_mark();

 private:
  /// A proxy that nobody holds any more is kept for a moment: an object that is given with each call is announced once. Chosen, not measured.
  static constexpr std::chrono::milliseconds kKept{20};

  struct Export {
    std::shared_ptr<Object> object;
    std::uint32_t mentioned = 0;  // in frames, less what the peer gave back
    bool announced = false;
  };
  struct Dead {
    std::uint32_t number;
    std::shared_ptr<Object> object;
    std::uint32_t after;
  };
  /// An interface of the peer's, as it was announced.
  struct PeersInterface {
    std::string name;
    std::uint64_t fingerprint = 0;
    std::shared_ptr<const Description> description;  // null: not sent
  };
  struct Proxy {
    const stub::Interface* interface;
    std::weak_ptr<Object> object;
    const void* address;
  };
  struct Import {
    const PeersInterface* interface = nullptr;
    std::uint32_t times = 0;     // named since the last drop
    std::uint32_t holders = 0;
    bool idle = false;           // among idle_
    std::vector<Proxy> proxies;
  };

  // All of these with mutex_ held.
  Result<Mention> mention_export(const std::shared_ptr<Object>& object);
  void drop_export(std::map<std::uint32_t, Export>::iterator found, std::uint32_t after) noexcept;
  void forget_proxies(const Import& import, std::uint32_t number) noexcept;
  void flush() noexcept;
  void release_idle() noexcept;
  void look_soon() noexcept;
  void kill(std::uint32_t number, std::shared_ptr<Object> object, std::uint32_t after) noexcept;

  std::mutex mutex_;  // guards what follows
  const Fd* socket_ = nullptr;  // null after the end
  const std::atomic<std::uint32_t>* sent_oneways_ = nullptr;
  std::weak_ptr<stub::Link> link_;
  std::weak_ptr<Watched> keeper_;
  bool ended_ = false;
  bool tick_wanted_ = false;
  std::chrono::milliseconds pause_{kKept};  // until the next tick
  std::size_t returned_ = 0;                // mentions of the peer's own objects

  std::uint32_t last_number_ = 0;
  std::map<std::uint32_t, Export> exports_;
  std::unordered_map<const Object*, std::uint32_t> numbers_;
  std::map<std::uint64_t, std::string> described_;  // interfaces whose description was sent
  std::vector<std::uint32_t> forgets_;  // not on the socket yet
  std::vector<Dead> dead_;
  std::atomic<bool> has_dead_{false};
  std::atomic<bool> were_named_{false};

  std::map<std::uint32_t, Import> imports_;
  std::map<std::uint64_t, PeersInterface> interfaces_;  // by fingerprint
  std::unordered_map<const void*, std::uint32_t> proxies_;  // where each one was made, and whose it is
  std::vector<std::uint32_t> idle_;     // held by nobody; some have been taken again
};

}  // namespace shmidl::rpc

namespace shmidl::stub {

struct ObjectHolder final : Storage {
  explicit ObjectHolder(std::shared_ptr<Object> of) noexcept : Storage(&end), object(std::move(of)) {}
  ObjectHolder(std::shared_ptr<rpc::Objects> from, std::uint32_t of) noexcept : Storage(&end), objects(std::move(from)), number(of) {}
  static void end(Storage* storage) noexcept;

  const std::shared_ptr<Object> object;  ///< this process's own; null: the peer's
  const std::shared_ptr<rpc::Objects> objects;
  const std::uint32_t number = 0;
  ObjectHolder* next = nullptr;          ///< of the same Measure
};

}  // namespace shmidl::stub
