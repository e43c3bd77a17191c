// The streams of a connection: those that this side makes, and those that it reads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <shmidl/stub/stream_writer.hpp>

#include "rpc/incoming_stream.hpp"
#include "rpc/link.hpp"
#include "rpc/stream_producer.hpp"

namespace shmidl::rpc {

/// Made with the first stream of a link.
///
/// Lifetime: the link's. Threads: any, but where it says otherwise. No code of the user's runs with its lock.
class Streams {
 public:
  explicit Streams(stub::Link& link) noexcept : link_(link) {}
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams();

  // ── made here ─────────────────────────────────────────────────────────────────────────────────

  /// Errors: overloaded when the peer has as many as one may; std::bad_alloc.
  Result<void> add(std::shared_ptr<StreamProducer> stream, std::size_t most);
  /// The call in `lane` that opened one was answered: with it, or with an error.
  void opened(std::uint32_t lane, bool well) noexcept;
  /// True if take() would find something.
  [[nodiscard]] bool has_ready() noexcept;
  /// True if the leader may have to look without a ring.
  [[nodiscard]] bool keeps_hot() noexcept;
  /// The next stream with something to do; `may_push`: what keeps its thread until it ends, too. Threads: the leader.
  bool take(stub::Link::Job& job, bool may_push = true) noexcept;
  void run(stub::Link::Job& job) noexcept;
  /// True while a thread makes items. Threads: the leader.
  [[nodiscard]] bool is_running() noexcept;
  /// Its reader gave it up.
  void cancel(std::uint32_t number) noexcept;
  /// The peer's socket may have room again.
  void try_again() noexcept;
  /// Nobody reads them any more, or the server stops.
  void give_up_all(bool draining = false) noexcept;

  // ── read here ─────────────────────────────────────────────────────────────────────────────────

  /// Errors: overloaded while the peer keeps too many that were given up.
  Result<std::shared_ptr<IncomingStream>> begin(bool exact, const stub::StopHolder& stop);
  /// Nobody reads it any more.
  void leave(std::shared_ptr<IncomingStream> stream) noexcept;
  /// The same of one whose opening is under way in a lane.
  void abandon(std::uint32_t lane, std::uint32_t sequence, std::shared_ptr<IncomingStream> stream) noexcept;
  /// The reply of an abandoned call; false if it is none of those.
  bool answered(std::uint32_t lane, std::uint32_t sequence, const shm::CellBody& body) noexcept;
  /// The reply of a call whose stream nobody will read.
  void discard(std::shared_ptr<IncomingStream> stream, shm::CellBody body) noexcept;
  /// Gives back what the peer is done with; true if there is more to come.
  bool reap() noexcept;
  /// The link has ended: whoever sleeps looks.
  void wake_readers() noexcept;

 private:
  struct Opening {
    std::uint32_t lane;
    std::uint32_t sequence;
    std::shared_ptr<IncomingStream> stream;
  };

  [[nodiscard]] bool is_ready(StreamProducer& stream) const noexcept;
  [[nodiscard]] bool may_begin_long() const noexcept;
  [[nodiscard]] bool begin_long() noexcept;
  void end_long() noexcept;

  stub::Link& link_;
  std::atomic<std::size_t> made_{0};  // of producers_
  std::mutex mutex_;  // guards what follows
  std::vector<std::shared_ptr<StreamProducer>> producers_;
  std::size_t next_ = 0;      // where the next look begins
  std::size_t running_ = 0;
  bool pushes_ = false;       // without a server: a push runs
  std::uint32_t last_number_ = 0;
  std::vector<std::weak_ptr<IncomingStream>> readers_;
  std::vector<std::shared_ptr<IncomingStream>> closing_;  // until the peer is done with them
  std::vector<Opening> opening_;
};

}  // namespace shmidl::rpc
