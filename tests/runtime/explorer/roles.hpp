// The two sides of a connection in miniature: the algorithms of src/shm as src/rpc puts them together, with the system calls around them.
// The steps are those of Link::await_reply, sleep_for_reply, wait_for_room, end and on_tick, and of ServerEngine::sleep.
#pragma once

#include <cstdint>

#include "engine.hpp"
#include "shm/lane.hpp"
#include "shm/ring.hpp"
#include "shm/slots.hpp"
#include "shm/wake.hpp"
#include "world.hpp"

namespace explorer {

using A = ExploredAccess;

/// Mistakes made on purpose in the order of the steps.
#define SHMIDL_EXPLORER_FAULTS(X)      \
  X(caller_looks_before_announcing)    \
  X(caller_does_not_look_again)        \
  X(caller_does_not_announce)          \
  X(asker_does_not_look_again)         \
  X(callee_looks_before_announcing)    \
  X(callee_does_not_look_again)        \
  X(bell_counted_after_the_look)       \
  X(sender_does_not_announce)          \
  X(nobody_wakes_the_callee)           \
  X(nobody_wakes_the_caller)           \
  X(nobody_wakes_the_sender)           \
  X(publisher_looks_before_publishing) \
  X(replier_looks_before_publishing)   \
  X(acknowledger_looks_before_storing) \
  X(sequence_before_body)              \
  X(lane_told_after_its_request)       \
  X(started_after_the_handler)         \
  X(never_started)                     \
  X(slot_released_before_the_read)     \
  X(slot_not_awaited)                  \
  X(acknowledged_before_the_read)      \
  X(ring_not_looked_at)                \
  X(batch_acknowledged_too_early)      \
  X(rest_not_acknowledged)             \
  X(watcher_wakes_once)                \
  X(watcher_wakes_before_the_state)    \
  X(watcher_does_not_wake)             \
  X(death_not_looked_at)               \
  X(reply_not_looked_at_after_death)   \
  X(alarm_not_rung)                    \
  X(alarm_wakes_once)                  \
  X(alarm_not_looked_at)               \
  X(sleep_on_the_bell_not_told)        \
  X(lead_looked_at_relaxed)            \
  X(lead_not_looked_at_again)          \
  X(lead_passed_in_silence)            \
  X(deposer_does_not_fence)            \
  X(leader_not_awaited)                \
  X(deposed_not_looked_at)             \
  X(deposed_leader_passes_anyway)      \
  X(one_word_for_all_leaders)          \
  X(revoker_does_not_fence)            \
  X(revoked_not_looked_at)             \
  X(both_give_the_lane_back)           \
  X(bound_before_it_is_let_go)         \
  X(revoker_lets_go_too_early)         \
  X(lock_taken_without_a_fence)        \
  X(owner_not_awaited)                 \
  X(owner_does_not_look_again)         \
  X(ownership_given_back_early)        \
  X(worker_does_not_fence)             \
  X(leader_does_not_fence)              \
  X(notice_before_its_request)         \
  X(notices_without_turns)             \
  X(gone_in_silence)                   \
  X(gone_without_a_last_look)          \
  X(reader_does_not_announce)          \
  X(nobody_wakes_the_reader)           \
  X(maker_does_not_announce)           \
  X(nobody_wakes_the_maker)            \
  X(credit_not_looked_at)              \
  X(credit_given_before_the_read)      \
  X(closed_before_the_last_look)       \
  X(items_not_looked_at_after_death)   \
  X(reader_counts_after_the_look)      \
  X(giving_up_is_not_told)             \
  X(maker_counts_after_the_look)

#define SHMIDL_EXPLORER_ENUMERATOR(name) name,
enum class Fault { none, SHMIDL_EXPLORER_FAULTS(SHMIDL_EXPLORER_ENUMERATOR) };
#undef SHMIDL_EXPLORER_ENUMERATOR

inline constexpr int kCallerProcess = 0;
inline constexpr int kCalleeProcess = 1;

/// Four numbers before the wrap of sequences.
inline constexpr std::uint32_t kBeforeWrap = 0xffff'fffeu;

struct Settings {
  bool caller_sleeps = false;
  bool by_message = false; // a caller sleeps in its loop, until a message comes
  bool callee_sleeps = false;
  bool deaths = false;     // sides look at the state of the link
  bool waitv = true;       // sleepers wait for the death, too; else the watcher repeats its wakes
  bool one_word = false;   // a server sleeps on the bell alone, and who rings its alarm repeats the wake
  std::uint32_t batch = 1; // oneway calls are acknowledged so many at a time while more wait
  Fault fault = Fault::none;
};

std::uint64_t pattern(std::uint32_t number);
void write_payload(std::byte* to, std::uint32_t number);
bool payload_is(const std::byte* from, std::uint32_t number);

/// Calls of odd numbers are small: arguments and result are written straight into the cells.
inline bool is_small(std::uint32_t number) { return number % 2 == 1; }
inline constexpr std::uint16_t kSmallMethod = 1;

/// Lets all numbers of the lanes and the ring begin at `first`, as after that many calls. In Scenario::prepare().
void begin_at(std::uint32_t first);

inline constexpr std::size_t kPiece = 64;  // of arena memory, for each lane or cell

enum class Answer { reply, not_executed, maybe_executed };

/// A calling thread.
class CallerRole {
 public:
  void begin(const Settings& settings, std::uint32_t lane, std::uint32_t first);
  Answer call(std::uint32_t number);
  /// Sends a request whose reply nobody waits for.
  void post(std::uint32_t number);
  /// Publishes a oneway call; waits for room. False: the receiver died first.
  bool push(std::uint32_t number);
  shm::RingSender ring;
  std::uint32_t tells = 0;  // the peer is to look at lanes below this number from the next request on

 private:
  void send(std::uint32_t number);
  void wake_callee(shm::Waiting how);
  [[nodiscard]] bool dead() const;
  void sleep_for_reply();
  void sleep_in_loop();
  void take_small_reply(std::uint32_t number);
  void take_reply(std::uint32_t number);
  bool wait_for_room();

  Settings settings_;
  std::uint32_t lane_ = 0;
  shm::CallerLane end_;
};

/// The server's one thread.
class CalleeRole {
 public:
  void begin(const Settings& settings, std::uint32_t lanes, std::uint32_t first);
  /// Until so many calls and oneway calls are done, or the caller is dead and nothing of it is left.
  void serve(int calls, int oneways);
  /// True: a oneway call was taken.
  bool take_oneway();

  shm::RingReceiver ring;
  bool entered[2] = {};   // the handler of a lane's call
  bool replied[2] = {};   // the lane's reply is published
  std::uint32_t next_oneway = 0;  // the number it must have
  std::uint32_t acknowledged = 0;
  int oneways_done = 0;

 private:
  bool take_call();
  bool has_job();
  bool look_for_call(std::uint32_t& lane);
  void answer(std::uint32_t lane);
  void send_reply(std::uint32_t lane, std::uint32_t number);
  void acknowledge();
  void sleep();
  void sleep_on_bell(std::uint32_t bell, std::uint32_t alarm);
  [[nodiscard]] bool dead() const;

  Settings settings_;
  std::uint32_t lanes_ = 0;
  shm::CalleeLane ends_[2];
};

/// The watcher of a process: tells the death of the other one.
void watch(int process, const Settings& settings, std::uint32_t lanes);
/// The same for what comes on the socket: a bell.
void watch_mail(const Settings& settings);

}  // namespace explorer
