// A StreamProducer's items: packed, kept until there is room, published.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "os/futex.hpp"
#include "rpc/stream_producer.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

using shm::Access;

namespace {

/// The memory that an item takes; none where it stands in its cell.
std::size_t bytes_in(const stub::Measure& measure) noexcept {
  std::uint64_t bytes = measure.body_bytes() > shm::kInlineBytes ? measure.body_bytes() : 0;
  for (std::uint32_t i = 0; i < measure.externals(); ++i) bytes += measure.range(i).bytes;
  return static_cast<std::size_t>(bytes);
}

/// Descriptors or blobs, whichever are more.
std::uint32_t scarce_in(const stub::Measure& measure) noexcept {
  std::uint32_t descriptors = 0;
  std::uint32_t blobs = 0;
  for (std::uint32_t i = 0; i < measure.attachments(); ++i) {
    const auto& attachment = measure.attachment(i);
    if (attachment.object != nullptr) continue;
    ++(attachment.blob == nullptr ? descriptors : blobs);
  }
  return std::max(descriptors, blobs);
}

}  // namespace

Error StreamProducer::unsent(const Error& error) { return Error(error.errc(), "an item of the stream cannot be sent: " + std::string(error.what()), Execution::yes); }
Error StreamProducer::too_slow() { return Error(Errc::overloaded, "the reader of the stream is too slow for it", Execution::yes); }

void StreamProducer::publish(Item& item) noexcept {
  // Not before: a slot comes back from the reader alone, and not every item goes there.
  if (item.body.descriptors > item.attachments) {
    if (const auto slot = link_.own().take_slot(link_.peer(), item.held)) {
      item.body.flags = static_cast<std::uint8_t>(item.body.flags | shm::kHasSlot);
      item.body.after_or_slot = *slot;
    } else {
      item.body.flags = static_cast<std::uint8_t>(item.body.flags | shm::kToCopy);
    }
  }
  const std::uint32_t number = ++sent_;
  StreamBlock::Use& use = block_->uses[number & mask_];
  std::swap(use.held, item.held);
  if ((use.bytes = item.needs.bytes) != 0) link_.own().count_items(use.bytes, 0);
  shm::Cell& cell = cells_[number & mask_];
  shm::publish<Access>(cell, item.body, number);
  if (link_.agreement().peer_never_sleeps) return;
  switch (shm::reader_waits<Access>(*credit_)) {
    case shm::kReaderLooks:
      return;
    case shm::kReaderSleeps:
      os::wake(os::word_of(cell.sequence), 1);
      return;
    case shm::kReaderOnMessage:
      link_.ring_socket();
  }
}

Result<void> StreamProducer::bring(Item& item, std::chrono::milliseconds patience) noexcept try {
  if (item.sent == nullptr) return {};
  auto sent = link_.attachments().send(*item.sent, os::Deadline::in(patience));
  if (sent) item.sent = nullptr;
  return sent;
} catch (const std::bad_alloc&) {
  return link_.out_of_memory();
}

bool StreamProducer::comes_later() noexcept {
  static_cast<void>(look_at_taken());
  short_of_room_ = taken_ != sent_;
  return short_of_room_;
}

bool StreamProducer::is_brought_later(const Error& error) noexcept {
  if (comes_later()) return true;
  if (error.errc() != Errc::timed_out && error.errc() != Errc::would_block) return false;
  // Until a full socket is tried again. Chosen, not measured.
  constexpr std::chrono::milliseconds kAgain{10};
  socket_full_.store(true, std::memory_order_seq_cst);
  if (Watcher::tick(link_.weak_from_this(), os::Clock::now() + kAgain)) return true;
  socket_full_.store(false, std::memory_order_relaxed);
  return false;
}

bool StreamProducer::try_again() noexcept {
  if (!socket_full_.load(std::memory_order_relaxed)) return false;
  socket_full_.store(false, std::memory_order_seq_cst);
  word_.fetch_add(1, std::memory_order_seq_cst);
  os::wake(os::word_of(word_), os::kWakeAll, true);
  return true;
}

