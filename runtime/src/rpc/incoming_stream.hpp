// A stream that this process reads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include <shmidl/stub/stream_reader.hpp>

#include "os/clock.hpp"
#include "rpc/link.hpp"
#include "shm/stream.hpp"

namespace shmidl::rpc {

struct ReplyStorage;

/// Lifetime: its StreamReader's, or the call's that opens it; then of Streams, until the maker has closed it. Not longer than its link.
/// Threads:  one at a time reads; cancel(), wake() and is_ready() are for any.
class IncomingStream {
 public:
  /// `exact`: the maker has the same definitions.
  IncomingStream(stub::Link& link, std::uint32_t number, bool exact, const stub::StopHolder& stop) : link_(link), number_(number), exact_(exact), stop_(stop) {}
  IncomingStream(const IncomingStream&) = delete;
  IncomingStream& operator=(const IncomingStream&) = delete;
  ~IncomingStream();

  /// Takes memory for this side's line. Errors: no_resources, those of a dead link.
  Result<void> make_credit(shm::StreamRequest& request);
  /// The reply is there: `storage` keeps its memory, one reference of which is taken over; null: it has none. False if it is nonsense.
  bool attach(const stub::Frame& reply, ReplyStorage* storage) noexcept;

  using Got = stub::StreamReader::Got;
  [[nodiscard]] Got wait(os::Deadline until) noexcept;
  [[nodiscard]] stub::Frame& item() noexcept { return *frame_; }
  void finish() noexcept;
  Error malformed() noexcept;
  [[nodiscard]] const Error& error() const noexcept { return *error_; }

  /// Tells the maker that nobody reads any more.
  void cancel() noexcept;
  /// Nobody reads, not even what has come.
  void leave() noexcept;
  /// What the items that nobody read bring is closed, and their slots are given back; no other thread uses it.
  void discard_rest() noexcept;
  /// True if wait() would not wait.
  [[nodiscard]] bool is_ready() const noexcept;
  void ask_for_ring() noexcept;
  /// The link has ended, or a stop was requested: whoever sleeps looks again.
  void wake() noexcept;

  /// True once this side's line and the maker's block are free.
  [[nodiscard]] bool is_over() const noexcept;

 private:
  [[nodiscard]] const shm::Cell& next_cell() const noexcept { return cells_[(taken_ + 1) & mask_]; }
  /// What stands in a cell before its next item.
  [[nodiscard]] bool is_old(std::uint32_t word) const noexcept { return word == taken_ - mask_ || word == 0; }
  Got open() noexcept;
  void make_room(std::uint32_t bytes) noexcept;
  Got fail(const Error& error) noexcept;
  Got end_by(const Error& error) noexcept;
  [[nodiscard]] Error dead_error() const;
  void sleep(os::Deadline until) noexcept;
  void give_credit() noexcept;

  struct OnStop {
    IncomingStream* stream;
    void operator()() const noexcept { stream->cancel(); }
  };

  stub::Link& link_;
  const std::uint32_t number_;
  const bool exact_;
  shm::StreamCredit* credit_ = nullptr;
  Held held_;  // the line
  ReplyStorage* storage_ = nullptr;  // one reference
  const shm::StreamHead* head_ = nullptr;
  const shm::Cell* cells_ = nullptr;
  std::uint32_t mask_ = 0;
  std::uint32_t taken_ = 0;  // items that were read
  std::uint32_t given_ = 0;  // of these, what the maker was told
  bool asked_ = false;       // for a message
  bool ended_ = false;       // nothing more comes
  std::atomic<bool> cancelled_{false};
  std::optional<Error> error_;
  struct alignas(16) Body {
    std::uint32_t padding = 0;
    shm::CellBody cell;  // private
  } body_;
  static_assert((offsetof(Body, cell) + shm::kHeadBytes) % 16 == 0, "content is read where it stands: as aligned as in a cell");
  std::optional<PeerMemory::Pins> pins_;  // of an item that has no slot
  std::optional<stub::Frame> frame_;      // the item that is read
  BodyRoom room_;
  std::unique_ptr<std::byte[]> buffer_;  // what room_ has near
  std::atomic<std::uint32_t> word_{0};    // changes when whoever sleeps is to look
  stub::StopHolder stop_;
  std::optional<std::stop_callback<OnStop>> on_stop_;
};

}  // namespace shmidl::rpc
