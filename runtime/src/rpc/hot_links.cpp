#include "rpc/hot_links.hpp"

#include <new>
#include <utility>

#include "os/process.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

namespace {

/// So many links are always hot: a small server never pays for a bell. Chosen, not measured.
constexpr std::size_t kAlwaysHot = 8;
/// The most that sleep on futexes at a time, of the 127 that the kernel takes. Chosen, not measured: each costs 0.1 µs in a sleep.
constexpr std::size_t kMostHot = 64;
/// A link that was not called on for one to two of these goes cold. Chosen, not measured: a bell costs a client a few microseconds.
constexpr std::chrono::milliseconds kCoolEvery{10};
/// Rounds between two looks at the clock.
constexpr std::uint32_t kRounds = 1024;

}  // namespace

void HotLinks::admit() noexcept {
  while (Link link = registry_.take_rung()) {
    link->bury();
    if (link->engine_note.hot) continue;
    heat(std::move(link));
  }
}

void HotLinks::heat(Link link) noexcept {
  view_.reset();
  try {
    if (loop_ != nullptr && !link->enter_loop(loop_)) throw std::bad_alloc();
    if (hot_.size() >= kMostHot && !never_sleeps_) cool();
    link->engine_note.hot = true;
    link->engine_note.called = true;
    hot_.push_back(std::move(link));
    hot_.back()->announce(shm::kAwake);
  } catch (const std::bad_alloc&) {
    // Without memory to look at it, the link cannot be served.
    link->engine_note.hot = false;
    registry_.remove(link);
    link->end(LinkState::closed);
  }
}

bool HotLinks::look_at(std::vector<Link>& links, std::size_t at, Link& link, stub::Link::Job& job, bool& gone) noexcept {
  const Link& candidate = links[at];
  // The state first: what a peer published before it died is seen after its death is.
  const bool alive = candidate->state() == LinkState::alive;
  if (candidate->take_job(job)) {
    candidate->engine_note.called = true;
    if (link != candidate) link = candidate;
    return true;
  }
  gone = !alive && !candidate->waits_for_others();
  if (!gone) return false;
  candidate->bury();
  if (link == candidate) link.reset();
  view_.reset();
  registry_.remove(candidate);
  links[at] = std::move(links.back());
  links.pop_back();
  return false;
}

bool HotLinks::take_job(Link& link, stub::Link::Job& job, bool idle) noexcept {
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    if (++next_ >= hot_.size()) next_ = 0;
    bool gone = false;
    if (look_at(hot_, next_, link, job, gone)) return true;
    if (gone) --i;
  }
  if (!cold_.empty() && look_at_cold(link, job, idle ? kIdleColdLooks : kColdLooks)) return true;
  if ((++rounds_ % kRounds) == 0) cool();
  return false;
}

bool HotLinks::look_at_cold(Link& link, stub::Link::Job& job, std::size_t looks) noexcept {
  for (std::size_t i = 0; i < looks && !cold_.empty(); ++i) {
    if (++next_cold_ >= cold_.size()) next_cold_ = 0;
    bool gone = false;
    if (!look_at(cold_, next_cold_, link, job, gone)) continue;
    std::swap(cold_[next_cold_], cold_.back());
    Link found = std::move(cold_.back());
    cold_.pop_back();
    heat(std::move(found));
    return true;
  }
  return false;
}

void HotLinks::cool() noexcept {
  if (hot_.size() <= kAlwaysHot) return;
  const bool full = hot_.size() >= kMostHot && !never_sleeps_;
  const os::TimePoint now = os::Clock::now();
  if (!full && now - cooled_ < kCoolEvery) return;
  cooled_ = now;
  view_.reset();
  // From the oldest on; those that were called since the last time stay unless there are too many.
  std::size_t kept = 0;
  std::vector<Link> leaving;
  try {
    leaving.reserve(hot_.size());
    cold_.reserve(never_sleeps_ ? cold_.size() + hot_.size() : 0);
  } catch (const std::bad_alloc&) {
    return;  // they stay hot
  }
  const std::size_t surplus = hot_.size() - kAlwaysHot;
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const bool called = std::exchange(hot_[i]->engine_note.called, false);
    const bool leaves = leaving.size() < surplus && (!called || (full && leaving.size() < kMostHot / 4));
    if (leaves) leaving.push_back(std::move(hot_[i]));
    else if (kept != i) hot_[kept++] = std::move(hot_[i]);
    else ++kept;
  }
  hot_.resize(kept);
  next_ = 0;
  if (never_sleeps_) {
    for (Link& link : leaving) {
      link->engine_note.hot = false;
      cold_.push_back(std::move(link));
    }
    return;
  }
  for (const Link& link : leaving) link->announce(shm::kSocket);
  shm::announced<shm::Access>();
  for (Link& link : leaving) {
    // The last look: what was published before the fence saw the announcement is found here, what comes later rings.
    // A call that has to wait for another one has rung already, so its link stays.
    if (link->state() == LinkState::alive && !link->has_request()) {
      link->engine_note.hot = false;
      continue;
    }
    link->announce(shm::kAwake);
    hot_.push_back(std::move(link));
  }
}

const std::shared_ptr<const HotLinks::View>& HotLinks::view() noexcept {
  if (view_ != nullptr) return view_;
  try {
    auto view = std::make_shared<View>();
    view->links.reserve(hot_.size() + cold_.size());
    view->links = hot_;
    view->links.insert(view->links.end(), cold_.begin(), cold_.end());
    view->hot = hot_.size();
    view_ = std::move(view);
  } catch (const std::bad_alloc&) {
    // Then the leader looks as it does where it is alone.
  }
  return view_;
}

bool HotLinks::callers_share_core() const noexcept {
  const std::uint32_t core = os::current_core();
  bool any = false;
  bool all = true;
  for (const Link& link : hot_) {
    if (!link->engine_note.called) continue;
    link->tell_core(core);
    any = true;
    all = all && link->peer_core() == core;
  }
  return any && all;
}

bool HotLinks::has_work() const noexcept {
  for (const Link& link : hot_) {
    // A dead link whose oneway call still runs, or whose object is busy, waits for the end of that, which rings.
    if (link->has_job() || (link->state() != LinkState::alive && !link->waits_for_others())) return true;
  }
  return false;
}

}  // namespace shmidl::rpc
