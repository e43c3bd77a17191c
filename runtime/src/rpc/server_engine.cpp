#include "rpc/server_engine.hpp"

#include <array>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "os/fork.hpp"
#include "os/futex.hpp"
#include "os/service_dir.hpp"
#include "rpc/meanwhile.hpp"
#include "rpc/neighbours.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

using shm::Access;

ServerEngine::ServerEngine(std::string_view name, const ServerOptions& options)
    : options_(options), registry_(std::make_shared<Registry>(std::string(name), options)),
      slow_inline_(options.on_slow_inline ? std::make_shared<SlowInline>(options) : nullptr), process_mark_(os::process_mark()) {
  if (options.threads == 0) throw std::invalid_argument("ServerOptions::threads is 0: a server needs at least one thread");
  if (options.on_slow_inline && options.slow_inline_after <= options.slow_inline_after.zero()) {
    throw std::invalid_argument("ServerOptions::slow_inline_after is not above zero");
  }
  auto place = os::parse_place(name);
  if (!place) throw Error(place.error());
  std::optional<os::Listener> listener;
  if (!place->in_process) {
    auto dir = place->dir.empty() ? os::ServiceDir::for_serving() : os::ServiceDir::for_path(place->dir);
    if (!dir) throw Error(dir.error());
    auto opened = os::Listener::open(*dir, place->name, options.allow ? os::kEveryone : os::kOwnerOnly);
    if (!opened) throw Error(opened.error());
    listener.emplace(std::move(*opened));
  }
  if (alone_) registry_->serve_inside(*this);
  acceptor_ = std::make_shared<Acceptor>(registry_, std::move(listener));
  if (!place->in_process) return;
  if (auto taken = Neighbours::take_name(place->name, acceptor_); !taken) throw Error(taken.error());
  name_here_ = place->name;
}

ServerEngine::~ServerEngine() { end(); }

void ServerEngine::end() noexcept {
  if (process_mark_ != os::process_mark()) return;  // a forked child: the connections are the parent's
  if (!name_here_.empty()) Neighbours::give_up(name_here_, *acceptor_);
  acceptor_->close();
  stop();
  for (const auto& link : registry_->close()) {
    if (!at_work_.load(std::memory_order_relaxed) || !link->cut()) link->end(LinkState::closed);
  }
}

void ServerEngine::serve(Object& object, std::shared_ptr<Object> keeper) {
  if (driver_.load(std::memory_order_relaxed) != Driver::nobody) throw std::logic_error("Server::serve comes before Server::run and Server::poll_fd");
  registry_->serve(object, std::move(keeper));
}

void ServerEngine::stop() noexcept {
  ending_.store(Ending::stops, std::memory_order_seq_cst);
  registry_->give_up_streams();
  registry_->ring();
}

namespace {
/// Between two tries to tell a client whose socket is full. Chosen, not measured.
constexpr std::chrono::milliseconds kCutAgain{10};

/// Ends what drain() did not.
struct Cutter final : Watched {
  explicit Cutter(std::weak_ptr<Registry> of) noexcept : registry(std::move(of)) {}
  void on_ready(std::uint64_t) noexcept override {}
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override {
    const auto all = registry.lock();
    if (all == nullptr || all->cut()) return std::nullopt;
    return now + kCutAgain;
  }
  const std::weak_ptr<Registry> registry;
};
}  // namespace

void ServerEngine::drain(std::chrono::nanoseconds timeout) noexcept {
  if (process_mark_ != os::process_mark() || drains_.exchange(true, std::memory_order_seq_cst)) return;
  // The successor may take the name from here on; who was about to come finds it, or comes again.
  if (!name_here_.empty()) Neighbours::give_up(name_here_, *acceptor_);
  acceptor_->close();
  registry_->drain();
  registry_->give_up_streams();
  bool cuts = false;
  try {
    cutter_ = std::make_shared<Cutter>(registry_);
    cuts = Watcher::tick(cutter_, os::Deadline::in(timeout).at).has_value();
  } catch (const std::bad_alloc&) {
  }
  if (!cuts) static_cast<void>(registry_->cut());  // without memory for a later one
  Ending before = Ending::no;
  ending_.compare_exchange_strong(before, Ending::drains, std::memory_order_seq_cst);
  registry_->ring();
}

