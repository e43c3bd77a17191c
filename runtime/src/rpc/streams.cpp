#include "rpc/streams.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "rpc/reply_storage.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

using Turn = StreamProducer::Turn;
using stub::Link;

namespace {
/// Of streams that this side gave up and the peer has not closed. Chosen, not measured.
constexpr std::size_t kMostClosing = 256;
/// Until the peer is looked at again. Chosen, not measured.
constexpr std::chrono::milliseconds kLook{20};
}  // namespace

Streams::~Streams() = default;

// ── made here ─────────────────────────────────────────────────────────────────────────────────────

Result<void> Streams::add(std::shared_ptr<StreamProducer> stream, std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (producers_.size() >= most) return Error(Errc::overloaded, "this connection has as many streams as it may, " + std::to_string(most), Execution::yes);
  producers_.push_back(std::move(stream));
  made_.store(producers_.size(), std::memory_order_relaxed);
  return {};
}

void Streams::opened(std::uint32_t lane, bool well) noexcept {
  std::shared_ptr<StreamProducer> gone;  // ends without the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(producers_.begin(), producers_.end(), [&](const auto& stream) { return stream->turn == Turn::opening && stream->lane() == lane; });
  if (found == producers_.end()) return;
  if (well) {
    (*found)->turn = Turn::idle;
    return;
  }
  gone = std::move(*found);
  producers_.erase(found);
  made_.store(producers_.size(), std::memory_order_relaxed);
}

bool Streams::is_ready(StreamProducer& stream) const noexcept {
  switch (stream.turn) {
    case Turn::opening:
      return false;
    case Turn::running:
      return stream.wants_flush();
    case Turn::idle:
      // A push waits for its thread.
      return stream.is_ready() && (!stream.pushes() || stream.is_cancelled() || may_begin_long());
  }
  return false;
}

bool Streams::may_begin_long() const noexcept {
  if (const Alarm* const alarm = link_.alarm()) return alarm->may_begin_long();
  return !pushes_;
}

bool Streams::keeps_hot() noexcept {
  if (made_.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(producers_.begin(), producers_.end(), [](const auto& stream) { return stream->turn == Turn::running || (stream->turn == Turn::idle && (stream->pushes() || stream->is_ready())); });
}

bool Streams::has_ready() noexcept {
  if (made_.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(producers_.begin(), producers_.end(), [&](const auto& stream) { return is_ready(*stream) || stream->wants_awakening(); });
}

bool Streams::take(Link::Job& job, bool may_push) noexcept {
  if (made_.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < producers_.size(); ++i) {
    if (++next_ >= producers_.size()) next_ = 0;
    StreamProducer& stream = *producers_[next_];
    if (!is_ready(stream)) continue;
    if (stream.turn == Turn::running) {
      stream.flush();
      continue;
    }
    if (stream.pushes()) {
      // One that has nothing to run any more ends without a thread of its own.
      if (!stream.stays_over()) {
        if (!may_push || !begin_long()) continue;
        stream.has_thread = true;
      }
    } else {
      // An object that takes one call at a time makes one item at a time, and neither beside the other.
      if (!link_.enter_object()) return false;
      stream.has_serial = true;
    }
    stream.turn = Turn::running;
    ++running_;
    job.kind = Link::Job::Kind::stream;
    job.body.method_or_status = 0xffff;  // no method
    job.stream = &stream;
    return true;
  }
  return false;
}

void Streams::run(Link::Job& job) noexcept {
  StreamProducer& stream = *job.stream;
  const StreamTurn turn(link_, link_.id_, stream);
  const bool ended = stream.run();
  if (std::exchange(stream.has_serial, false)) link_.leave_object();
  if (std::exchange(stream.has_thread, false)) end_long();
  std::shared_ptr<StreamProducer> gone;  // ends without the lock
  const std::lock_guard lock(mutex_);
  stream.turn = Turn::idle;
  --running_;
  if (!ended) return;
  const auto found = std::find_if(producers_.begin(), producers_.end(), [&](const auto& one) { return one.get() == &stream; });
  gone = std::move(*found);
  producers_.erase(found);
  made_.store(producers_.size(), std::memory_order_relaxed);
}

bool Streams::begin_long() noexcept {
  if (Alarm* const alarm = link_.alarm()) return alarm->begin_long();
  return !std::exchange(pushes_, true);
}

void Streams::end_long() noexcept {
  if (Alarm* const alarm = link_.alarm()) return alarm->end_long();
  const std::lock_guard lock(mutex_);
  pushes_ = false;
}

bool Streams::is_running() noexcept {
  if (made_.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(mutex_);
  return running_ != 0;
}

void Streams::cancel(std::uint32_t number) noexcept {
  std::shared_ptr<StreamProducer> found;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& stream : producers_) {
      if (stream->number() == number) found = stream;
    }
  }
  if (found == nullptr) return;  // it has ended
  found->give_up();
  link_.look_at_streams();
}

void Streams::try_again() noexcept {
  if (made_.load(std::memory_order_relaxed) == 0) return;
  bool any = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& stream : producers_) any = stream->try_again() || any;
  }
  if (any) link_.look_at_streams();
}

