// Descriptors, blobs and objects that travel with the frames of a connection, over its socket.
//
// A frame names them in its table by numbers that count for this connection alone; the message that brings them is on the socket before the frame.
// A descriptor is brought for each mention. A blob is brought once, and kept until its receiver has let go of it: then it says how often the
// blob was named to it, and the sender forgets it if that was every time. See LAYOUT.md, "Attachments".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/frame.hpp>

#include "os/clock.hpp"
#include "rpc/blob.hpp"
#include "rpc/hello.hpp"
#include "rpc/objects.hpp"
#include "rpc/peer_memory.hpp"
#include "rpc/watcher.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

/// Descriptors that may be on their way in one direction, or wait for the frame that names them: one for each call and each oneway call that may
/// be under way. Both sides hold to it.
inline constexpr std::size_t kMaxCallDescriptors = 128;
/// The same of streams' items, beside those: readers that stop reading keep none from calls. So many of one stream wait for its reader, and so many
/// blobs, or those of one item. Chosen, not measured.
inline constexpr std::uint32_t kMostOfStream = 4;
inline constexpr std::size_t kMaxStreamDescriptors = 64 * kMostOfStream;
inline constexpr std::size_t kMaxWaitingDescriptors = kMaxCallDescriptors + kMaxStreamDescriptors;

/// What one side accepts of the other's blobs at a time.
struct BlobLimits {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
};

/// Lifetime: shared by the Link, by frames under way and by the blobs that came over the connection.
/// Threads:  any.
class Attachments final : public BlobSource, public std::enable_shared_from_this<Attachments> {
 public:
  using Verdict = PeerMemory::Verdict;

  /// `here`: what this side accepts; `there`: what the peer does, `options` being the names of its limits.
  Attachments(BlobLimits here, BlobLimits there, std::string_view options, std::shared_ptr<Objects> objects) noexcept
      : here_(here), there_(there), options_(options), objects_(std::move(objects)) {}

  /// What one frame brings. Its end tells how far the frame came: until it was published, the peer is told to forget it.
  struct Sent final : stub::Storage {
    struct Item {
      std::uint32_t number = 0;
      int descriptor = -1;  ///< -1: a blob, or an object
      bool object = false;
      Mention mention{};    ///< of an object
    };
    Sent(std::shared_ptr<Attachments> to, bool items_of_streams) noexcept : Storage(&end), of(std::move(to)), of_stream(items_of_streams) {}
    static void end(Storage* storage) noexcept;
    [[nodiscard]] shm::Descriptor entry(std::size_t index) const noexcept;

    const std::shared_ptr<Attachments> of;
    const bool of_stream;     ///< an item's, and no call's
    std::vector<Item> items;
    std::vector<Fd> kept;     ///< what the items name, after keep(), until they are sent
    std::size_t sent = 0;     ///< items whose message is on the socket
    bool published = false;
    const std::uint32_t process = os::process_mark();
  };

  // ── as the sender ─────────────────────────────────────────────────────────────────────────────
  /// Numbers what a frame, of a call or of a stream's item, will bring; the caller owns one reference.
  /// Errors: too_large, no_resources where the peer takes no more now.
  Result<Sent*> prepare(const stub::Measure& measure, bool of_stream);
  /// From now on what is to be sent is there, whatever its owner does with it. Errors: no_resources, bad_address.
  Result<void> keep(Sent& sent);
  /// Brings it, waiting for room on the socket; the frame may be published then. Errors: those of the socket; timed_out.
  Result<void> send(Sent& sent, os::Deadline deadline);
  /// The last frame found no room on the socket in its time: a server's thread does not wait for such a peer.
  [[nodiscard]] bool is_stuck() noexcept;
  /// After send(): the frame was not published, and will not be.
  void retract(Sent& sent) noexcept;
  /// The peer let go of a blob. Errors: protocol_error.
  Result<void> released(std::uint32_t handle, std::uint32_t times);

  // ── as the receiver ───────────────────────────────────────────────────────────────────────────
  /// A message has come; `lost`: this process had no room for all of its descriptors. Errors: protocol_error.
  Result<void> arrived(const AttachMessage& message, std::vector<Fd>& descriptors, bool lost);
  /// No frame names it, or no further one. Errors: protocol_error.
  Result<void> detached(std::uint32_t number, std::uint32_t kind);
  /// What a frame names; the caller owns it, of a blob one reference.
  Verdict take(const shm::Descriptor& descriptor, stub::Measure::Attachment& attachment) noexcept;
  /// The same for a frame that nobody reads.
  Verdict drop(const shm::Descriptor& descriptor) noexcept;
  void let_go(std::uint32_t handle) noexcept override;
  /// True while something has come that no frame has named yet.
  [[nodiscard]] bool has_waiting() noexcept;