void ServerEngine::end_drain() noexcept {
  if (!drains_.load(std::memory_order_seq_cst)) return;
  // What came where nobody has looked, or whose ring is on its way, or waited for the last handler: oneway calls run, others are told. Each client
  // has so many under way at most, and whoever goes on calling is not waited for.
  constexpr unsigned kMost = shm::kRingCells + shm::kCallLanes;
  stub::Link::Job job;
  for (const auto& link : registry_->close()) {
    for (unsigned i = 0; i < kMost && link->take_job(job); ++i) link->run(job);
    link->end(LinkState::closed);
  }
}

bool ServerEngine::is_drained() noexcept {
  if (lead_.waiting() + 1 < options_.threads) return false;
  Ending before = Ending::drains;
  ending_.compare_exchange_strong(before, Ending::stops, std::memory_order_seq_cst);
  return true;
}

void ServerEngine::run() {
  choose(Driver::threads);
  const AtWork here(at_work_);
  if (auto accepting = acceptor_->start(); !accepting) throw Error(accepting.error());
  std::vector<std::thread> helpers;
  auto join = [&] {
    for (std::thread& helper : helpers) helper.join();
  };
  try {
    helpers.reserve(options_.threads - 1);
    for (unsigned i = 1; i < options_.threads; ++i) helpers.emplace_back([this, i] { work_in_pool(lead_.turn(i)); });
  } catch (const std::exception& error) {
    stop();
    join();
    throw Error(Errc::no_resources, std::string("cannot start the server's threads: ") + error.what());
  }
  if (alone_) work_alone();
  else work_in_pool(lead_.turn(0));
  join();
  end_drain();
}

void ServerEngine::choose(Driver driver) {
  if (process_mark_ != os::process_mark()) throw Error(Errc::forked, "this server belongs to the parent process");
  Driver before = Driver::nobody;
  if (driver_.compare_exchange_strong(before, driver, std::memory_order_relaxed) || before == driver) return;
  throw std::logic_error(driver == Driver::threads ? "Server::run: this server is driven by Server::dispatch_ready"
                                                   : "Server::poll_fd, Server::dispatch_ready: this server is driven by Server::run");
}

int ServerEngine::poll_fd() {
  if (options_.wait == Wait::poll) throw std::logic_error("Server::poll_fd: clients never wake a server whose ServerOptions::wait is Wait::poll");
  if (options_.threads != 1) throw std::logic_error("Server::poll_fd: a server in an event loop has one thread, which calls Server::dispatch_ready");
  choose(Driver::loop);
  if (loop_ == nullptr) {
    auto set = LoopSet::open();
    if (!set) throw Error(set.error());
    auto loop = std::make_unique<ServerLoop>(*registry_, *set);
    registry_->serve_in(std::move(*set));
    if (auto accepting = acceptor_->start(); !accepting) throw Error(accepting.error());
    loop_ = std::move(loop);
    if (ending_.load(std::memory_order_seq_cst) != Ending::no) registry_->ring();  // it came before there was anything to make readable
  }
  return loop_->fd().get();
}

std::size_t ServerEngine::dispatch_ready(std::size_t limit) {
  static_cast<void>(poll_fd());
  const AtWork here(at_work_);
  const std::size_t count = loop_->dispatch_ready(limit, ending_);
  if (count < limit && ending_.load(std::memory_order_seq_cst) == Ending::drains) {
    ending_.store(Ending::stops, std::memory_order_seq_cst);
    end_drain();
  }
  return count;
}

void ServerEngine::work_alone() noexcept {
  std::shared_ptr<stub::Link> link;
  stub::Link::Job job;
  Permits::Part part;
  while (lead_alone(part, link, job)) {
    part.begin();
    link->run(job);
    // Oneway calls come in swarms; others wait no longer than for a few of them.
    constexpr int kSwarm = 16;
    for (int i = 0; job.kind == stub::Link::Job::Kind::oneway && i < kSwarm && link->run_next_oneway(job); ++i) {
    }
    part.end();
  }
}

