// A stream whose items this process makes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include <shmidl/stub/stream_writer.hpp>

#include "rpc/link.hpp"
#include "rpc/outgoing.hpp"
#include "rpc/this_call.hpp"
#include "shm/stream.hpp"

namespace shmidl::rpc {

/// The maker's block, and the memory of items that were not taken yet: kept by the stream, and by the slot of the reply that opened it.
struct StreamBlock final : stub::Storage {
  /// What the item of a cell uses, until its reader took it.
  struct Use {
    Held held;
    std::size_t bytes = 0;
  };
  StreamBlock(OwnMemory& memory, std::uint32_t cells) : Storage(&end), own(memory), uses(std::make_unique<Use[]>(cells)), count(cells) {}
  static void end(Storage* storage) noexcept;
  void give_back(std::uint32_t cell) noexcept;

  OwnMemory& own;
  Held block;
  const std::unique_ptr<Use[]> uses;  // by cell
  const std::uint32_t count;
  const std::uint32_t process = os::process_mark();
};

/// Lifetime: its link's Streams have it until it has ended.
/// Threads:  one at a time makes items, as Streams says; what is marked so is for any.
class StreamProducer final : public stub::StreamWriter, private Meanwhile {
 public:
  StreamProducer(stub::Link& link, std::uint32_t lane, std::uint32_t number, std::unique_ptr<stub::StreamServing> serving);
  ~StreamProducer();

  /// Finds the reader's line. Verdicts: as PeerMemory::resolve().
  PeerMemory::Verdict find_credit(const shm::Descriptor& credit) noexcept;
  /// Takes memory for the cells and describes it; `reply` keeps a part of it. Errors: no_resources, those of a dead link.
  Result<shm::StreamReply> make_block();
  /// One reference for the reply's memory.
  [[nodiscard]] stub::Storage* share_block() noexcept {
    block_->retain();
    return block_;
  }

  [[nodiscard]] std::uint32_t lane() const noexcept { return lane_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] bool pushes() const noexcept { return pushes_; }

  /// True if run() has something to do. Threads: nobody runs it meanwhile.
  [[nodiscard]] bool is_ready() noexcept;
  /// The same while the function of a push runs. Threads: any.
  [[nodiscard]] bool wants_flush() noexcept;
  /// A thread that serves others meanwhile may go on. Threads: any.
  [[nodiscard]] bool wants_awakening() noexcept;
  /// Makes some items; true when the stream has ended.
  [[nodiscard]] bool run() noexcept;
  /// The peer's socket may have room again: true if that was waited for. Threads: any.
  bool try_again() noexcept;
  /// Publishes what waited for room. Threads: any.
  void flush() noexcept;

  /// True if the stream is over; then it is from now on, whatever the reader's word says. Threads: any.
  [[nodiscard]] bool stays_over() noexcept;
  /// Nobody reads any more, or, with `draining`, the server stops. Threads: any.
  void give_up(bool draining = false) noexcept;
  /// As this_call().stop_token(). Threads: the one that makes items. Throws std::bad_alloc.
  [[nodiscard]] std::stop_token stop_token();

  void put_small(const void* item, std::uint32_t bytes) override;
  std::byte* begin(const stub::Measure& measure) override;
  bool finish(bool complete) override;
  void await_room() override;
  [[noreturn]] void refuse(const Error& error) override;
  [[nodiscard]] bool is_cancelled() const noexcept override { return is_over(); }
  void answer(const Error& error) noexcept override { answer_ = error; }

  /// Which of the streams of its link it is to whoever takes jobs; guarded by the mutex of Streams.
  enum class Turn : std::uint8_t { opening, idle, running } turn = Turn::opening;
  bool has_serial = false;  ///< run() has the turn of the object
  bool has_thread = false;  ///< run() is one of the pushes that there are threads for

 private:
  /// What others want, too.
  struct Needs {
    std::size_t bytes = 0;
    std::uint32_t scarce = 0;  // descriptors or blobs, whichever are more
  };
  /// One that is not published yet.
  struct Item {
    shm::CellBody body;
    Held held{};
    Attachments::Sent* sent = nullptr;  // what is to be on the socket before; `held` keeps it
    std::uint32_t attachments = 0;
    Needs needs{};
  };

