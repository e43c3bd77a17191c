// A server inside an event loop of the user's: it runs handlers when it is asked to, and waits nowhere.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "rpc/hot_links.hpp"
#include "rpc/loop_set.hpp"
#include "rpc/registry.hpp"

namespace shmidl::rpc {

/// How a server ends: at once, or after it has refused what comes.
enum class Ending : std::uint8_t { no, drains, stops };

/// Between two dispatches every client rings with a message on its socket, and these sockets stand in the loop's own descriptor: no other thread
/// has to wake up for a call. While it dispatches, the server looks at them as one in run() does.
class ServerLoop {
 public:
  ServerLoop(Registry& registry, std::shared_ptr<LoopSet> set) : registry_(registry), set_(std::move(set)), links_(registry, set_) {}

  [[nodiscard]] const Fd& fd() const noexcept { return set_->fd(); }
  /// Runs at most `limit` handlers; how many it ran. Errors (thrown): std::logic_error when it runs already.
  std::size_t dispatch_ready(std::size_t limit, const std::atomic<Ending>& ending);
  /// Inside of a handler: runs others until the wait is over.
  void serve_meanwhile(Meanwhile& wait, const std::atomic<Ending>& ending) noexcept;

 private:
  /// Says that nobody looks any more, and looks once more: what is left makes the descriptor readable.
  void leave() noexcept;

  Registry& registry_;
  const std::shared_ptr<LoopSet> set_;
  HotLinks links_;  // of the thread that dispatches
};

}  // namespace shmidl::rpc
