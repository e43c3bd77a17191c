#include "rpc/server_loop.hpp"

#include <stdexcept>

#include "rpc/meanwhile.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

std::size_t ServerLoop::dispatch_ready(std::size_t limit, const std::atomic<Ending>& ending) {
  if (!set_->begin()) {
    throw std::logic_error("Server::dispatch_ready runs on one thread at a time, and not in a handler that it runs");
  }
  set_->take_ready();
  for (const auto& link : links_.links()) link->announce(shm::kAwake);
  std::shared_ptr<stub::Link> link;
  stub::Link::Job job;
  std::size_t count = 0;
  while (count < limit && ending.load(std::memory_order_relaxed) != Ending::stops) {
    if (registry_.has_rung()) links_.admit();
    if (!links_.take_job(link, job, false)) break;
    link->run(job);
    ++count;
  }
  if (ending.load(std::memory_order_relaxed) != Ending::stops) leave();
  set_->end();
  return count;
}

void ServerLoop::serve_meanwhile(Meanwhile& wait, const std::atomic<Ending>& ending) noexcept {
  SpinHistory history;
  Spinner spinner(Wait::adaptive, history);
  std::shared_ptr<stub::Link> link;
  stub::Link::Job job;
  const auto serve = [&] {
    if (registry_.has_rung()) links_.admit();
    if (!links_.take_job(link, job, false)) return false;
    link->run(job);
    return true;
  };
  const auto is_over = [&] { return wait.is_done() || ending.load(std::memory_order_relaxed) == Ending::stops; };
  serve_until(is_over, spinner, serve, [&] { look_or_nap(spinner); });
}

void ServerLoop::leave() noexcept {
  links_.cool();
  for (const auto& link : links_.links()) link->announce(shm::kSocket);
  shm::announced<shm::Access>();
  if (registry_.has_rung() || links_.has_work()) set_->leave_ready();
}

}  // namespace shmidl::rpc
