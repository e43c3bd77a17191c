#include "rpc/stream_producer.hpp"

#include <algorithm>
#include <bit>
#include <exception>
#include <new>
#include <utility>

#include <shmidl/stub/throws.hpp>

#include "os/fork.hpp"
#include "os/futex.hpp"
#include "rpc/error_content.hpp"
#include "rpc/spin.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

using shm::Access;
using stub::Link;

namespace {
/// Beside those that a window promises: the end, and the newest item of a stream whose reader is slow.
constexpr std::uint32_t kSpareCells = 2;
constexpr std::uint32_t kMostWindow = 4096;
/// Items that are made before others have their turn. Chosen, not measured.
constexpr int kBatch = 16;
}  // namespace

void StreamBlock::give_back(std::uint32_t cell) noexcept {
  Use& use = uses[cell];
  if (!use.held.empty()) own.give_back(use.held);
  if (use.bytes != 0) own.count_items(0, std::exchange(use.bytes, 0));
}

void StreamBlock::end(Storage* storage) noexcept {
  const std::unique_ptr<StreamBlock> self(static_cast<StreamBlock*>(storage));
  if (self->process != os::process_mark()) return;
  for (std::uint32_t i = 0; i < self->count; ++i) self->give_back(i);
  self->own.give_back(self->block);
}

StreamProducer::StreamProducer(Link& link, std::uint32_t lane, std::uint32_t number, std::unique_ptr<stub::StreamServing> serving)
    : link_(link), lane_(lane), number_(number), serving_(std::move(serving)), options_([this] {
        StreamOptions options = serving_->options();
        options.window = std::clamp(options.window, std::uint32_t{1}, kMostWindow);
        return options;
      }()), pushes_(serving_->pushes()) {}

StreamProducer::~StreamProducer() {
  serving_.reset();
  if (link_.forked()) return;
  give_back(newest_);
  if (listens_) link_.stop_listening();
  if (block_ != nullptr) block_->release();
}

PeerMemory::Verdict StreamProducer::find_credit(const shm::Descriptor& credit) noexcept {
  if (credit.kind != shm::kArena || credit.length != sizeof(shm::StreamCredit) || credit.offset % shm::kCellBytes != 0) return PeerMemory::Verdict::nonsense;
  const std::byte* data = nullptr;
  const auto verdict = link_.resolve(credit, data, pins_);
  credit_ = reinterpret_cast<const shm::StreamCredit*>(data);
  return verdict;
}

Result<shm::StreamReply> StreamProducer::make_block() {
  const std::uint32_t cells = std::bit_ceil(options_.window + kSpareCells);
  block_ = new StreamBlock(link_.own(), cells);
  const std::size_t bytes = sizeof(shm::StreamHead) + cells * sizeof(shm::Cell);
  auto range = link_.allocate(bytes, {&block_->block});
  if (!range) return range.error();
  std::byte* const data = link_.own().at(range->region, range->offset);
  head_ = new (data) shm::StreamHead{};
  cells_ = reinterpret_cast<shm::Cell*>(data + sizeof(shm::StreamHead));
  for (std::uint32_t i = 0; i < cells; ++i) new (cells_ + i) shm::Cell{};
  mask_ = cells - 1;
  shm::StreamReply reply;
  reply.block = {range->region, shm::kArena, 0, static_cast<std::uint32_t>(bytes), range->offset};
  reply.cells = cells;
  return reply;
}

// ── room ──────────────────────────────────────────────────────────────────────────────────────────

bool StreamProducer::is_over() const noexcept {
  return over_.load(std::memory_order_relaxed) || nonsense_.load(std::memory_order_relaxed) || shm::is_cancelled<Access>(*credit_) || link_.state() != LinkState::alive;
}

bool StreamProducer::stays_over() noexcept {
  if (!is_over()) return false;
  over_.store(true, std::memory_order_seq_cst);
  return true;
}

bool StreamProducer::look_at_taken() noexcept {
  const std::uint32_t in_flight = shm::stream_in_flight<Access>(*credit_, sent_);
  // It neither goes back nor takes what was not sent.
  if (in_flight > sent_ - taken_) {
    nonsense_.store(true, std::memory_order_relaxed);
    return false;
  }
  for (const std::uint32_t now = sent_ - in_flight; taken_ != now;) {
    block_->give_back(++taken_ & mask_);
  }
  return true;
}

