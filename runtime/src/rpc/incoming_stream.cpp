#include "rpc/incoming_stream.hpp"

#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "os/futex.hpp"
#include "os/socket.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/client_loop.hpp"
#include "rpc/error_content.hpp"
#include "rpc/hello.hpp"
#include "rpc/reply_storage.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

using shm::Access;
using stub::Link;

IncomingStream::~IncomingStream() {
  on_stop_.reset();
  frame_.reset();
  if (storage_ != nullptr) storage_->release();
  if (!held_.empty() && !link_.forked()) link_.own().give_back(held_);
}

Result<void> IncomingStream::make_credit(shm::StreamRequest& request) {
  auto range = link_.allocate(sizeof(shm::StreamCredit), {&held_});
  if (!range) return range.error();
  credit_ = new (link_.own().at(range->region, range->offset)) shm::StreamCredit{};
  request.credit = {range->region, shm::kArena, 0, sizeof(shm::StreamCredit), range->offset};
  request.number = number_;
  return {};
}

bool IncomingStream::attach(const stub::Frame& reply, ReplyStorage* storage) noexcept {
  storage_ = storage;
  shm::StreamReply place;
  if (storage == nullptr || reply.bytes() != sizeof place) return false;
  std::memcpy(&place, reply.body(), sizeof place);
  const bool makes_sense = std::has_single_bit(place.cells) && place.cells >= 2 && place.cells <= shm::kMostStreamCells && place.block.kind == shm::kArena &&
                           place.block.offset % shm::kCellBytes == 0 &&
                           place.block.length == sizeof(shm::StreamHead) + place.cells * sizeof(shm::Cell);
  const std::byte* data = nullptr;
  if (!makes_sense || link_.resolve(place.block, data, storage->pins) != PeerMemory::Verdict::good) return false;
  head_ = reinterpret_cast<const shm::StreamHead*>(data);
  cells_ = reinterpret_cast<const shm::Cell*>(data + sizeof(shm::StreamHead));
  mask_ = place.cells - 1;
  if (stop_) on_stop_.emplace(stop_.token(), OnStop{this});
  return true;
}

bool IncomingStream::is_ready() const noexcept {
  if (ended_ || frame_ || cancelled_.load(std::memory_order_relaxed) || link_.forked() || link_.state() != LinkState::alive) return true;
  const std::uint32_t word = shm::stream_word<Access>(next_cell());
  return word == taken_ + 1 || !is_old(word);
}

IncomingStream::Got IncomingStream::fail(const Error& error) noexcept {
  error_ = error;
  return Got::error;
}

IncomingStream::Got IncomingStream::end_by(const Error& error) noexcept {
  ended_ = true;
  return fail(error);
}

IncomingStream::Got IncomingStream::wait(os::Deadline until) noexcept {
  if (frame_) return Got::item;
  if (ended_) return error_ ? Got::error : Got::end;
  if (link_.forked()) return fail(forked_error());
  if (std::exchange(asked_, false)) shm::announce_reader<Access>(*credit_, shm::kReaderLooks);
  if (const CurrentCall* const serving = thread_memory.serving; serving != nullptr) until = until.sooner(serving->deadline());
  Spinner spinner(link_.waits(), link_.history_);
  bool may_spin = true;
  bool first = true;
  for (;;) {
    // The state first: what a peer published before it died is seen after its death is.
    const LinkState state = link_.state();
    if (cancelled_.load(std::memory_order_relaxed)) return fail(Error(Errc::cancelled, "the stream was given up by its reader", Execution::yes));
    const std::uint32_t word = shm::stream_word<Access>(next_cell());
    if (word == taken_ + 1) {
      spinner.found();
      return open();
    }
    if (!is_old(word)) return end_by(link_.protocol_error("the peer broke the numbering of a stream's items"));
    if (state != LinkState::alive) return end_by(dead_error());
    if (std::exchange(first, false)) {
      may_spin = !link_.shares_core();
      link_.ask_for_help();
    }
    if (may_spin && spinner.again()) {
      if (!spinner.clock_read() || spinner.now() < until.at) continue;
      return Got::nothing;
    }
    if (until.expired()) return Got::nothing;
    sleep(until);
    spinner.slept();
  }
}