void Streams::give_up_all(bool draining) noexcept try {
  std::vector<std::shared_ptr<StreamProducer>> all;
  {
    const std::lock_guard lock(mutex_);
    all = producers_;
  }
  for (const auto& stream : all) stream->give_up(draining);
} catch (const std::bad_alloc&) {
  // They find it out when they look for room.
}

// ── read here ─────────────────────────────────────────────────────────────────────────────────────

Result<std::shared_ptr<IncomingStream>> Streams::begin(bool exact, const stub::StopHolder& stop) {
  static_cast<void>(reap());
  const std::lock_guard lock(mutex_);
  if (closing_.size() + opening_.size() >= kMostClosing) {
    return Error(Errc::overloaded, "the peer has not closed the last " + std::to_string(kMostClosing) + " streams that were given up");
  }
  std::erase_if(readers_, [](const auto& reader) { return reader.expired(); });
  // So that what gives them up later needs no memory.
  readers_.reserve(readers_.size() + 1);
  closing_.reserve(readers_.size() + closing_.size() + opening_.size() + 1);
  opening_.reserve(readers_.size() + opening_.size() + 1);
  auto stream = std::make_shared<IncomingStream>(link_, ++last_number_, exact, stop);
  readers_.push_back(stream);
  return stream;
}

void Streams::leave(std::shared_ptr<IncomingStream> stream) noexcept {
  stream->leave();
  if (stream->is_over()) return stream->discard_rest();  // its end gives the rest back
  {
    const std::lock_guard lock(mutex_);
    closing_.push_back(std::move(stream));  // within its capacity
  }
  static_cast<void>(Watcher::tick(link_.weak_from_this(), os::Clock::now() + kLook));
}

void Streams::abandon(std::uint32_t lane, std::uint32_t sequence, std::shared_ptr<IncomingStream> stream) noexcept {
  stream->leave();
  {
    const std::lock_guard lock(mutex_);
    opening_.push_back({lane, sequence, std::move(stream)});  // within its capacity
  }
  static_cast<void>(Watcher::tick(link_.weak_from_this(), os::Clock::now() + kLook));
}

bool Streams::answered(std::uint32_t lane, std::uint32_t sequence, const shm::CellBody& body) noexcept {
  std::shared_ptr<IncomingStream> stream;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(opening_.begin(), opening_.end(), [&](const Opening& one) { return one.lane == lane && one.sequence == sequence; });
    if (found == opening_.end()) return false;
    stream = std::move(found->stream);
    opening_.erase(found);
  }
  discard(std::move(stream), body);
  return true;
}

void Streams::discard(std::shared_ptr<IncomingStream> stream, shm::CellBody body) noexcept {
  const bool has_slot = (body.flags & shm::kHasSlot) != 0 && shm::slot_of(body.after_or_slot) < shm::kSlots;
  ReplyStorage* const storage = has_slot && body.method_or_status == 0 ? new (std::nothrow) ReplyStorage(link_, body.after_or_slot) : nullptr;
  if (storage == nullptr) return link_.lanes().discard(body);
  stub::Frame reply;
  BodyRoom room;
  const auto verdict = link_.open_content(body, reply, room, nullptr, storage->pins);
  if (verdict == PeerMemory::Verdict::good && stream->attach(reply, storage)) return leave(std::move(stream));
  if (verdict != PeerMemory::Verdict::good) storage->release();
  static_cast<void>(link_.protocol_error("a reply names a stream that does not exist"));
}

bool Streams::reap() noexcept {
  for (;;) {
    std::shared_ptr<IncomingStream> over;  // ends without the lock
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::find_if(closing_.begin(), closing_.end(), [](const auto& stream) { return stream->is_over(); });
      if (found == closing_.end()) return !closing_.empty() || !opening_.empty();
      over = std::move(*found);
      closing_.erase(found);
    }
    over->discard_rest();
  }
}

void Streams::wake_readers() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& reader : readers_) {
    if (const auto stream = reader.lock()) stream->wake();
  }
}

}  // namespace shmidl::rpc
