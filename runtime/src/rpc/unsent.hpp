// Messages that a full socket did not take: they are sent when there is room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <new>
#include <vector>

#include "os/socket.hpp"
#include "rpc/hello.hpp"

namespace shmidl::rpc {

/// Calls that their callers gave up. Threads: any.
class UnsentCancels {
 public:
  /// Sends it, or keeps it; true if it was kept, and flush() is to come. Without memory it is dropped: its handler learns of the deadline alone.
  [[nodiscard]] bool send(const Fd& socket, CancelMessage message) noexcept try {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) {
      const auto sent = os::send(socket, seal_message(message, MessageKind::cancel));
      if (sent || sent.error().errc() != Errc::would_block) return false;
    }
    // One for each lane: an older one's call has been answered since.
    const auto same = std::find_if(kept_.begin(), kept_.end(), [&](const CancelMessage& other) { return other.lane == message.lane; });
    if (same != kept_.end()) *same = message;
    else kept_.push_back(message);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }

  /// False while some are left.
  [[nodiscard]] bool flush(const Fd& socket) noexcept {
    const std::lock_guard lock(mutex_);
    std::size_t sent = 0;
    for (; sent < kept_.size(); ++sent) {
      const auto done = os::send(socket, seal_message(kept_[sent], MessageKind::cancel));
      if (!done && done.error().errc() == Errc::would_block) break;
    }
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(sent));
    return kept_.empty();
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::vector<CancelMessage> kept_;
};

}  // namespace shmidl::rpc
