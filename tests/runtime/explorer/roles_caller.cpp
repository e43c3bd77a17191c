#include "roles.hpp"

#include <cstring>
#include <utility>

namespace explorer {

std::uint64_t pattern(std::uint32_t number) { return (std::uint64_t{number} << 32 | number) ^ 0x5a5a'0000'0000'a5a5u; }

void write_payload(std::byte* to, std::uint32_t number) {
  const std::uint64_t value = pattern(number);
  A::write(to, &value, sizeof value);
}

bool payload_is(const std::byte* from, std::uint32_t number) {
  std::uint64_t value = 0;
  A::read(&value, from, sizeof value);
  return value == pattern(number);
}

void begin_at(std::uint32_t first) {
  for (auto* segment : {&world().caller, &world().callee}) {
    for (auto& cell : segment->requests) cell.sequence.store(first);
    for (auto& cell : segment->replies) cell.sequence.store(first);
    for (auto& word : segment->control.started) word.store(first);
    for (std::uint32_t back = 0; back < shm::kRingCells; ++back) segment->ring[(first - back) % shm::kRingCells].sequence.store(first - back);
    segment->control.taken.store(first);
  }
}

void CallerRole::begin(const Settings& settings, std::uint32_t lane, std::uint32_t first) {
  settings_ = settings;
  lane_ = lane;
  end_ = shm::CallerLane{first};
  ring = shm::RingSender{first};
  tells = 0;
}

bool CallerRole::dead() const {
  if (!settings_.deaths || settings_.fault == Fault::death_not_looked_at) return false;
  return engine().load(&world().caller_private.state, Order::ordered, "Link::state") != 0;
}

void CallerRole::send(std::uint32_t number) {
  shm::Segment& mine = world().caller;
  if (is_small(number)) {
    write_payload(mine.requests[lane_].body.content, number);
    shm::send_written_request<A>(mine, lane_, end_, shm::pack_head(kSmallMethod, 0, 0, number), 0);
    return;
  }
  write_payload(mine.arena + lane_ * kPiece, number);
  shm::CellBody body;
  body.content_bytes = number;
  if (settings_.fault == Fault::sequence_before_body) {
    A::release(mine.requests[lane_].sequence, ++end_.sequence);
    A::write(&mine.requests[lane_].body, &body, sizeof body);
  } else {
    shm::send_request<A>(mine, lane_, end_, body);
  }
}

void CallerRole::wake_callee(shm::Waiting how) {
  if (how == shm::kAwake || settings_.fault == Fault::nobody_wakes_the_callee) return;
  if (how == shm::kSocket) {
    shm::Word& mail = world().callee_private.mail;
    engine().add(&mail, 1, Order::sequential, "os::send");
    engine().wake(&mail, 1);
    return;
  }
  shm::Segment& mine = world().caller;
  const std::uint32_t count = engine().add(&world().caller_private.rings, 1, Order::relaxed, "Link::wake_peer") + 1;
  shm::ring_bell<A>(mine, count);
  engine().wake(&mine.control.bell, 1);
}

void CallerRole::post(std::uint32_t number) {
  const shm::Segment& peer = world().callee;
  const std::uint32_t lanes = std::exchange(tells, 0);
  if (lanes != 0 && settings_.fault != Fault::lane_told_after_its_request) shm::use_lanes<A>(world().caller, lanes);
  if (settings_.fault == Fault::publisher_looks_before_publishing) {
    const shm::Waiting how = shm::callee_waits<A>(peer);
    send(number);
    wake_callee(how);
  } else {
    send(number);
    if (settings_.callee_sleeps) wake_callee(shm::callee_waits<A>(peer));
  }
  if (lanes != 0 && settings_.fault == Fault::lane_told_after_its_request) shm::use_lanes<A>(world().caller, lanes);
}

Answer CallerRole::call(std::uint32_t number) {
  const shm::Segment& peer = world().callee;
  post(number);
  while (!shm::reply_waits<A>(peer, lane_, end_)) {
    if (dead()) {
      if (settings_.fault != Fault::reply_not_looked_at_after_death && shm::reply_waits<A>(peer, lane_, end_)) break;
      return shm::was_started<A>(peer, lane_, end_) ? Answer::maybe_executed : Answer::not_executed;
    }
    if (settings_.by_message) sleep_in_loop();
    else if (settings_.caller_sleeps) sleep_for_reply();
    else engine().pause();
  }
  if (is_small(number)) take_small_reply(number);
  else take_reply(number);
  return Answer::reply;
}

void CallerRole::take_small_reply(std::uint32_t number) {
  const shm::CellBody& body = world().callee.replies[lane_].body;
  engine().expect(A::read_number<std::uint64_t>(&body) == shm::pack_head(0, 0, 0, sizeof(std::uint64_t)), "the reply's head is another call's");
  engine().expect(payload_is(body.content, ~number), "the reply's content is another call's");
}

void CallerRole::take_reply(std::uint32_t number) {
  const shm::Segment& peer = world().callee;
  shm::CellBody body;
  shm::take<A>(peer.replies[lane_], body);
  engine().expect(body.content_bytes == ~number, "the reply is another call's");
  engine().expect(payload_is(peer.arena + lane_ * kPiece, ~number), "the reply's memory is another call's");
}

void CallerRole::sleep_in_loop() {
  shm::Segment& mine = world().caller;
  const shm::Word& mail = world().caller_private.mail;
  const std::uint32_t seen = engine().load(&mail, Order::sequential, "LoopSet::take_ready");
  shm::ask_for_message<A>(mine, lane_);
  shm::announced<A>();
  const bool missing = settings_.fault == Fault::asker_does_not_look_again || !shm::reply_waits<A>(world().callee, lane_, end_);
  if (missing) engine().wait({{&mail, seen}});
  shm::announce_caller<A>(mine, lane_, false);
}

void CallerRole::sleep_for_reply() {
  shm::Segment& mine = world().caller;
  const shm::Segment& peer = world().callee;
  PrivateWords& own = world().caller_private;
  if (settings_.deaths) engine().add(&own.sleepers, 1, Order::sequential, "Link::sleep_for_reply");
  const shm::Word& reply = peer.replies[lane_].sequence;
  std::uint32_t seen = end_.sequence - 1;
  bool missing = true;
  if (settings_.fault == Fault::caller_does_not_announce) {
    shm::announced<A>();
    seen = A::relaxed(reply);
    missing = seen != end_.sequence;
  } else if (settings_.fault == Fault::caller_looks_before_announcing) {
    seen = A::relaxed(reply);
    missing = seen != end_.sequence;
    shm::announce_caller<A>(mine, lane_, true);
    shm::announced<A>();
  } else if (settings_.fault == Fault::caller_does_not_look_again) {
    shm::announce_caller<A>(mine, lane_, true);
    shm::announced<A>();
  } else {
    missing = shm::reply_missing<A>(mine, peer, lane_, end_.sequence, seen);
  }
  if (missing && !dead()) {
    if (settings_.deaths && settings_.waitv) engine().wait({{&reply, seen}, {&own.state, 0}});
    else engine().wait({{&reply, seen}});
  }
  shm::announce_caller<A>(mine, lane_, false);
  if (settings_.deaths) engine().add(&own.sleepers, ~0u, Order::sequential, "Link::sleep_for_reply");
}

bool CallerRole::wait_for_room() {
  shm::Segment& mine = world().caller;
  const shm::Segment& peer = world().callee;
  PrivateWords& own = world().caller_private;
  const shm::Word& taken = peer.control.taken;
  for (;;) {
    const std::uint32_t seen = shm::taken_count<A>(peer);
    if (ring.last - seen < shm::kRingCells) return true;
    if (dead()) return false;
    if (!settings_.caller_sleeps) {
      engine().pause();
      continue;
    }
    if (settings_.deaths) engine().add(&own.sleepers, 1, Order::sequential, "Link::wait_for_room");
    bool missing = true;
    if (settings_.fault == Fault::sender_does_not_announce) missing = true;
    else missing = shm::room_missing<A>(mine, peer, seen);
    if (missing && !dead()) {
      if (settings_.deaths && settings_.waitv) engine().wait({{&taken, seen}, {&own.state, 0}});
      else engine().wait({{&taken, seen}});
    }
    shm::announce_sender<A>(mine, false);
    if (settings_.deaths) engine().add(&own.sleepers, ~0u, Order::sequential, "Link::wait_for_room");
  }
}

bool CallerRole::push(std::uint32_t number) {
  shm::Segment& mine = world().caller;
  const shm::Segment& peer = world().callee;
  while (settings_.fault != Fault::ring_not_looked_at && shm::in_flight<A>(peer, ring) >= shm::kRingCells) {
    if (!wait_for_room()) return false;
  }
  // The arena memory of the call that stood in the cell is free with it.
  write_payload(mine.arena + (ring.last + 1) % shm::kRingCells * kPiece, number);
  shm::CellBody body;
  body.content_bytes = number;
  shm::push<A>(mine, ring, body);
  if (settings_.callee_sleeps) wake_callee(shm::callee_waits<A>(peer));
  return true;
}

}  // namespace explorer