bool StreamProducer::has_room(const Needs& needs) noexcept {
  if (socket_full_.load(std::memory_order_relaxed)) return false;
  const std::uint32_t most = needs.scarce == 0 ? options_.window : std::min(options_.window, std::max(kMostOfStream / needs.scarce, std::uint32_t{1}));
  const auto fits = [&] { return !short_of_room_ && sent_ - taken_ < most && (needs.bytes == 0 || sent_ == taken_ || link_.own().has_room_for_item(needs.bytes)); };
  if (fits()) return true;
  const std::uint32_t before = taken_;
  if (!look_at_taken()) return true;  // run() tells
  if (taken_ != before || taken_ == sent_) short_of_room_ = false;
  return fits();
}

bool StreamProducer::stalls(shm::StreamStalls how) noexcept {
  stalled_ = true;
  stalled_at_.store(taken_, std::memory_order_relaxed);
  return shm::credit_missing<Access>(*head_, *credit_, how, taken_);
}

void StreamProducer::goes_on() noexcept {
  if (std::exchange(stalled_, false)) Access::relaxed_store(head_->room_wanted, shm::kMakesItems);
}

bool StreamProducer::is_ready() noexcept {
  return is_over() || pushes_ || options_.slow_reader != SlowReader::block || has_room();
}

bool StreamProducer::wants_flush() noexcept {
  if (!has_newest_.load(std::memory_order_relaxed)) return false;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  return lock && newest_ && has_room(newest_->needs);
}

bool StreamProducer::wants_awakening() noexcept {
  return waits_.load(std::memory_order_relaxed) && (is_over() || shm::credit_count<Access>(*credit_) != stalled_at_.load(std::memory_order_relaxed));
}

void StreamProducer::await_room() {
  if (++puts_ % kBatch == 0) let_others();
  if (is_over()) throw given_up();
  if (options_.slow_reader == SlowReader::latest || has_room()) return;
  if (options_.slow_reader == SlowReader::disconnect) refuse(too_slow());
  wait_for_room();
  goes_on();
  if (is_over()) throw given_up();
}

void StreamProducer::serve_meanwhile(Meanwhile& wait) noexcept {
  if (Alarm* const alarm = link_.alarm()) alarm->serve_meanwhile(wait);
  else link_.serve_meanwhile(wait);
}

// A push whose reader keeps up never waits: where there is no other thread, what has come has its turn all the same.
void StreamProducer::let_others() noexcept {
  struct Once final : Meanwhile {
    bool is_done() noexcept override { return std::exchange(asked, true); }
    bool asked = false;
  } once;
  if (link_.is_only_thread()) serve_meanwhile(once);
}

void StreamProducer::wait_for_room() {
  if (link_.is_only_thread()) {
    if (!stalls(shm::kWantsLook)) return;
    waits_.store(true, std::memory_order_relaxed);
    serve_meanwhile(*this);
    waits_.store(false, std::memory_order_relaxed);
    return;
  }
  SpinHistory history;
  Spinner spinner(Wait::adaptive, history);
  while (!is_done()) {
    if (spinner.again()) continue;
    const std::uint32_t woken = word_.load(std::memory_order_seq_cst);
    const bool waits = taken_ != sent_ || socket_full_.load(std::memory_order_seq_cst);
    if (stalls(shm::kSleepsOnTaken) && waits && !over_.load(std::memory_order_seq_cst) && link_.state() == LinkState::alive) {
      // Where the kernel takes one word only, the other one is looked at now and then. Chosen, not measured.
      const os::Deadline until = os::waitv_supported() ? os::Deadline::never() : os::Deadline::in(std::chrono::milliseconds(1));
      os::wait_either(os::word_of(credit_->taken), taken_, os::word_of(word_), woken, until);
    }
    spinner.slept();
  }
}

// ── turns ─────────────────────────────────────────────────────────────────────────────────────────

std::optional<Error> StreamProducer::step(bool& more) noexcept {
  std::optional<Error> error;
  try {
    try {
      more = serving_->step(*this);
    } catch (const Error& thrown) {
      error = Error(Errc::service_error, thrown.what(), Execution::yes);
    } catch (const std::exception& thrown) {
      error = Error(Errc::service_error, thrown.what(), Execution::yes);
    } catch (...) {
      error = Error(Errc::service_error, text_of_foreign_exception(), Execution::yes);
    }
  } catch (const std::bad_alloc&) {
    error = link_.out_of_memory();
  }
  if (refused_) return refused_;
  return answer_ ? answer_ : error;
}