void IncomingStream::sleep(os::Deadline until) noexcept {
  // A thread that serves a call gives up with it.
  std::optional<std::stop_callback<OnStop>> outer;
  try {
    CurrentCall* const serving = thread_memory.serving;
    if (serving != nullptr && serving->lane() != CurrentCall::kOneway) outer.emplace(serving->stop_token(false), OnStop{this});
  } catch (const std::bad_alloc&) {
    // Then it waits for what comes.
  }
  const std::uint32_t woken = word_.load(std::memory_order_seq_cst);
  std::uint32_t seen = 0;
  const bool missing = shm::item_missing<Access>(*credit_, next_cell(), taken_ + 1, shm::kReaderSleeps, seen);
  if (missing && link_.state() == LinkState::alive && !cancelled_.load(std::memory_order_seq_cst)) {
    // Where the kernel takes one word only, the other one is looked at now and then. Chosen, not measured.
    if (!os::waitv_supported()) until = until.sooner(os::Deadline::in(std::chrono::milliseconds(1)));
    os::wait_either(os::word_of(next_cell().sequence), seen, os::word_of(word_), woken, until);
  }
  shm::announce_reader<Access>(*credit_, shm::kReaderLooks);
}

void IncomingStream::wake() noexcept {
  word_.fetch_add(1, std::memory_order_seq_cst);
  os::wake(os::word_of(word_), os::kWakeAll, true);
}

IncomingStream::Got IncomingStream::open() noexcept {
  using Verdict = PeerMemory::Verdict;
  shm::CellBody& body = body_.cell;
  shm::take<Access>(next_cell(), body);
  ++taken_;
  ReplyStorage* storage = nullptr;
  if ((body.flags & shm::kHasSlot) != 0) {
    if (shm::slot_of(body.after_or_slot) >= shm::kSlots) return end_by(link_.protocol_error("a stream's item names a slot that does not exist"));
    storage = new (std::nothrow) ReplyStorage(link_, body.after_or_slot);
    if (storage == nullptr) {
      link_.lanes().discard(body);
      give_credit();
      return fail(Error(Errc::no_resources, "memory ran out while an item of a stream was unpacked", Execution::yes));
    }
  }
  frame_.emplace();
  pins_.emplace();
  make_room(body.content_bytes);
  const Verdict verdict = link_.open_content(body, *frame_, room_, storage, storage != nullptr ? storage->pins : *pins_);
  if (storage != nullptr) storage->release();  // the frame's externals have references of their own
  frame_->set(frame_->body(), frame_->bytes(), exact_, link_.agreement().in_place);
  if ((body.flags & shm::kToCopy) != 0) frame_->copy_externals();
  if (verdict == Verdict::good && (body.flags & shm::kStreamEnd) == 0) return Got::item;
  Error why(Errc::cancelled);
  if (verdict == Verdict::no_memory) why = Error(Errc::no_resources, "memory ran out while an item of a stream was unpacked", Execution::yes);
  else if (verdict == Verdict::no_descriptors) why = lost_error(Execution::yes);
  else if (verdict != Verdict::good) why = link_.protocol_error("a stream's item names memory that was never handed over");
  else if (body.method_or_status != 0) why = error_of_reply(link_, body, *frame_);
  frame_.reset();
  pins_.reset();
  give_credit();
  if (verdict == Verdict::good && body.method_or_status == 0) {
    ended_ = true;
    return Got::end;
  }
  return verdict == Verdict::good || verdict == Verdict::nonsense ? end_by(why) : fail(why);
}

