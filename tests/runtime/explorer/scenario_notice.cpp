// A handler calls the process that waits for it: the steps of Link::send_chained(), take_notice() and Call::give_up().
#include "scenarios.hpp"
#include "shm/notice.hpp"

namespace explorer {
namespace {

constexpr std::uint32_t kOuter = 0;                  // the lane of the call whose handler calls back
constexpr std::uint32_t kChain = shm::kCallLanes + 3;

struct Notice : Scenario {
  Fault fault = Fault::none;
  std::uint32_t calls = 1;  // that the handler makes
  bool gives_up = false;    // the thread of the outer call does not wait for its reply

  shm::CallerLane outer, chained;
  shm::CalleeLane outer_taken, chained_taken;

  void prepare() override { begin_at(kBeforeWrap); }

  void begin() override {
    outer = chained = shm::CallerLane{kBeforeWrap};
    outer_taken = chained_taken = shm::CalleeLane{kBeforeWrap};
  }

  // ── the process that waits ──

  /// Link::take_chained(): true if the request was there. The lock is one word that its first taker has for good.
  bool take_chained() {
    if (shm::look_for_request<A>(world().callee, kChain, chained_taken) != shm::Look::waits) return false;
    if (gives_up && engine().add(&world().caller_private.taken, 1, Order::sequential, "Link::take_chained") != 0) return false;
    shm::CellBody body;
    shm::take<A>(world().callee.requests[kChain], body);
    ++chained_taken.sequence;
    engine().expect(body.content_bytes == chained_taken.sequence, "the chained call is another's");
    body.content_bytes = ~body.content_bytes;
    shm::send_reply<A>(world().caller, kChain, chained_taken, body);
    return true;
  }

  [[nodiscard]] bool is_new(std::uint32_t word, std::uint32_t noticed) const { return word != outer.sequence - 1 && word != outer.sequence && word != noticed; }

  void hear(std::uint32_t word) {
    std::uint32_t lane = 0;
    engine().expect(shm::hear(word, outer.sequence, lane) == shm::Heard::notice && lane == kChain, "a word that is no notice");
    const bool there = take_chained();
    engine().expect(there || gives_up, "a notice whose request is not there");
  }

  void run_waiter() {
    shm::Segment& mine = world().caller;
    const shm::Segment& peer = world().callee;
    shm::CellBody body;
    body.content_bytes = 1;
    shm::send_request<A>(mine, kOuter, outer, body);
    if (gives_up) return give_up();
    std::uint32_t noticed = outer.sequence - 1;
    for (;;) {
      const std::uint32_t word = shm::reply_word<A>(peer, kOuter);
      if (word == outer.sequence) break;
      if (is_new(word, noticed)) {
        hear(noticed = word);
        continue;
      }
      if (calls > 1) {  // it looks; that it sleeps is another scenario
        engine().pause();
        continue;
      }
      std::uint32_t seen = 0;
      if (shm::reply_missing<A>(mine, peer, kOuter, outer.sequence, seen) && !is_new(seen, noticed)) {
        engine().wait({{&peer.replies[kOuter].sequence, seen}});
      }
      shm::announce_caller<A>(mine, kOuter, false);
    }
    shm::take<A>(peer.replies[kOuter], body);
    engine().expect(body.content_bytes == ~1u, "the reply is another call's");
  }

  void give_up() {
    if (fault == Fault::gone_in_silence) return;
    if (fault == Fault::gone_without_a_last_look) return shm::announce_gone<A>(world().caller, kOuter);
    shm::announce_gone<A>(world().caller, kOuter);
    const std::uint32_t word = shm::reply_word<A>(world().callee, kOuter);
    if (is_new(word, outer.sequence - 1)) hear(word);
  }

  /// Link::abandoned().
  void run_socket() {
    engine().wait({{&world().caller_private.mail, 0}});
    if (engine().load(&world().caller_private.mail, Order::sequential, "Link::read_socket") != 0) take_chained();
  }

  // ── the process whose handler runs ──

  void wake_waiter() { engine().wake(&world().callee.replies[kOuter].sequence, 1); }

  void call_back(bool turn) {
    shm::Segment& mine = world().callee;
    const auto notice = [&] { shm::give_notice<A>(mine, kOuter, shm::notice_word(outer_taken.sequence, kChain, turn)); };
    shm::CellBody body;
    body.content_bytes = chained.sequence + 1;
    if (fault == Fault::notice_before_its_request) notice();
    shm::send_request<A>(mine, kChain, chained, body);
    if (fault != Fault::notice_before_its_request) notice();
    const std::uint32_t waits = shm::waits_for<A>(world().caller, kOuter);
    if (waits == shm::kGone) {
      engine().add(&world().caller_private.mail, 1, Order::sequential, "Link::abandon");
      engine().wake(&world().caller_private.mail, 1);
    } else if (waits != 0) {
      wake_waiter();
    }
    while (!shm::reply_waits<A>(world().caller, kChain, chained)) engine().pause();
    shm::take<A>(world().caller.replies[kChain], body);
    engine().expect(body.content_bytes == ~chained.sequence, "the reply to the chained call is another's");
  }

  void run_handler() {
    while (shm::look_for_request<A>(world().caller, kOuter, outer_taken) != shm::Look::waits) engine().pause();
    shm::CellBody body;
    shm::take<A>(world().caller.requests[kOuter], body);
    ++outer_taken.sequence;
    bool turn = false;
    for (std::uint32_t i = 0; i < calls; ++i) call_back(turn = !turn && fault != Fault::notices_without_turns);
    body.content_bytes = ~body.content_bytes;
    shm::send_reply<A>(world().callee, kOuter, outer_taken, body);
    if (shm::caller_waits<A>(world().caller, kOuter) != shm::kLooks) wake_waiter();
  }

  std::vector<ThreadPlan> threads() override {
    std::vector<ThreadPlan> plans = {{"waiter", kCallerProcess, [this] { run_waiter(); }}, {"handler", kCalleeProcess, [this] { run_handler(); }}};
    if (gives_up) plans.push_back({"socket", kCallerProcess, [this] { run_socket(); }, true});
    return plans;
  }
};

}  // namespace

std::unique_ptr<Scenario> make_notice(Fault fault, std::uint32_t calls, bool gives_up) {
  auto made = std::make_unique<Notice>();
  made->fault = fault;
  made->calls = calls;
  made->gives_up = gives_up;
  return made;
}

}  // namespace explorer