bool StreamProducer::run() noexcept {
  const auto broken = [this] {
    if (!nonsense_.load(std::memory_order_relaxed)) return false;
    const Error error = link_.protocol_error("the reader of a stream took items that were never sent");
    end(&error);
    return true;
  };
  for (int i = 0; i < kBatch; ++i) {
    if (broken()) return true;
    if (is_over()) {
      give_up();
      const Error error = given_up();
      return end(&error), true;
    }
    if (has_newest_.load(std::memory_order_relaxed)) flush();
    const bool room = has_room();
    if (broken()) return true;
    if (room) goes_on();
    else if (options_.slow_reader == SlowReader::block && stalls(shm::kWantsLook)) return false;
    else if (options_.slow_reader == SlowReader::block) continue;
    bool more = false;
    const std::optional<Error> error = step(more);
    if (broken()) return true;
    if (error && draining_.load(std::memory_order_relaxed)) {
      const Error why = given_up();
      return end(&why), true;
    }
    if (error || !more) return end(error ? &*error : nullptr), true;
    if (!room) return false;
  }
  // Others have their turn. If there is no room the reader has to know, and what it takes meanwhile is seen by the next look.
  if (options_.slow_reader == SlowReader::block && !has_room()) static_cast<void>(stalls(shm::kWantsLook));
  return false;
}

void StreamProducer::end(const Error* error) noexcept {
  serving_.reset();  // the arguments and what makes the items, before anybody is told
  const std::lock_guard lock(mutex_);
  std::optional<Error> lost;
  if (newest_ && !is_over()) {
    // As with a reply: the last item is not lost for a moment's want of room. Chosen, not measured.
    constexpr std::chrono::milliseconds kPatience{250};
    if (const auto brought = bring(*newest_, kPatience)) publish(*newest_);
    else lost = unsent(brought.error());
    give_back(newest_);
    has_newest_.store(false, std::memory_order_relaxed);
  }
  if (error == nullptr && lost) error = &*lost;
  Item last;
  shm::CellBody& body = last.body;
  if (error != nullptr) {
    Outgoing outgoing(link_);
    const std::string_view text = std::string_view(error->what()).substr(0, Link::kMaxErrorText);
    const auto* thrown = dynamic_cast<const stub::EncodedError*>(detail::ErrorAccess::payload(*error).get());
    if (outgoing.set_error({static_cast<std::byte>(error->execution()), text, thrown})) {
      outgoing.describe(body);
      std::swap(last.held, outgoing.held());
    } else {
      put_short_error(*error, body);
    }
    body.method_or_status = static_cast<std::uint16_t>(error->errc());
  }
  body.flags = static_cast<std::uint8_t>(body.flags | shm::kStreamEnd);
  publish(last);
  shm::close_stream<Access>(*head_);
}

Error StreamProducer::given_up() {
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return *broken_;
  }
  if (draining_.load(std::memory_order_relaxed)) return Error(Errc::draining, "the server stops, and its streams end", Execution::yes);
  return Error(Errc::cancelled, "nobody reads the stream any more", Execution::yes);
}

void StreamProducer::give_up(bool draining) noexcept {
  if (draining) draining_.store(true, std::memory_order_relaxed);
  over_.store(true, std::memory_order_seq_cst);
  std::optional<std::stop_source> stop;
  {
    const std::lock_guard lock(stop_mutex_);
    stop = stop_;
  }
  word_.fetch_add(1, std::memory_order_seq_cst);
  os::wake(os::word_of(word_), os::kWakeAll, true);
  if (stop) stop->request_stop();
}

std::stop_token StreamProducer::stop_token() {
  std::stop_token token;
  bool is_new = false;
  {
    const std::lock_guard lock(stop_mutex_);
    is_new = !stop_;
    if (is_new) stop_.emplace();
    token = stop_->get_token();
  }
  if (is_new) listens_ = link_.listen_beside_loop();
  if (is_over()) give_up();
  return token;
}

}  // namespace shmidl::rpc