void ServerEngine::serve_meanwhile(Meanwhile& wait) noexcept {
  if (loop_ != nullptr) return loop_->serve_meanwhile(wait, ending_);
  std::shared_ptr<stub::Link> link;
  stub::Link::Job job;
  Spinner spinner(options_.wait, history_);
  const auto is_over = [&] { return wait.is_done() || ending_.load(std::memory_order_relaxed) == Ending::stops; };
  // The permit of the handler that waits counts for those that run inside of it.
  const auto serve = [&] {
    if (registry_->has_rung()) links_.admit();
    if (!links_.take_job(link, job, spinner.looks() != 0)) return false;
    link->run(job);
    return true;
  };
  serve_until(is_over, spinner, serve, [&] {
    if (!looks_on(spinner)) doze(spinner);
  });
}

void ServerEngine::work_in_pool(Lead::Turn& turn) noexcept {
  std::shared_ptr<stub::Link> link;
  stub::Link::Job job;
  Permits::Part part;
  for (;;) {
    lead_.take(turn);
    join_callers(part);
    const Led led = lead_pool(turn, part, link, job);
    lead_.pass(turn);
    if (led == Led::to_stop) return;
    if (led == Led::deposed) continue;
    part.begin();
    link->run(job);
    part.end();
    if (link->holds_others(job)) registry_->turn_ended();
    link.reset();
  }
}

void ServerEngine::run_on_arrival(stub::Link& link, stub::Link::Job& job) noexcept {
  if (slow_inline_ != nullptr) slow_inline_->begin(link.served(), link.served().methods[job.body.method_or_status]);
  link.run(job);
  if (slow_inline_ != nullptr) slow_inline_->end();
}

/// Between two looks for calls to refuse while the last handlers run. Chosen, not measured.
static constexpr std::chrono::milliseconds kDrainNap{1};

/// A round takes as long as so many looks of the Spinner's; measured with one link and expect_call().
static constexpr unsigned kRound = 32;

bool ServerEngine::take_job(std::shared_ptr<stub::Link>& link, stub::Link::Job& job, Spinner& spinner) noexcept {
  if (registry_->has_rung()) [[unlikely]] links_.admit();
  if (!links_.take_job(link, job, spinner.looks() != 0)) return false;
  spinner.found();
  return true;
}

bool ServerEngine::looks_on(Spinner& spinner) noexcept {
  if (options_.wait != Wait::block && !shares_core_ && !links_.empty() && spinner.again(kRound)) {
    // A round without a call: somebody may be kept from calling.
    if (spinner.looks() == kRound && options_.wait == Wait::adaptive) shares_core_ = links_.callers_share_core();
    if (!shares_core_) return true;
  }
  return options_.wait == Wait::poll && !links_.empty();
}

void ServerEngine::doze(Spinner& spinner) noexcept {
  sleep();
  spinner.slept();
  if (options_.wait == Wait::adaptive) shares_core_ = links_.callers_share_core();
}