void StreamProducer::give_back(std::optional<Item>& item) noexcept {
  if (item) link_.own().give_back(item->held);
  item.reset();
}

void StreamProducer::deliver(Item& item) {
  // Only where the newest item may wait does another thread look at what there is.
  std::unique_lock lock(mutex_, std::defer_lock);
  if (options_.slow_reader == SlowReader::latest) lock.lock();
  if (has_room(item.needs)) {
    const auto brought = bring(item);
    if (brought) {
      give_back(newest_);
      has_newest_.store(false, std::memory_order_relaxed);
      return publish(item);
    }
    if (!is_brought_later(brought.error())) {
      link_.own().give_back(item.held);
      refuse(unsent(brought.error()));
    }
  } else if (options_.slow_reader == SlowReader::disconnect) {
    link_.own().give_back(item.held);
    refuse(too_slow());
  }
  give_back(newest_);
  has_newest_.store(false, std::memory_order_relaxed);
  // By the time that there is room, its maker has let go of it.
  if (item.sent != nullptr) {
    if (auto kept = link_.attachments().keep(*item.sent); !kept) {
      link_.own().give_back(item.held);
      refuse(unsent(kept.error()));
    }
  }
  newest_.emplace(std::exchange(item, Item{}));
  has_newest_.store(true, std::memory_order_relaxed);
  // Whoever takes jobs publishes it once there is room.
  static_cast<void>(stalls(shm::kWantsLook));
}

void StreamProducer::flush() noexcept {
  const std::lock_guard lock(mutex_);
  if (!newest_ || !has_room(newest_->needs)) return;
  if (const auto brought = bring(*newest_); !brought) {
    if (is_brought_later(brought.error())) return;
    broken_ = unsent(brought.error());
    give_back(newest_);
    has_newest_.store(false, std::memory_order_relaxed);
    over_.store(true, std::memory_order_relaxed);
    return;
  }
  publish(*newest_);
  newest_.reset();
  has_newest_.store(false, std::memory_order_relaxed);
  goes_on();
}

void StreamProducer::put_small(const void* item, std::uint32_t bytes) {
  Item small;
  small.body.content_bytes = bytes;
  std::memcpy(small.body.content, item, bytes);
  deliver(small);
}

void StreamProducer::refuse(const Error& error) {
  refused_ = error;
  throw error;
}

std::byte* StreamProducer::begin(const stub::Measure& measure) {
  needs_ = {bytes_in(measure), measure.attachments() == 0 ? 0 : scarce_in(measure)};
  // Where the newest item is kept, it is seen when it is published.
  if (options_.slow_reader != SlowReader::latest && !has_room(needs_)) {
    if (options_.slow_reader == SlowReader::disconnect) refuse(too_slow());
    short_of_room_ = true;
    return nullptr;
  }
  outgoing_.emplace(link_, true);
  auto body = outgoing_->begin(measure);
  if (body) return *body;
  outgoing_.reset();
  // What the reader has not taken yet will be free soon.
  if (body.error().errc() == Errc::no_resources && options_.slow_reader == SlowReader::block && comes_later()) return nullptr;
  refuse(unsent(body.error()));
}

bool StreamProducer::finish(bool complete) {
  if (!complete) {
    outgoing_.reset();
    refuse(Error(Errc::service_error, "an item of the stream changed while it was sent: another thread writes to it", Execution::yes));
  }
  Item item;
  outgoing_->describe(item.body);
  item.held = std::exchange(outgoing_->held(), Held{});
  item.sent = outgoing_->attached();
  if (item.sent != nullptr) item.attachments = static_cast<std::uint32_t>(item.sent->items.size());
  item.needs = needs_;
  outgoing_.reset();
  short_of_room_ = false;
  if (item.sent != nullptr && options_.slow_reader != SlowReader::latest) {
    // Nobody waits for one client's socket.
    if (const auto brought = bring(item); !brought) {
      link_.own().give_back(item.held);
      if (options_.slow_reader == SlowReader::block && is_brought_later(brought.error())) return false;
      refuse(unsent(brought.error()));
    }
  }
  deliver(item);
  return true;
}

}  // namespace shmidl::rpc
