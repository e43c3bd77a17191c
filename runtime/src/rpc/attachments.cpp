#include "rpc/attachments.hpp"

#include <chrono>
#include <utility>

#include "os/socket.hpp"

namespace shmidl::rpc {

namespace {
/// Until a full socket is tried again. Chosen, not measured.
constexpr std::chrono::milliseconds kAgain{10};
}  // namespace

void Attachments::open(const Fd& socket, std::weak_ptr<Watched> keeper) noexcept {
  const std::lock_guard lock(mutex_);
  socket_ = &socket;
  keeper_ = std::move(keeper);
}

void Attachments::flush() noexcept {
  if (socket_ == nullptr) return;
  DetachMessage message;
  bool room = true;
  while (room && !detaches_.empty()) {
    message.number = detaches_.front().number;
    message.value = static_cast<std::uint32_t>(detaches_.front().kind);
    room = os::send(*socket_, seal_message(message, MessageKind::detach)).has_value();
    if (room) detaches_.pop_front();
  }
  while (room && !due_.empty()) {
    Import& import = imports_.find(due_.back())->second;
    message.number = due_.back();
    message.value = import.times;
    room = os::send(*socket_, seal_message(message, MessageKind::release)).has_value();
    if (!room) break;
    import.times = 0;
    import.due = false;
    import.released = true;
    due_.pop_back();
  }
  // One tick at a time: each let_go() comes by here while the socket is full.
  if (!room && !retrying_) retrying_ = Watcher::tick(keeper_, os::Clock::now() + kAgain).has_value();
}

void Attachments::tick(os::TimePoint now) noexcept {
  const std::lock_guard lock(mutex_);
  retrying_ = false;
  if (next_look_ != os::TimePoint{} && now >= next_look_) {
    next_look_ = os::TimePoint{};
    release_idle(now - kKept, 0);
    if (!idle_.empty()) look_at(idle_.front().first + kKept);
  }
  flush();
}

void Attachments::end(bool all) noexcept {
  const std::lock_guard lock(mutex_);
  socket_ = nullptr;
  ended_ = true;
  exports_.clear();
  handles_.clear();
  detaches_.clear();
  due_.clear();
  idle_.clear();
  if (all) waiting_.clear();
  for (auto import = imports_.begin(); import != imports_.end();) {
    // Held, or not named yet: a frame of before the end may still name it.
    const bool stays = !all && (import->second.holders != 0 || (import->second.times == 0 && !import->second.released));
    import = stays ? std::next(import) : imports_.erase(import);
  }
}

}  // namespace shmidl::rpc
