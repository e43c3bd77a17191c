#include "scenarios.hpp"

#include <array>
#include <cstdlib>
#include <string>

namespace explorer {
namespace {

/// Up to two calling threads, a lane each, and a server.
struct Calls : Scenario {
  Settings settings;
  std::uint32_t callers = 1;
  int calls = 2;  // of each
  std::uint32_t first = kBeforeWrap;
  bool await = true;  // the reply

  std::array<CallerRole, 2> caller;
  CalleeRole callee;

  void prepare() override { begin_at(first); }

  void begin() override {
    for (std::uint32_t lane = 0; lane < callers; ++lane) caller[lane].begin(settings, lane, first);
    if (callers > 1) caller[callers - 1].tells = callers;
    callee.begin(settings, callers, first);
  }

  void run_caller(std::uint32_t lane) {
    if (!await) return caller[lane].post(lane);
    for (int i = 0; i < calls; ++i) {
      callee.entered[lane] = false;
      callee.replied[lane] = false;
      const Answer answer = caller[lane].call(10 * lane + static_cast<std::uint32_t>(i));
      if (answer == Answer::reply) continue;
      engine().expect(answer != Answer::not_executed || !callee.entered[lane], "a call that had begun was told as not executed");
      engine().expect(!callee.replied[lane], "a reply that was published is not delivered");
      return;
    }
  }

  std::vector<ThreadPlan> threads() override {
    std::vector<ThreadPlan> plans;
    for (std::uint32_t lane = 0; lane < callers; ++lane) {
      plans.push_back({"caller " + std::to_string(lane), kCallerProcess, [this, lane] { run_caller(lane); }, mortal == kCallerProcess});
    }
    plans.push_back({"callee", kCalleeProcess, [this] { callee.serve(static_cast<int>(callers) * calls, 0); }, mortal == kCalleeProcess});
    if (mortal >= 0) {
      const int process = mortal == kCalleeProcess ? kCallerProcess : kCalleeProcess;
      plans.push_back({"watcher", process, [this, process] { watch(process, settings, callers); }, true});
    }
    if (!settings.waitv && settings.callee_sleeps) plans.push_back({"mail", kCalleeProcess, [this] { watch_mail(settings); }, true});
    return plans;
  }
};

/// A thread that sends oneway calls, and a server.
struct Oneways : Scenario {
  Settings settings;
  int pushes = 3;
  std::uint32_t room = shm::kRingCells;  // cells that are free at the beginning
  std::uint32_t first = kBeforeWrap;     // the last call that was sent before
  std::uint32_t unacknowledged = 0;      // of a ring that was full: so many are taken

  CallerRole sender;
  CalleeRole receiver;
  int published = 0;

  [[nodiscard]] std::uint32_t behind() const { return shm::kRingCells - room; }

  void prepare() override {
    begin_at(first);
    shm::Segment& segment = world().caller;
    world().callee.control.taken.store(first - behind());
    for (std::uint32_t back = 0; back < behind(); ++back) {
      const std::uint32_t cell = (first - back) % shm::kRingCells;
      const std::uint32_t number = behind() - back - 1;
      segment.ring[cell].body.content_bytes = number;
      const std::uint64_t payload = pattern(number);
      std::memcpy(segment.arena + cell * kPiece, &payload, sizeof payload);
    }
  }

  void begin() override {
    sender.begin(settings, 0, first);
    receiver.begin(settings, 0, first - behind());
    receiver.ring.last += unacknowledged;
    receiver.next_oneway = unacknowledged;
    published = 0;
  }

  void at_end() override {
    if (mortal != kCallerProcess) return;
    engine().expect(receiver.oneways_done >= published, "a oneway call that was published before the death is not taken");
  }

  void run_sender() {
    for (int i = 0; i < pushes; ++i) {
      if (!sender.push(behind() + static_cast<std::uint32_t>(i))) return;
      ++published;
    }
  }

  std::vector<ThreadPlan> threads() override {
    std::vector<ThreadPlan> plans;
    plans.push_back({"sender", kCallerProcess, [this] { run_sender(); }, mortal == kCallerProcess});
    // Of a ring that was full, as many as it takes to make room for all that are sent.
    const bool all = unacknowledged != 0 || room == shm::kRingCells || mortal == kCallerProcess;
    const int takes = all ? pushes + static_cast<int>(behind() - unacknowledged) : pushes;
    plans.push_back({"receiver", kCalleeProcess, [this, takes] { receiver.serve(0, takes); }, mortal == kCalleeProcess});
    if (mortal >= 0) {
      const int process = mortal == kCalleeProcess ? kCallerProcess : kCalleeProcess;
      plans.push_back({"watcher", process, [this, process] { watch(process, settings, 0); }, true});
    }
    if (!settings.waitv && settings.callee_sleeps) plans.push_back({"mail", kCalleeProcess, [this] { watch_mail(settings); }, true});
    return plans;
  }
};

/// A reader that gives a reply's memory back, and the owner who uses it again for a reply in another lane.
struct Slots : Scenario {
  Fault fault = Fault::none;
  static constexpr std::uint32_t kSlot = 5;
  static constexpr std::uint32_t kGenerations = 3;