bool ServerEngine::lead_alone(Permits::Part& part, std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept {
  Spinner spinner(options_.wait, history_);
  for (;;) {
    const Ending ending = ending_.load(std::memory_order_relaxed);
    if (ending == Ending::stops) return false;
    if (take_job(link, job, spinner)) return true;
    if (ending == Ending::drains) [[unlikely]] return ending_.store(Ending::stops, std::memory_order_seq_cst), false;
    if (options_.wait != Wait::block && !shares_core_ && link != nullptr && link->expect_call(job)) {
      link->engine_note.called = true;
      spinner.found();
      return true;
    }
    join_callers(part);
    if (!looks_on(spinner)) doze(spinner);
  }
}

ServerEngine::Led ServerEngine::lead_pool(Lead::Turn& turn, Permits::Part& part, std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept {
  Spinner spinner(options_.wait, history_);
  std::shared_ptr<const HotLinks::View> view;
  std::size_t next_cold = 0;
  for (bool tired = false;;) {
    if (!lead_.enter(turn)) return Led::deposed;
    if (view != nullptr && next_cold >= view->hot) links_.expect_cold(next_cold - view->hot);
    const Ending ending = ending_.load(std::memory_order_relaxed);
    bool stops = ending == Ending::stops;
    const bool found = !stops && take_job(link, job, spinner);
    if (!found && ending == Ending::drains) [[unlikely]] {
      stops = is_drained();
      if (!stops) {
        lead_.leave(turn);
        std::this_thread::sleep_for(kDrainNap);
        continue;
      }
    }
    if (found && link->runs_on_arrival(job)) {
      // Not to be deposed meanwhile: whoever is inline is expected to be short.
      part.begin();
      run_on_arrival(*link, job);
      part.end();
      lead_.leave(turn);
      tired = false;
      continue;
    }
    if (stops || found) {
      lead_.leave(turn);
      return stops ? Led::to_stop : Led::to_job;
    }
    if (!tired && looks_on(spinner)) {
      if (view == nullptr || view != links_.view()) view = links_.view();
    } else {
      view.reset();
      join_callers(part);
      doze(spinner);
    }
    lead_.leave(turn);
    tired = view != nullptr && !watch(turn, spinner, *view, next_cold);
  }
}

bool ServerEngine::watch(Lead::Turn& turn, Spinner& spinner, const HotLinks::View& view, std::size_t& next_cold) noexcept {
  // So many rounds, then one that takes in what these do not look for: most of the time the leader may be deposed. Chosen, not measured.
  constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    lead_.beat(turn);
    if (ending_.load(std::memory_order_relaxed) != Ending::no || registry_->has_rung()) return true;
    for (std::size_t i = 0; i < view.hot; ++i) {
      if (view.links[i]->may_have_job()) return true;
    }
    for (std::size_t i = 0; i < HotLinks::kIdleColdLooks && view.hot < view.links.size(); ++i) {
      if (++next_cold >= view.links.size() || next_cold < view.hot) next_cold = view.hot;
      if (view.links[next_cold]->may_have_job()) return true;
    }
    if (!spinner.again(kRound)) return false;
  }
  return true;
}

void ServerEngine::sleep() noexcept {
  links_.cool();
  // sync Registry.alarm acquire: what was done before the ring that this value counts is seen below; pairs with release in Registry::ring().
  const std::uint32_t alarm = registry_->alarm().load(std::memory_order_acquire);
  // A futex word for each link that is looked at, where the kernel takes several; else their clients ring, as those of the others do.
  std::array<os::Waiter, os::kMaxWaiters> waiters;
  std::size_t count = 0;
  waiters[count++] = {os::word_of(registry_->alarm()), alarm, true};
  const auto& links = links_.links();
  const bool one = links.size() == 1;
  const bool words = one || (os::waitv_supported() && links.size() < os::kMaxWaiters);
  for (const auto& link : links) {
    if (words) waiters[count++] = {os::word_of(link->peer_bell()), link->bell_count(), false};
    link->announce(words ? shm::kFutex : shm::kSocket);
  }
  registry_->set_asleep(true);
  lead_.idle(true);
  // sync asleep fence: between the announcements and the last look; pairs with the fence in Registry::turn_ended().
  shm::announced<Access>();
  if (ending_.load(std::memory_order_seq_cst) == Ending::no && !registry_->has_rung() && !links_.has_work()) {
    if (one) registry_->sleep_on(links[0]->peer_bell(), waiters[1].expected, alarm);
    else if (count > 1) static_cast<void>(os::wait_any(std::span(waiters).first(count), os::Deadline::never()));
    else os::wait_private(os::word_of(registry_->alarm()), alarm, os::Deadline::never());
  }
  lead_.idle(false);
  registry_->set_asleep(false);
  for (const auto& link : links) link->announce(shm::kAwake);
}

}  // namespace shmidl::rpc
