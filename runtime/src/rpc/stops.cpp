#include "rpc/stops.hpp"

#include <algorithm>

#include "rpc/link.hpp"
#include "rpc/stream_producer.hpp"

namespace shmidl::rpc {

std::stop_token CurrentCall::stop_token(bool at_deadline) {
  if (lane_ == kStream) return static_cast<StreamTurn*>(this)->producer.stop_token();
  if (!stop_) {
    stop_.emplace();
    stop_->sequence = lane_ < kDirect ? link_.sequence_taken(lane_) : 0;
    try {
      link_.stops().add(*this);
      stop_->listens = link_.listen_beside_loop();
    } catch (...) {
      stop_.reset();
      throw;
    }
  }
  if (at_deadline && !deadline_.is_never()) {
    if (deadline_.expired()) stop_->source.request_stop();
    else link_.stops().tick(*this);
  }
  return stop_->source.get_token();
}

void CurrentCall::forget_stop() noexcept {
  if (stop_->listens) link_.stop_listening();
  link_.stops().remove(*this);
}

void Stops::add(CurrentCall& call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(&call);
    const Note* note = call.lane_ < notes_.size() ? &notes_[call.lane_] : nullptr;
    const bool given_up = note != nullptr && note->state != Note::State::none && note->sequence == call.stop_->sequence;
    if (!given_up && (!ended_ || call.lane_ == CurrentCall::kOneway)) return;
  }
  call.stop_->source.request_stop();
}

void Stops::tick(CurrentCall& call) {
  {
    const std::lock_guard lock(mutex_);
    if (call.stop_->ticks) return;
    call.stop_->ticks = true;
  }
  if (auto ticking = Watcher::tick(weak_from_this(), call.deadline_.at); !ticking) throw Error(ticking.error());
}

void Stops::remove(const CurrentCall& call) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(calls_, &call);
}

template <class F>
void Stops::request(F&& wants) noexcept {
  for (;;) {
    std::stop_source source(std::nostopstate);
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const CurrentCall* call) { return !call->stop_->source.stop_requested() && wants(*call); });
      if (found == calls_.end()) return;
      source = (*found)->stop_->source;
    }
    source.request_stop();
  }
}

void Stops::set_state(Note& note, Note::State state) noexcept {
  const bool was_early = note.state == Note::State::early;
  note.state = state;
  const bool is_early = state == Note::State::early;
  if (was_early != is_early) early_.store(early_.load(std::memory_order_relaxed) + (is_early ? 1 : 0) - (was_early ? 1 : 0), std::memory_order_seq_cst);
}

void Stops::cancel(std::uint32_t lane, std::uint32_t sequence, Errc why, const std::uint32_t& taken) noexcept {
  const auto last = [&] { return std::atomic_ref(const_cast<std::uint32_t&>(taken)).load(std::memory_order_relaxed); };
  {
    const std::lock_guard lock(mutex_);
    Note& note = notes_[lane];
    const std::uint32_t before = last();
    if (sequence != before && sequence != before + 1) return;  // it has ended, and its answer crossed this message
    note.why = why;
    note.sequence = sequence;
    set_state(note, sequence == before ? Note::State::taken : Note::State::early);
    // Taken meanwhile, by a thread that did not see the note: its handler finds it if it asks.
    if (last() == sequence) set_state(note, Note::State::taken);
  }
  request([&](const CurrentCall& call) { return call.lane_ == lane && call.stop_->sequence == sequence; });
}

std::optional<Errc> Stops::given_up(std::uint32_t lane, std::uint32_t sequence) noexcept {
  const std::lock_guard lock(mutex_);
  Note& note = notes_[lane];
  if (note.state == Note::State::none) return std::nullopt;
  set_state(note, Note::State::none);
  return note.sequence == sequence ? std::optional(note.why) : std::nullopt;
}

void Stops::end() noexcept {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  request([](const CurrentCall& call) { return call.lane_ != CurrentCall::kOneway; });
}

std::optional<os::TimePoint> Stops::on_tick(os::TimePoint now) noexcept {
  request([now](const CurrentCall& call) { return call.stop_->ticks && call.deadline_.at <= now; });
  return std::nullopt;
}

}  // namespace shmidl::rpc