  static std::byte* memory() { return world().callee.arena; }

  void prepare() override { world().caller.control.released[kSlot].store(0xfffe); }

  void read() {
    shm::CallerLane end;
    for (std::uint32_t i = 0; i < kGenerations; ++i) {
      ++end.sequence;
      while (!shm::reply_waits<A>(world().callee, i, shm::CallerLane{1})) engine().pause();
      shm::CellBody body;
      shm::take<A>(world().callee.replies[i], body);
      if (fault == Fault::slot_released_before_the_read) shm::release_slot<A>(world().caller, body.after_or_slot);
      engine().expect(payload_is(memory(), i), "memory that was not given back is used again");
      if (fault != Fault::slot_released_before_the_read) shm::release_slot<A>(world().caller, body.after_or_slot);
    }
  }

  void own() {
    std::uint32_t generation = 0xfffe;
    for (std::uint32_t i = 0; i < kGenerations; ++i) {
      while (fault != Fault::slot_not_awaited && !shm::slot_released<A>(world().caller, kSlot, generation)) engine().pause();
      generation = (generation + 1) & 0xffffu;
      write_payload(memory(), i);
      shm::CellBody body;
      body.flags = shm::kHasSlot;
      body.after_or_slot = shm::pack_slot(kSlot, generation);
      shm::send_reply<A>(world().callee, i, shm::CalleeLane{1}, body);
    }
  }

