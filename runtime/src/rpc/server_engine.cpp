#include "rpc/server_engine.hpp"

#include <array>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "os/fork.hpp"
#include "os/futex.hpp"
#include "os/service_dir.hpp"
#include "rpc/spin.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

using shm::Access;

ServerEngine::ServerEngine(std::string_view name, const ServerOptions& options)
    : options_(options), registry_(std::make_shared<Registry>(std::string(name), options)), process_mark_(os::process_mark()) {
  if (options.threads == 0) throw std::invalid_argument("ServerOptions::threads is 0: a server needs at least one thread");
  auto place = os::parse_place(name);
  if (!place) throw Error(place.error());
  auto dir = place->dir.empty() ? os::ServiceDir::for_serving() : os::ServiceDir::for_path(place->dir);
  if (!dir) throw Error(dir.error());
  auto listener = os::Listener::open(*dir, place->name, options.allow ? os::kEveryone : os::kOwnerOnly);
  if (!listener) throw Error(listener.error());
  acceptor_ = std::make_shared<Acceptor>(registry_, std::move(*listener));
}

ServerEngine::~ServerEngine() {
  if (process_mark_ != os::process_mark()) return;  // a forked child: the connections are the parent's
  acceptor_->close();
  for (const auto& link : registry_->close()) link->end(LinkState::closed);
}

void ServerEngine::serve(Object& object, std::shared_ptr<Object> keeper) {
  if (running_) throw std::logic_error("Server::serve comes before Server::run");
  registry_->serve(object, std::move(keeper));
}

void ServerEngine::stop() noexcept {
  stopping_.store(true, std::memory_order_seq_cst);
  registry_->ring();
}

void ServerEngine::run() {
  running_ = true;
  if (auto accepting = acceptor_->start(); !accepting) throw Error(accepting.error());
  std::vector<std::thread> helpers;
  auto join = [&] {
    for (std::thread& helper : helpers) helper.join();
  };
  try {
    helpers.reserve(options_.threads - 1);
    for (unsigned i = 1; i < options_.threads; ++i) helpers.emplace_back([this] { work(); });
  } catch (const std::exception& error) {
    stop();
    join();
    throw Error(Errc::no_resources, std::string("cannot start the server's threads: ") + error.what());
  }
  work();
  join();
}

void ServerEngine::work() noexcept {
  std::shared_ptr<stub::Link> link;
  stub::Link::Job job;
  for (;;) {
    {
      std::unique_lock lead(lead_mutex_, std::defer_lock);
      if (!alone_) lead.lock();
      if (!lead_once(link, job)) return;
    }
    link->run(job);
    // Oneway calls come in swarms; others wait no longer than for a few of them.
    constexpr int kSwarm = 16;
    for (int i = 0; alone_ && job.kind == stub::Link::Job::Kind::oneway && i < kSwarm && link->run_next_oneway(job); ++i) {
    }
    // What waited for the end of this job may now begin; the leader may be asleep.
    if (!alone_ && job.kind == stub::Link::Job::Kind::oneway) registry_->ring();
    if (!alone_) link.reset();
  }
}

bool ServerEngine::lead_once(std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept {
  Spinner spinner(options_.wait);
  for (;;) {
    if (stopping_.load(std::memory_order_relaxed)) return false;
    registry_->refresh(links_, version_);
    if (sweep(link, job)) return true;
    if (alone_ && link != nullptr && options_.wait != Wait::block && link->expect_call(job)) return true;
    if (!links_.empty() && spinner.again()) continue;
    sleep();
    spinner.restart();
  }
}

bool ServerEngine::sweep(std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    // Each sweep begins after the link that was served last: a busy client does not starve the others.
    if (++next_ >= links_.size()) next_ = 0;
    const std::shared_ptr<stub::Link>& candidate = links_[next_];
    // The state first: what a peer published before it died is seen after its death is.
    const bool alive = candidate->state() == LinkState::alive;
    if (candidate->take_job(job)) {
      if (link != candidate) link = candidate;
      return true;
    }
    if (alive || candidate->oneway_running()) continue;
    if (link == candidate) link.reset();
    registry_->remove(candidate);
    links_[next_] = std::move(links_.back());
    links_.pop_back();
    --i;
  }
  return false;
}

void ServerEngine::sleep() noexcept {
  // sync Registry.alarm acquire: what was done before the ring that this value counts is seen below; pairs with release in Registry::ring().
  const std::uint32_t alarm = registry_->alarm().load(std::memory_order_acquire);
  // One futex word for each link as far as the kernel takes them; the others ring through their sockets and the watcher.
  std::array<os::Waiter, os::kMaxWaiters> waiters;
  std::size_t count = 0;
  waiters[count++] = {os::word_of(registry_->alarm()), alarm, true};
  const bool words = os::waitv_supported();
  for (const auto& link : links_) {
    if (words && count < os::kMaxWaiters) {
      waiters[count++] = {os::word_of(link->peer_bell()), link->bell_count(), false};
      link->announce(shm::kFutex);
    } else {
      link->announce(shm::kSocket);
    }
  }
  shm::announced<Access>();
  bool idle = !stopping_.load(std::memory_order_seq_cst);
  idle = idle && registry_->is_current(version_);
  for (std::size_t i = 0; idle && i < links_.size(); ++i) {
    // A dead link whose oneway call still runs waits for its end, which rings.
    idle = (links_[i]->state() == LinkState::alive || links_[i]->oneway_running()) && !links_[i]->has_job();
  }
  if (idle) {
    if (words) static_cast<void>(os::wait_any(std::span(waiters).first(count), os::Deadline::never()));
    else os::wait_private(os::word_of(registry_->alarm()), alarm, os::Deadline::never());
  }
  for (const auto& link : links_) link->announce(shm::kAwake);
}

}  // namespace shmidl::rpc
