#include "roles.hpp"

#include <cstring>
#include <limits>

namespace explorer {

void CalleeRole::begin(const Settings& settings, std::uint32_t lanes, std::uint32_t first) {
  settings_ = settings;
  lanes_ = lanes;
  for (auto& end : ends_) end = shm::CalleeLane{first};
  ring = shm::RingReceiver{first};
  for (bool& flag : entered) flag = false;
  for (bool& flag : replied) flag = false;
  next_oneway = 0;
  acknowledged = first;
  oneways_done = 0;
}

bool CalleeRole::dead() const {
  if (!settings_.deaths || settings_.fault == Fault::death_not_looked_at) return false;
  return engine().load(&world().callee_private.state, Order::ordered, "Link::state") != 0;
}

void CalleeRole::serve(int calls, int oneways) {
  while (calls + oneways != 0) {
    // The state first: what a peer published before it died is seen after its death is.
    const bool gone = dead();
    if (oneways != 0 && take_oneway()) --oneways;
    else if (calls != 0 && take_call()) --calls;
    else if (gone) return;
    else if (settings_.callee_sleeps) sleep();
    else engine().pause();
  }
}

bool CalleeRole::look_for_call(std::uint32_t& lane) {
  const std::uint32_t lanes = lanes_ > 1 ? shm::lanes_in_use<A>(world().caller) : lanes_;
  for (lane = 0; lane < lanes; ++lane) {
    const shm::Look look = shm::look_for_request<A>(world().caller, lane, ends_[lane]);
    engine().expect(look != shm::Look::nonsense, "a number that no correct caller writes");
    if (look == shm::Look::waits) return true;
  }
  return false;
}

bool CalleeRole::take_call() {
  std::uint32_t lane = 0;
  if (!look_for_call(lane)) return false;
  answer(lane);
  return true;
}

void CalleeRole::answer(std::uint32_t lane) {
  const shm::Segment& peer = world().caller;
  shm::Segment& mine = world().callee;
  shm::CellBody body;
  shm::take<A>(peer.requests[lane], body);
  ++ends_[lane].sequence;
  const std::uint32_t number = body.content_bytes;
  if (is_small(number)) {
    const std::uint64_t content = pattern(number);
    engine().expect(body.method_or_status == kSmallMethod && std::memcmp(body.content, &content, sizeof content) == 0, "the request is another call's");
  } else {
    engine().expect(payload_is(peer.arena + lane * kPiece, number), "the request's memory is another call's");
  }
  entered[lane] = settings_.fault == Fault::started_after_the_handler || settings_.fault == Fault::never_started;
  if (settings_.fault != Fault::never_started) shm::mark_started<A>(mine, lane, ends_[lane]);
  entered[lane] = true;
  const shm::CallerWaiting early = settings_.fault == Fault::replier_looks_before_publishing ? shm::caller_waits<A>(peer, lane) : shm::kLooks;
  send_reply(lane, number);
  replied[lane] = true;
  if (!settings_.caller_sleeps || settings_.fault == Fault::nobody_wakes_the_caller) return;
  const shm::CallerWaiting how = settings_.fault == Fault::replier_looks_before_publishing ? early : shm::caller_waits<A>(peer, lane);
  if (how == shm::kOnReply) engine().wake(&mine.replies[lane].sequence, 1);
  if (how != shm::kOnMessage) return;
  shm::Word& mail = world().caller_private.mail;
  engine().add(&mail, 1, Order::sequential, "os::send");
  engine().wake(&mail, 1);
}

void CalleeRole::send_reply(std::uint32_t lane, std::uint32_t number) {
  shm::Segment& mine = world().callee;
  if (is_small(number)) {
    write_payload(mine.replies[lane].body.content, ~number);
    shm::send_written_reply<A>(mine, lane, ends_[lane], shm::pack_head(0, 0, 0, sizeof(std::uint64_t)));
    return;
  }
  write_payload(mine.arena + lane * kPiece, ~number);
  shm::CellBody body;
  body.content_bytes = ~number;
  shm::send_reply<A>(mine, lane, ends_[lane], body);
}

void CalleeRole::acknowledge() {
  shm::Segment& mine = world().callee;
  const bool early = settings_.fault == Fault::acknowledger_looks_before_storing && shm::room_wanted<A>(world().caller);
  acknowledged = ring.last;
  shm::acknowledge<A>(mine, ring.last);
  if (!settings_.caller_sleeps || settings_.fault == Fault::nobody_wakes_the_sender) return;
  const bool wanted = settings_.fault == Fault::acknowledger_looks_before_storing ? early : shm::room_wanted<A>(world().caller);
  if (wanted) engine().wake(&mine.control.taken, std::numeric_limits<int>::max());
}

bool CalleeRole::take_oneway() {
  const shm::Segment& peer = world().caller;
  if (!shm::pop_waits<A>(peer, ring)) return false;
  shm::CellBody body;
  if (settings_.fault == Fault::acknowledged_before_the_read) shm::acknowledge<A>(world().callee, ring.last + 1);
  if (settings_.fault == Fault::batch_acknowledged_too_early && ring.last == acknowledged) {
    shm::acknowledge<A>(world().callee, ring.last + settings_.batch);
  }
  shm::pop<A>(peer, ring, body);
  engine().expect(body.content_bytes == next_oneway, "a oneway call is lost, or comes twice");
  engine().expect(payload_is(peer.arena + ring.last % shm::kRingCells * kPiece, next_oneway), "the memory of a oneway call is another's");
  ++next_oneway;
  ++oneways_done;
  const bool rest = settings_.batch != 1 && settings_.fault != Fault::rest_not_acknowledged && !shm::pop_waits<A>(peer, ring);
  if (ring.last - acknowledged >= settings_.batch || rest) acknowledge();
  return true;
}

bool CalleeRole::has_job() {
  std::uint32_t lane = 0;
  return look_for_call(lane) || shm::pop_waits<A>(world().caller, ring);
}

void CalleeRole::sleep() {
  shm::Segment& mine = world().callee;
  const shm::Segment& peer = world().caller;
  const shm::Word& alarm_word = world().callee_private.alarm;
  const bool alarms = settings_.deaths || settings_.one_word || !settings_.waitv;
  const std::uint32_t alarm = alarms ? engine().load(&alarm_word, Order::ordered, "ServerEngine::sleep") : 0;
  std::uint32_t bell = shm::bell_count<A>(peer);
  bool idle = true;
  if (settings_.fault == Fault::callee_looks_before_announcing) idle = !has_job();
  shm::announce_callee<A>(mine, settings_.waitv ? shm::kFutex : shm::kSocket);
  shm::announced<A>();
  if (settings_.fault != Fault::callee_looks_before_announcing && settings_.fault != Fault::callee_does_not_look_again) idle = !has_job();
  if (settings_.fault == Fault::bell_counted_after_the_look) bell = shm::bell_count<A>(peer);
  if (idle && !dead()) {
    if (settings_.one_word) sleep_on_bell(bell, alarm);
    else if (!settings_.waitv) engine().wait({{&alarm_word, alarm}});
    else if (alarms) engine().wait({{&alarm_word, alarm}, {&peer.control.bell, bell}});
    else engine().wait({{&peer.control.bell, bell}});
  }
  shm::announce_callee<A>(mine, shm::kAwake);
}

/// Registry::sleep_on().
void CalleeRole::sleep_on_bell(std::uint32_t bell, std::uint32_t alarm) {
  PrivateWords& own = world().callee_private;
  const bool tells = settings_.fault != Fault::sleep_on_the_bell_not_told;
  if (tells) engine().add(&own.sleeps, 1, Order::sequential, "Registry::sleep_on");
  if (settings_.fault == Fault::alarm_not_looked_at || engine().load(&own.alarm, Order::sequential, "Registry::sleep_on") == alarm) {
    engine().wait({{&world().caller.control.bell, bell}});
  }
  if (tells) engine().add(&own.sleeps, 1, Order::sequential, "Registry::sleep_on");
}

// ── watchers ──────────────────────────────────────────────────────────────────────────────────────

namespace {
constexpr int kAll = std::numeric_limits<int>::max();

/// Registry::ring().
void ring_alarm(const Settings& settings) {
  PrivateWords& own = world().callee_private;
  engine().add(&own.alarm, 1, Order::sequential, "Registry::ring");
  engine().wake(&own.alarm, kAll);
  if (!settings.one_word) return;
  const std::uint32_t sleep = engine().load(&own.sleeps, Order::sequential, "Registry::ring");
  if (sleep % 2 == 0) return;
  for (;;) {
    engine().wake(&world().caller.control.bell, 1);
    if (settings.fault == Fault::alarm_wakes_once || engine().load(&own.sleeps, Order::sequential, "Registry::ring") != sleep) return;
    engine().tick();
  }
}
}  // namespace

void watch(int process, const Settings& settings, std::uint32_t lanes) {
  const bool caller = process == kCallerProcess;  // this watcher's own
  PrivateWords& own = caller ? world().caller_private : world().callee_private;
  const auto wake_everyone = [&] {
    if (settings.fault == Fault::watcher_does_not_wake) return;
    engine().wake(&own.state, kAll);
    if (settings.waitv || !caller) return;
    for (std::uint32_t lane = 0; lane < lanes; ++lane) engine().wake(&world().callee.replies[lane].sequence, kAll);
    if (lanes == 0) engine().wake(&world().callee.control.taken, kAll);
  };
  engine().await_death(caller ? kCalleeProcess : kCallerProcess);
  if (settings.fault == Fault::watcher_wakes_before_the_state) {
    wake_everyone();
    engine().store(&own.state, 1, Order::sequential, "Link::end");
    return;
  }
  engine().store(&own.state, 1, Order::sequential, "Link::end");
  wake_everyone();
  if (!caller && settings.fault != Fault::alarm_not_rung) ring_alarm(settings);
  if (settings.waitv || settings.fault == Fault::watcher_wakes_once) return;
  while (engine().load(&own.sleepers, Order::sequential, "Link::on_tick") != 0) {
    engine().tick();
    wake_everyone();
  }
}

void watch_mail(const Settings& settings) {
  const shm::Word& mail = world().callee_private.mail;
  std::uint32_t seen = 0;
  for (;;) {
    const std::uint32_t now = engine().load(&mail, Order::sequential, "Link::read_socket");
    if (now != seen) ring_alarm(settings);
    seen = now;
    engine().wait({{&mail, seen}});
  }
}

}  // namespace explorer