  std::vector<ThreadPlan> threads() override {
    return {{"reader", kCallerProcess, [this] { read(); }}, {"owner", kCalleeProcess, [this] { own(); }}};
  }
};

template <class S>
std::unique_ptr<S> with(Fault fault) {
  auto made = std::make_unique<S>();
  made->settings.fault = fault;
  return made;
}

std::unique_ptr<Calls> calls(Fault fault, int count, std::uint32_t callers, bool caller_sleeps, bool callee_sleeps) {
  auto made = with<Calls>(fault);
  made->calls = count;
  made->callers = callers;
  made->settings.caller_sleeps = caller_sleeps;
  made->settings.callee_sleeps = callee_sleeps;
  return made;
}

std::unique_ptr<Calls> calls_with_death(Fault fault, int mortal, bool caller_sleeps, bool callee_sleeps, bool waitv, int count) {
  auto made = with<Calls>(fault);
  made->calls = count;
  made->mortal = mortal;
  made->settings.deaths = true;
  made->settings.waitv = waitv;
  made->settings.caller_sleeps = caller_sleeps;
  made->settings.callee_sleeps = callee_sleeps;
  return made;
}

std::unique_ptr<Scenario> oneways(Fault fault, int pushes, std::uint32_t room, bool sender_sleeps, bool receiver_sleeps, bool waitv = true, int mortal = -1) {
  auto made = with<Oneways>(fault);
  made->pushes = pushes;
  made->room = room;
  made->mortal = mortal;
  made->settings.deaths = mortal >= 0;
  made->settings.waitv = waitv;
  made->settings.caller_sleeps = sender_sleeps;
  made->settings.callee_sleeps = receiver_sleeps;
  return made;
}

constexpr std::uint32_t kAll = shm::kRingCells;
using Made = std::unique_ptr<Scenario>;

}  // namespace

const std::vector<Named>& all_scenarios() {
  static const std::vector<Named> all = {
      {"lane", [](Fault f, bool deep) -> Made { return calls(f, deep ? 6 : 4, 1, false, false); }},
      {"two lanes", [](Fault f, bool deep) -> Made { return calls(f, deep ? 2 : 1, 2, false, false); }},
      {"callee sleeps", [](Fault f, bool deep) -> Made { return calls(f, deep ? 3 : 2, 1, false, true); }},
      {"caller sleeps", [](Fault f, bool deep) -> Made { return calls(f, deep ? 3 : 2, 1, true, false); }},
      {"caller asks for a message", [](Fault f, bool deep) -> Made {
         auto made = calls(f, deep ? 3 : 2, 1, true, false);
         made->settings.by_message = true;
         return made;
       }},
      {"both sleep", [](Fault f, bool deep) -> Made { return calls(f, deep ? 2 : 1, 1, true, true); }},
      {"two callers, callee sleeps", [](Fault f, bool deep) -> Made {
         auto made = calls(f, 1, 2, false, true);
         made->await = deep;
         return made;
       }},
      {"ring", [](Fault f, bool deep) -> Made { return oneways(f, deep ? 6 : 4, kAll, false, false); }},
      {"ring full", [](Fault f, bool deep) -> Made { return oneways(f, deep ? 3 : 2, 0, false, false); }},
      {"ring, receiver sleeps", [](Fault f, bool deep) -> Made { return oneways(f, deep ? 3 : 2, kAll, false, true); }},
      {"ring full, sender sleeps", [](Fault f, bool deep) -> Made { return oneways(f, deep ? 2 : 1, 0, true, false); }},
      {"ring full, batches", [](Fault f, bool deep) -> Made {
         auto made = with<Oneways>(f);
         made->room = 0;
         made->pushes = deep ? 4 : 2;
         made->settings.batch = 2;
         made->settings.caller_sleeps = true;
         return made;
       }},
      {"ring full, acknowledged at its end", [](Fault f, bool) -> Made {
         auto made = with<Oneways>(f);
         made->room = 0;
         made->pushes = 1;
         made->unacknowledged = kAll - 1;
         made->settings.batch = kAll + 2;
         made->settings.caller_sleeps = true;
         return made;
       }},
      {"ring full, both sleep", [](Fault f, bool) -> Made { return oneways(f, 1, 0, true, true); }},
      {"slot", [](Fault f, bool) -> Made {
         auto made = std::make_unique<Slots>();
         made->fault = f;
         return made;
       }},
      {"callee dies, caller looks", [](Fault f, bool) -> Made { return calls_with_death(f, kCalleeProcess, false, false, true, 2); }},
      {"callee dies, caller sleeps", [](Fault f, bool deep) -> Made { return calls_with_death(f, kCalleeProcess, true, false, true, deep ? 2 : 1); }},
      {"callee dies, caller sleeps, no waitv", [](Fault f, bool) -> Made { return calls_with_death(f, kCalleeProcess, true, false, false, 1); }},
      {"callee dies, both sleep", [](Fault f, bool) -> Made { return calls_with_death(f, kCalleeProcess, true, true, true, 1); }},
      {"receiver dies, sender sleeps", [](Fault f, bool) -> Made { return oneways(f, 1, 0, true, false, true, kCalleeProcess); }},
      {"receiver dies, sender sleeps, no waitv", [](Fault f, bool) -> Made { return oneways(f, 1, 0, true, false, false, kCalleeProcess); }},
      {"caller dies, callee sleeps", [](Fault f, bool) -> Made { return calls_with_death(f, kCallerProcess, false, true, true, 1); }},
      {"caller dies, callee sleeps on one word", [](Fault f, bool) -> Made {
         auto made = calls_with_death(f, kCallerProcess, false, true, true, 1);
         made->settings.one_word = true;
         return made;
       }},
      {"sender dies, receiver sleeps", [](Fault f, bool deep) -> Made { return oneways(f, deep ? 2 : 1, kAll, false, true, true, kCallerProcess); }},
      {"lane bound again", [](Fault f, bool deep) -> Made { return make_bound_again(f, deep ? 4 : 2); }},
      {"bound lane", [](Fault f, bool deep) -> Made { return make_bound_lane(f, deep ? 4 : 2); }},
      {"biased lock", [](Fault f, bool deep) -> Made { return make_biased_lock(f, deep ? 3 : 2, false); }},
      {"biased lock, guest", [](Fault f, bool deep) -> Made { return make_biased_lock(f, deep ? 3 : 2, true); }},
      {"oneway ends", [](Fault f, bool) -> Made { return make_oneway_ends(f); }},
      {"notice", [](Fault f, bool) -> Made { return make_notice(f, 1, false); }},
      {"notices", [](Fault f, bool deep) -> Made { return make_notice(f, deep ? 4 : 2, false); }},
      {"notice, caller gives up", [](Fault f, bool) -> Made { return make_notice(f, 1, true); }},
      {"stream", [](Fault f, bool deep) -> Made { return make_stream(f, {.items = deep ? 5u : 3u}); }},
      {"stream, reader sleeps", [](Fault f, bool deep) -> Made { return make_stream(f, {.items = deep ? 3u : 2u, .reader_sleeps = true}); }},
      {"stream, maker sleeps", [](Fault f, bool) -> Made { return make_stream(f, {.items = 3, .maker_sleeps = true}); }},
      {"stream, both sleep", [](Fault f, bool) -> Made { return make_stream(f, {.items = 2, .reader_sleeps = true, .maker_sleeps = true}); }},
      {"stream, maker dies", [](Fault f, bool) -> Made { return make_stream(f, {.items = 2, .maker_dies = true}); }},
      {"stream, maker dies, reader sleeps", [](Fault f, bool) -> Made { return make_stream(f, {.items = 1, .reader_sleeps = true, .maker_dies = true}); }},
      {"stream, reader gives up", [](Fault f, bool) -> Made { return make_stream(f, {.items = 2, .maker_sleeps = true, .reader_gives_up = true}); }},
      {"lead", [](Fault f, bool) -> Made { return make_lead(f); }},
      {"leader deposed", [](Fault f, bool deep) -> Made { return make_deposed_lead(f, 1, deep); }},
      {"leaders deposed", [](Fault f, bool deep) -> Made { return make_deposed_lead(f, 2, deep); }},
      {"callee sleeps by the socket", [](Fault f, bool) -> Made {
         auto made = with<Calls>(f);
         made->calls = 1;
         made->settings.callee_sleeps = true;
         made->settings.waitv = false;
         return made;
       }},
  };
  return all;
}

std::unique_ptr<Scenario> make_scenario(std::string_view name, Fault fault, bool deep) {
  for (const Named& scenario : all_scenarios()) {
    if (scenario.name == name) return scenario.make(fault, deep);
  }
  std::abort();
}

}  // namespace explorer