  // ── life ──────────────────────────────────────────────────────────────────────────────────────
  /// The socket stays open until end(). `keeper` is ticked when tick() has something to do.
  void open(const Fd& socket, std::weak_ptr<Watched> keeper) noexcept;
  /// Sends what found no room, and lets go of blobs that nobody asked for again. Threads: the watcher's.
  void tick(os::TimePoint now) noexcept;
  /// Nothing is sent any more. `all` false: what the peer brought before its end may still be taken.
  void end(bool all) noexcept;

 private:
  /// A blob that nobody holds any more is kept for a moment, mapped as it is, within a quarter of what this side accepts: who asks for it again
  /// finds it. Chosen, not measured.
  static constexpr std::chrono::seconds kKept{1};
  static constexpr std::uint64_t kKeptShare = 4;

  struct Export {
    std::shared_ptr<const BlobMemory> memory;
    std::uint32_t mentioned = 0;  // in frames, less what the peer gave back
    bool attached = false;        // its message is on the socket
  };
  struct Import {
    std::shared_ptr<const BlobMemory> memory;  // null: lost for want of descriptors
    std::uint64_t bytes = 0;
    std::uint32_t times = 0;      // named since the last release
    std::uint32_t holders = 0;    // BlobStorages
    os::TimePoint idle_since{};   // the clock's beginning: somebody holds it, or it was released
    bool due = false;             // among due_
    bool released = false;        // and not named since
  };
  struct Detach {
    std::uint32_t number;
    AttachmentKind kind;
  };
  using Imports = std::map<std::uint32_t, Import>;

  // All of these with mutex_ held.
  [[nodiscard]] std::size_t& outstanding(const Sent& sent) noexcept { return sent.of_stream ? of_streams_ : of_calls_; }
  std::uint32_t export_blob(const std::shared_ptr<const BlobMemory>& memory);
  void forget_export(std::map<std::uint32_t, Export>::iterator found) noexcept;
  Result<void> send_now(Sent& sent);
  void undo(const Sent& sent) noexcept;
  void idle(Imports::iterator found) noexcept;
  void make_due(Imports::iterator found) noexcept;
  void take_back(Imports::iterator found) noexcept;
  void release_idle(os::TimePoint before, std::uint64_t room) noexcept;
  void look_at(os::TimePoint when) noexcept;
  void flush() noexcept;
  void forget_import(Imports::iterator found) noexcept;
  Result<void> arrived_blob(const AttachMessage& message, std::vector<Fd>& descriptors);
  [[nodiscard]] Error too_many_blobs(std::uint64_t bytes) const;

  const BlobLimits here_;
  const BlobLimits there_;
  const std::string_view options_;
  const std::shared_ptr<Objects> objects_;

  std::mutex mutex_;  // guards what follows
  const Fd* socket_ = nullptr;  // null after the end
  std::weak_ptr<Watched> keeper_;
  bool ended_ = false;
  bool stuck_ = false;
  bool retrying_ = false;  // a tick will look whether the socket has room again

  std::uint32_t last_number_ = 0;
  std::size_t of_calls_ = 0;                   // descriptors that the peer may not have taken yet
  std::size_t of_streams_ = 0;
  std::map<std::uint32_t, Export> exports_;
  std::unordered_map<const BlobMemory*, std::uint32_t> handles_;
  std::uint64_t exported_bytes_ = 0;
  std::list<Detach> detaches_;                 // not on the socket yet

  std::map<std::uint32_t, Fd> waiting_;        // none: lost
  Imports imports_;
  std::uint64_t imported_bytes_ = 0;
  std::vector<std::uint32_t> due_;             // releases that are not on the socket yet; room for all imports
  std::list<std::pair<os::TimePoint, std::uint32_t>> idle_;  // held by nobody, oldest first; some have been taken again
  os::TimePoint next_look_{};                  // at idle_, by a tick that was asked for; the clock's beginning: there is none
  std::uint64_t idle_blobs_ = 0;
  std::uint64_t idle_bytes_ = 0;
};

}  // namespace shmidl::rpc