// Items of one size are unpacked in the same memory.
void IncomingStream::make_room(std::uint32_t bytes) noexcept {
  constexpr std::uint32_t kMost = std::uint32_t{64} << 10;
  if (bytes <= shm::kInlineBytes || bytes <= room_.near.size() || bytes > kMost) return;
  const std::uint32_t size = std::bit_ceil(bytes);
  buffer_.reset(new (std::nothrow) std::byte[size]);
  room_.near = buffer_ != nullptr ? std::span(buffer_.get(), size) : std::span<std::byte>();
}

void IncomingStream::finish() noexcept {
  frame_.reset();
  pins_.reset();
  // In batches while more wait: each one moves a line. At most an eighth of the cells, which is a quarter of what may wait.
  const std::uint32_t batch = (mask_ + 1) / 8;
  if (taken_ - given_ > batch || shm::stream_word<Access>(next_cell()) != taken_ + 1) give_credit();
}

void IncomingStream::give_credit() noexcept {
  given_ = taken_;
  shm::give_credit<Access>(*credit_, taken_);
  switch (shm::credit_wanted<Access>(*head_)) {
    case shm::kMakesItems:
      return;
    case shm::kWantsLook:
      return link_.wake_peer();
    case shm::kSleepsOnTaken:
      os::wake(os::word_of(credit_->taken), 1);
  }
}

Error IncomingStream::malformed() noexcept {
  const bool blame = !frame_->refused() && !frame_->short_of_memory();
  const Error error = blame ? link_.protocol_error("an item of a stream does not check")
                      : frame_->refused() ? frame_->refusal(Execution::yes)
                                          : Error(Errc::no_resources, "memory ran out while an item of a stream was unpacked", Execution::yes);
  if (blame) static_cast<void>(end_by(error));
  finish();
  return error;
}

Error IncomingStream::dead_error() const {
  switch (link_.state()) {
    case LinkState::closed:
      return Error(Errc::cancelled, "this connection to `" + link_.agreement().name + "` was closed before the stream ended", Execution::maybe);
    case LinkState::nonsense:
      return Error(Errc::protocol_error, link_.obituary().what(), Execution::maybe);
    default:
      return Error(Errc::maybe_executed, std::string(link_.obituary().what()) + " before the stream ended", Execution::maybe);
  }
}

void IncomingStream::cancel() noexcept {
  if (link_.forked() || cancelled_.exchange(true, std::memory_order_seq_cst)) return;
  shm::cancel_stream<Access>(*credit_);
  wake();
  if (link_.state() != LinkState::alive) return;
  NumberMessage message{{}, number_, 0};
  // For a maker that is at work. Where the socket is full, it finds the word when it looks for credit.
  static_cast<void>(os::send(link_.socket_, seal_message(message, MessageKind::cancel_stream)));
  link_.wake_peer();
  // sync Link.client_loop acquire: as in client_loop().
  if (ClientLoop* const loop = link_.client_loop_.load(std::memory_order_acquire)) loop->wake();
}

void IncomingStream::leave() noexcept {
  on_stop_.reset();
  frame_.reset();
  pins_.reset();
  if (!ended_) cancel();
  discard_rest();
}

void IncomingStream::discard_rest() noexcept {
  if (ended_ || cells_ == nullptr || link_.forked()) return;
  for (std::uint32_t i = 0; i <= mask_ && shm::stream_word<Access>(next_cell()) == taken_ + 1; ++i) {
    shm::CellBody body;
    shm::take<Access>(next_cell(), body);
    ++taken_;
    link_.lanes().discard(body);
  }
}

bool IncomingStream::is_over() const noexcept { return link_.state() != LinkState::alive || (head_ != nullptr && shm::is_closed<Access>(*head_)); }

void IncomingStream::ask_for_ring() noexcept {
  if (link_.forked()) return;
  asked_ = true;
  std::uint32_t seen = 0;
  static_cast<void>(shm::item_missing<Access>(*credit_, next_cell(), taken_ + 1, shm::kReaderOnMessage, seen));
}

}  // namespace shmidl::rpc