  [[nodiscard]] bool is_over() const noexcept;
  /// For an item that needs so much.
  [[nodiscard]] bool has_room(const Needs& needs) noexcept;
  [[nodiscard]] bool has_room() noexcept { return has_room({}); }
  /// Takes in how far the reader is, and gives memory back. False if it says nonsense.
  bool look_at_taken() noexcept;
  void deliver(Item& item);
  /// With what it attaches on the socket.
  void publish(Item& item) noexcept;
  /// Puts it there. Errors: those of the socket; timed_out.
  Result<void> bring(Item& item, std::chrono::milliseconds patience = std::chrono::milliseconds(0)) noexcept;
  /// There was no memory: true if it is tried again when the reader takes something.
  [[nodiscard]] bool comes_later() noexcept;
  /// After bring() failed: true if it is tried again then, or, for want of room on the socket, a little later.
  [[nodiscard]] bool is_brought_later(const Error& error) noexcept;
  void give_back(std::optional<Item>& item) noexcept;
  static Error unsent(const Error& error);
  static Error too_slow();
  /// Out of room: true if it still is after the reader was told.
  [[nodiscard]] bool stalls(shm::StreamStalls how) noexcept;
  void goes_on() noexcept;
  void wait_for_room();
  /// True if nobody else looks for calls while this thread makes items.
  void serve_meanwhile(Meanwhile& wait) noexcept;
  void let_others() noexcept;
  [[nodiscard]] bool is_done() noexcept override { return has_room() || is_over(); }
  /// One item; the error that ends the stream.
  std::optional<Error> step(bool& more) noexcept;
  void end(const Error* error) noexcept;
  /// Why it is over.
  [[nodiscard]] Error given_up();

  stub::Link& link_;
  const std::uint32_t lane_;
  const std::uint32_t number_;
  std::unique_ptr<stub::StreamServing> serving_;
  const StreamOptions options_;
  const bool pushes_;
  const shm::StreamCredit* credit_ = nullptr;
  PeerMemory::Pins pins_;  // of the reader's line
  StreamBlock* block_ = nullptr;  // one reference
  shm::StreamHead* head_ = nullptr;
  shm::Cell* cells_ = nullptr;
  std::uint32_t mask_ = 0;

  std::mutex mutex_;  // guards what follows where the newest item may wait: then whoever takes jobs looks at it, too
  std::uint32_t sent_ = 0;
  std::uint32_t taken_ = 0;  // as the reader's word was when it was last looked at
  std::optional<Item> newest_;  // SlowReader::latest: what has no room yet
  std::optional<Error> broken_; // why that could not be published
  bool stalled_ = false;     // the reader was told
  bool short_of_room_ = false;  // of memory or descriptors, until the reader takes more

  std::uint32_t puts_ = 0;            // of a push
  std::optional<Outgoing> outgoing_;  // the item that is written
  Needs needs_;                       // its
  std::optional<Error> refused_;      // the library's own error of an item
  std::optional<Error> answer_;       // what the method declares
  std::atomic<bool> waits_{false};    // in Sink::put(), serving others meanwhile
  std::atomic<std::uint32_t> stalled_at_{0};
  std::atomic<bool> has_newest_{false};
  std::atomic<bool> socket_full_{false};  // until try_again()
  std::atomic<bool> over_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> nonsense_{false};   // the reader's word makes no sense
  std::atomic<std::uint32_t> word_{0};  // changes when whoever waits is to look
  std::mutex stop_mutex_;               // guards stop_
  std::optional<std::stop_source> stop_;
  bool listens_ = false;  // the watcher reads the socket of a link in a loop
};

/// A thread's turn at a stream's items: what this_call() is meanwhile.
struct StreamTurn : CurrentCall {
  StreamTurn(stub::Link& link, std::uint64_t id, StreamProducer& of) noexcept : CurrentCall(link, id, kStream, os::Deadline::never()), producer(of) {}
  StreamProducer& producer;
};

}  // namespace shmidl::rpc
