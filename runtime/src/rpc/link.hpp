// One connection between two processes, the same on both ends: memory, lanes, ring, and what is known of the peer.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/object.hpp>
#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>

#include "os/clock.hpp"
#include "rpc/attachments.hpp"
#include "rpc/biased_lock.hpp"
#include "rpc/callee_lanes.hpp"
#include "rpc/lanes.hpp"
#include "rpc/link_parts.hpp"
#include "rpc/objects.hpp"
#include "rpc/own_memory.hpp"
#include "rpc/peer_memory.hpp"
#include "rpc/serial.hpp"
#include "rpc/spin.hpp"
#include "rpc/stops.hpp"
#include "rpc/this_call.hpp"
#include "rpc/unsent.hpp"
#include "rpc/watcher.hpp"
#include "shm/lane.hpp"
#include "shm/notice.hpp"
#include "shm/ring.hpp"
#include "shm/wake.hpp"

namespace shmidl::os {
struct Message;
}

namespace shmidl::rpc {

class ClientLoop;
class Expiry;
class Guard;
class IncomingStream;
class LoopSet;
class Outgoing;
class Patience;
class Stopping;
class StreamProducer;
class Streams;

}  // namespace shmidl::rpc

namespace shmidl::stub {

class DirectCall;

/// Lifetime: shared by a client, its Futures and the watcher's callbacks; on a server, by the engine.
class Link : public rpc::Watched, private rpc::ReplySink, public std::enable_shared_from_this<Link> {
 public:
  Link(std::shared_ptr<rpc::OwnMemory> own, std::shared_ptr<rpc::PeerMemory> peer, Fd socket, Fd pidfd, rpc::Agreement agreement);
  ~Link() override;

  static constexpr std::size_t kMaxErrorText = 4096;  ///< of a handler's exception, in bytes

  // ── as a caller ───────────────────────────────────────────────────────────────────────────────
  using CallerSide = rpc::CallerSide;
  void set_caller(CallerSide side);

  [[nodiscard]] bool has_timeout() const noexcept { return caller_.timeout.has_value(); }
  /// The call's own, else the client's, else the method's; but not past the deadline of the call that this thread serves.
  [[nodiscard]] os::Deadline deadline(const CallOptions* options, const Target& target, std::uint32_t method) const noexcept;

  using Terms = rpc::Terms;
  /// The thread's earlier oneway calls, which the request must not overtake.
  Terms terms() noexcept {
    const auto& last = rpc::thread_memory.oneway;
    if (last.link != id_ && !last.several) [[likely]] return {};
    return after_known_oneways();
  }
  /// The same, and how long the caller waits.
  Terms terms(std::optional<std::chrono::nanoseconds> timeout) noexcept;
  Terms terms(os::Deadline deadline) noexcept { return deadline.is_never() ? terms() : terms(deadline.left()); }
  /// The same by what deadline() goes by; reads the clock only in a thread that serves a call with a deadline.
  Terms terms(const CallOptions* options, const Target& target, std::uint32_t method) noexcept;

  [[nodiscard]] rpc::Lanes& lanes() noexcept { return lanes_; }
  /// A lane of one's own. Errors: timed_out when all are taken until the deadline; cancelled, as await_reply(); those of a dead link.
  Result<rpc::Lane*> acquire_lane(os::Deadline deadline, const StopHolder* stop) noexcept;

  [[nodiscard]] shm::Segment& mine() noexcept { return mine_; }
  [[nodiscard]] const shm::Segment& peer() const noexcept { return theirs_; }

  /// True if the reply of the call of that number is there, or was taken out of its lane.
  [[nodiscard]] bool has_answer(const rpc::Lane& lane, std::uint32_t sequence) const noexcept {
    return !rpc::Lanes::is_parked(lane, sequence) || shm::reply_waits<shm::Access>(theirs_, lane.number, shm::CallerLane{sequence});
  }
  [[nodiscard]] Wait waits() const noexcept { return caller_.wait; }
  /// Whether the peer's thread waits for this one's core: then looking keeps it from answering. Remembered for the next calls.
  bool shares_core() noexcept;

  /// What of this link runs in an event loop; made when it is first asked for. Errors (thrown): no_resources, forked.
  [[nodiscard]] rpc::ClientLoop& client_loop();
  /// From now on that is this one, which was of another link before.
  void adopt(std::shared_ptr<rpc::ClientLoop> loop) noexcept;
  /// What an on_peer_death() function is told.
  [[nodiscard]] Error obituary() const;

  /// Nobody waits for the lane's call any more; what its reply brings is closed when it comes.
  void orphan(rpc::Lane& lane) noexcept;
  /// The lane's call ended with `error` before its reply came: tells the peer if it may still run, and leaves the lane to its reply.
  void give_up(rpc::Lane& lane, const Error& error) noexcept;
  /// The lane is going to be parked, and its call has a deadline: where nobody waits, the peer is told when the deadline has passed.
  void expire(rpc::Lane& lane, os::Deadline deadline) noexcept;
  /// Tells the peer of parked calls that are past their deadlines; when to look again.
  std::optional<os::TimePoint> tell_expired(os::TimePoint now) noexcept;

  /// Publishes a request and wakes the peer if it sleeps.
  void send_request(rpc::Lane& lane, shm::CellBody& body, const Terms& terms) noexcept;
  /// The same for a request of plain content that stands in the lane's cell already.
  void send_small_request(rpc::Lane& lane, std::uint16_t number, std::uint32_t bytes, const Terms& terms, std::uint8_t flags = 0) noexcept {
    const auto all = static_cast<std::uint8_t>(terms.flags | flags);
    shm::send_written_request<shm::Access>(mine_, lane.number, lane.end, shm::pack_head(number, all, 0, bytes), terms.word);
    wake_peer();
  }
  /// The call of this link that this thread serves and whose caller waits: what calls now goes to that thread. Null: none.
  [[nodiscard]] rpc::CurrentCall* chained_to() const noexcept {
    rpc::CurrentCall* const call = rpc::CurrentCall::of(id_);
    return call != nullptr && call->is_awaited() ? call : nullptr;
  }
  /// Says more of the lane's next request.
  void extend(const rpc::Lane& lane, const shm::Extension& extension) noexcept {
    shm::Access::write(&mine_.control.extension[lane.number], &extension, sizeof extension);
  }
  /// Publishes a request in a chain lane and gives notice of it to the thread that waits for the end of `outer`.
  void send_chained(rpc::Lane& lane, shm::CellBody& body, const Terms& terms, rpc::CurrentCall& outer) noexcept;
  /// The same for a request of plain content that stands in the lane's cell already, to that object.
  void send_small_chained(rpc::Lane& lane, std::uint32_t object, std::uint16_t number, std::uint32_t bytes, const Terms& terms, rpc::CurrentCall& outer) noexcept;
  /// A lane for that. Errors: overloaded.
  Result<rpc::Lane*> take_chain_lane(const rpc::CurrentCall& outer) noexcept;
  /// This thread is going to wait for something else than a chained call's reply, which the peer's thread that waits for this one may have to do first: to
  /// take oneway calls, to make a stream's items. Nothing where no thread waits for this one.
  void ask_for_help() noexcept;
  /// Nobody else takes what comes: this thread serves alone.
  [[nodiscard]] bool is_only_thread() const noexcept;
  /// True if calls that are not chained are taken on the other side.
  [[nodiscard]] bool is_served() const noexcept { return shm::Access::relaxed(theirs_.control.serving) != 0; }
  /// Says whether a thread of this side takes such calls.
  void set_serving(bool serving) noexcept { shm::Access::relaxed_store(mine_.control.serving, serving ? 1 : 0); }
  [[nodiscard]] rpc::Objects& objects() noexcept { return *objects_; }
  /// Lets go of objects that the peer has dropped. Threads: any on which user code may run.
  void bury() noexcept {
    // sync Link.oneways_done acquire: as in take_call(); pairs with release in run_oneway().
    if (objects_->has_dead()) objects_->bury(oneways_done_.load(std::memory_order_acquire));
  }

  /// Looks for the reply for a moment, without a clock: the whole wait when the peer is awake.
  [[nodiscard]] bool spin_for_reply(const rpc::Lane& lane) const noexcept {
    for (unsigned look = quick_looks_.load(std::memory_order_relaxed); look != 0; --look) {
      const std::uint32_t word = shm::reply_word<shm::Access>(theirs_, lane.number);
      if (word != lane.end.sequence - 1) return word == lane.end.sequence;  // else a notice, which is not to wait
      shm::pause();
    }
    return false;
  }
  /// Waits for the lane's reply. `stop` is the call's own, or null; a thread that serves a call gives up with that one, too.
  /// Errors: timed_out; cancelled; those of a dead link, exact where the peer is dead.
  /// Serves meanwhile what the callee chains to the call.
  Result<void> await_reply(rpc::Lane& lane, os::Deadline deadline, const StopHolder* stop, const Target& target, std::uint32_t method) noexcept;

  /// Publishes a oneway call; takes over `held`. Errors: would_block, timed_out, those of a dead link.
  Result<void> send_oneway(shm::CellBody& body, rpc::Held& held, bool may_wait, const CallOptions* options, const Target& target, std::uint32_t method) noexcept;
  /// The same for plain content, in two halves: between them the ring is locked. Returns null, or the error; the caller owns it.
  [[nodiscard]] Error* begin_send(SmallSend& send, const Target& target, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept;
  void finish_send(const SmallSend& send, std::uint32_t bytes) noexcept;

  /// What stands where there is no root object: it has no methods.
  static Object& no_object() noexcept;

  // ── as a callee ───────────────────────────────────────────────────────────────────────────────
  using CalleeSide = rpc::CalleeSide;
  void set_callee(CalleeSide side) noexcept { callee_ = std::move(side); }

  /// On the server's end, for callers of the same process: has a handler's turn begin on the calling thread, if it need not wait; then leave_directly().
  [[nodiscard]] bool enter_directly(Link& client) noexcept;
  void leave_directly() noexcept;
  [[nodiscard]] std::optional<Error> run_directly(std::uint32_t method, DirectCall& direct) noexcept;

  /// This link among those that wait for a look of the server's leader; guarded by the Registry's mutex.
  rpc::Rung rung;
  /// What the leader keeps of this link. Threads: the leader.
  rpc::EngineNote engine_note;

  using Job = rpc::Job;
  /// Takes the next job: lanes in turn, and calls and oneway calls in turn. Threads: one at a time, the server's leader.
  bool take_job(Job& job) noexcept;
  /// Waits a moment for the next call in the lane from which the last one came, and takes it. Threads: the leader.
  bool expect_call(Job& job) noexcept;
  /// True if a job that was taken is to be run by the leader, without passing the lead on.
  [[nodiscard]] bool runs_on_arrival(const Job& job) const noexcept { return callee_.runs_on_arrival(job); }
  [[nodiscard]] const rpc::Serial* root_turns() const noexcept { return callee_.serial; }
  [[nodiscard]] const Interface& served() const noexcept { return *callee_.interface; }
  /// True if the end of a job lets another one begin that waited for it.
  [[nodiscard]] bool holds_others(const Job& job) const noexcept { return job.kind != Job::Kind::call || callee_.serial != nullptr; }
  /// True while something that was published waits for the end of a job of this link, or of this object. Threads: the leader.
  [[nodiscard]] bool waits_for_others() const noexcept { return oneway_running() || serial_busy() || makes_items() || oneway_waits_for_.get() != nullptr; }
  /// True if a request or oneway call stands there, whether or not it may begin. Threads: the leader.
  [[nodiscard]] bool has_request() noexcept;
  /// Runs it. Threads: any; a oneway before the next one is taken.
  void run(Job& job) noexcept;
  /// Takes and runs a oneway call if one waits. Threads: the only one of the server.
  bool run_next_oneway(Job& job) noexcept;
  /// True if a job waits. Threads: the leader.
  [[nodiscard]] bool has_job() noexcept;
  /// True if take_job() may find something, or the link has ended. Threads: any, also while the leader takes jobs.
  [[nodiscard]] bool may_have_job() noexcept;
  /// Records that the lane's handler begins.
  void mark_started(std::uint32_t lane) noexcept;
  /// True while a oneway call of this link runs. Threads: the leader.
  // sync Link.oneway_busy acquire: pairs with release in run_oneway().
  [[nodiscard]] bool oneway_running() const noexcept { return oneway_busy_.load(std::memory_order_acquire); }
  void announce(shm::Waiting how) noexcept;
  /// Publishes the core that this side's thread runs on, where it changed: a hint for how the peer waits.
  void tell_core(std::uint32_t core) noexcept { shm::tell_core<shm::Access>(mine_, core); }
  /// The core that the peer said it runs on.
  [[nodiscard]] std::uint32_t peer_core() const noexcept { return shm::core_of<shm::Access>(theirs_); }
  /// What the word behind peer_bell() counts, for a sleep that is announced afterwards.
  [[nodiscard]] std::uint32_t bell_count() const noexcept;
  [[nodiscard]] const shm::Word& peer_bell() const noexcept { return peer_->segment().control.bell; }

  [[nodiscard]] rpc::Stops& stops() noexcept { return *stops_; }
  /// The number of the request that was taken last in a lane. Threads: the one that runs it.
  [[nodiscard]] std::uint32_t sequence_taken(std::uint32_t lane) const noexcept { return callee_lanes_.last(lane).sequence; }

  // ── memory ────────────────────────────────────────────────────────────────────────────────────
  [[nodiscard]] rpc::OwnMemory& own() noexcept { return *own_; }
  [[nodiscard]] const std::shared_ptr<rpc::OwnMemory>& own_shared() const noexcept { return own_; }
  [[nodiscard]] const std::shared_ptr<rpc::PeerMemory>& peer_shared() const noexcept { return peer_; }
  /// Arena memory; adds a region when there is not enough. Errors: too_large, no_resources, those of a dead link.
  Result<shm::Arena::Range> allocate(std::size_t bytes, rpc::OwnMemory::For whom) noexcept;

  /// Takes content that does not stand in its cell into private memory, and resolves the descriptors. `storage` keeps what is read in place, or
  /// null. What was resolved may be read while `pins` lives; the frame, while `body`, a private copy of its cell's, and `room` live.
  rpc::PeerMemory::Verdict open_content(shm::CellBody& body, Frame& frame, rpc::BodyRoom& room, Storage* storage,
                                        rpc::PeerMemory::Pins& pins) noexcept;

  // ── streams ───────────────────────────────────────────────────────────────────────────────────
  /// Made when they are first asked for. Throws std::bad_alloc.
  [[nodiscard]] rpc::Streams& streams();
  // sync Link.streams acquire: pairs with release in streams(); they are made. Null: there were none.
  [[nodiscard]] rpc::Streams* known_streams() const noexcept { return streams_.load(std::memory_order_acquire); }
  /// Has whoever takes jobs look at them.
  void look_at_streams() noexcept;
  [[nodiscard]] rpc::Alarm* alarm() const noexcept { return callee_.alarm.get(); }

  [[nodiscard]] rpc::Attachments& attachments() noexcept { return *attachments_; }
  /// Notices what the peer is done with.
  void reclaim() noexcept;

  // ── life ──────────────────────────────────────────────────────────────────────────────────────
  [[nodiscard]] rpc::LinkState state() const noexcept {
    // sync Link.state acquire: pairs with release in end(); what was known of the death is visible.
    return static_cast<rpc::LinkState>(state_.load(std::memory_order_acquire));
  }
  [[nodiscard]] const rpc::Agreement& agreement() const noexcept { return agreement_; }
  /// The peer takes no new calls: it said so.
  [[nodiscard]] bool peer_drains() const noexcept { return peer_drains_.load(std::memory_order_relaxed); }
  void note_drain() noexcept { peer_drains_.store(true, std::memory_order_relaxed); }
  /// From now on calls are refused with Errc::draining, and the peer is told so. Threads: any.
  void drain() noexcept;
  /// Ends the link though handlers run. False if the peer could not be told so, its socket being full: then they are asked to stop, and no more.
  [[nodiscard]] bool cut() noexcept;
  /// Made when there was memory: an error that costs none.
  [[nodiscard]] const Error& out_of_memory() const noexcept { return out_of_memory_; }
  [[nodiscard]] bool forked() const noexcept { return process_mark_ != mark_word_.load(std::memory_order_relaxed); }
  /// Ends the link for all its users and wakes them. Idempotent. Threads: any.
  void end(rpc::LinkState why, const std::string& reason = {}) noexcept;
  /// Ends the link because the peer broke the protocol; what to tell the caller.
  Error protocol_error(const std::string& what) noexcept;
  /// The error of a call that found the link dead; `lane`, else null, if its request was published.
  [[nodiscard]] Error dead_error(const rpc::Lane* lane, const Target& target, std::uint32_t method) const noexcept;
  /// The link has ended, or is about to: the peer is looked at now, which costs a system call.
  [[nodiscard]] bool has_lost_peer() noexcept;
  /// Has the watcher look after the socket and the pidfd. Errors: no_resources.
  Result<void> start_watching();
  /// Has an event loop look after the socket from now on, in the place of the watcher; nothing if it does already. Errors: no_resources.
  Result<void> enter_loop(const std::shared_ptr<rpc::LoopSet>& loop);
  /// A handler has a stop token: where a loop reads the socket, which the handler keeps busy, the watcher does, too, until stop_listening(); false: it does anyway.
  [[nodiscard]] bool listen_beside_loop() noexcept;
  void stop_listening() noexcept;

  void on_ready(std::uint64_t tag) noexcept override;
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

 private:
  friend class rpc::IncomingStream;
  friend class rpc::StreamProducer;
  friend class rpc::Streams;
  friend class ServerCall;

  /// About a microsecond. Chosen, not measured.
  static constexpr std::uint32_t kQuickLooks = 32;

  enum Tag : std::uint64_t { kSocketTag = 0, kPidfdTag = 1, kEndTag = 2 };
  enum class Room : std::uint8_t { yes, none, dead, nonsense };
  void sleep_for_reply(const rpc::Lane& lane, os::Deadline deadline, const rpc::Stopping* stopping) noexcept;
  void look_after_socket(os::TimePoint now) noexcept;
  void send_cancel(std::uint32_t lane, std::uint32_t sequence, Errc why) noexcept;
  void take_cancel(std::span<const std::byte> content) noexcept;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> timeout(const CallOptions* options, const Target& target, std::uint32_t method) const noexcept;
  /// To the thread that waits for the end of `outer`. False: it waits no more.
  bool give_notice(rpc::CurrentCall& outer, std::uint32_t word) noexcept;
  void send_notice(const rpc::Lane& lane, rpc::CurrentCall& outer) noexcept;
  /// The other side of ask_for_help(). True: something was done.
  bool help() noexcept;
  bool help_with_oneway() noexcept;
  /// Takes the call of a notice, and runs it or, if nobody waits for the lane's reply any more, refuses it: `patience` is null.
  void take_notice(rpc::Lane& lane, std::uint32_t word, rpc::Patience* patience) noexcept;
  /// `only`: the number that the request must have.
  bool take_chained(std::uint32_t lane, std::optional<std::uint32_t> only, Job& job) noexcept;
  void refuse_chained(const Job& job) noexcept;
  void abandoned(const rpc::NumberMessage& message) noexcept;
  /// Tells the peer that nobody waits for a chained call any more.
  void abandon(rpc::NumberMessage message) noexcept;
  /// The object that a request is for; false if there is none any more.
  bool find_addressee(const Job& job, rpc::NumberedCall& current, rpc::Addressee& addressee) noexcept;
  [[nodiscard]] Room look_for_room() noexcept;
  /// Locks the ring when it has a free cell; else it is not locked.
  std::optional<Error> lock_ring_with_room(bool& as_owner, bool may_wait, const CallOptions* options, const Target& target, std::uint32_t method) noexcept;
  /// After a call was pushed.
  void unlock_ring(bool as_owner) noexcept;
  void wake_peer() noexcept {
    if (!agreement_.peer_never_sleeps) wake_sleeping_peer();
  }
  void wake_sleeping_peer() noexcept;
  [[gnu::cold]] void ring_socket() noexcept;
  Result<void> wait_for_room(os::Deadline deadline) noexcept;
  void free_taken_oneways() noexcept;
  bool free_taken_oneways_locked() noexcept;
  void ignore_socket() noexcept;
  /// Takes what waits on the socket, at most `limit` messages.
  void read_socket(unsigned limit) noexcept;
  void take_message(std::span<const std::byte> content, os::Message& message) noexcept;
  Result<void> take_attachment(std::span<const std::byte> content, os::Message& message);
  Result<void> take_object(std::span<const std::byte> content, os::Message& message);
  rpc::PeerMemory::Verdict open_attachment(const shm::Descriptor& descriptor, Frame& frame) noexcept;
  void keep_attachments(os::TimePoint now) noexcept;
  void drop_attachments(const shm::CellBody& body) noexcept override { drop_attachments(body, 0); }
  void replies_are_late() noexcept override;
  void drop_attachments(const shm::CellBody& body, std::uint32_t first) noexcept;
  /// Looks for what a frame names on the socket, too: `find` is called until it has an answer.
  template <class F>
  rpc::PeerMemory::Verdict find_on_socket(F&& find) noexcept;  // see find_on_socket.hpp
  void wake_everyone() noexcept;
  /// Adds a region, as OwnMemory::reserve() says. Threads: with grow_mutex_.
  Result<void> add_region(std::optional<std::size_t> bytes);
  /// Waits a moment for the peer's answers to drops, whose memory counts until then.
  void await_drops() noexcept;
  void acknowledge_drops() noexcept;
  void drop_idle_regions() noexcept;
  /// The part of on_tick() that looks after memory.
  std::optional<os::TimePoint> keep_memory(os::TimePoint now) noexcept;
  [[nodiscard]] std::uint32_t lanes_in_use() const noexcept;
  [[nodiscard]] bool lane_ready(std::uint32_t lane) noexcept;
  [[gnu::cold]] bool refuse_lane(rpc::CalleeLanes::Next next) noexcept;
  [[nodiscard]] bool oneway_ready() const noexcept;
  [[nodiscard]] bool serial_busy() const noexcept { return callee_.serial != nullptr && callee_.serial->busy(); }
  /// False if the object takes no second call now; else it is taken.
  [[nodiscard]] bool enter_object() noexcept { return callee_.serial == nullptr || callee_.serial->try_enter(); }
  bool take_oneway(Job& job) noexcept;
  void look_at_oneway(Job& job) noexcept;
  bool enter_oneway(Job& job) noexcept;
  void begin_oneway() noexcept;
  /// The turn that the job needs is its thread's already.
  [[nodiscard]] bool is_in_turn(const Job& job) noexcept;
  bool take_call(Job& job) noexcept;
  /// take_call_in() of a request that says more; false: it stays where it stands, and those of objects that are busy are told of their ends.
  [[gnu::cold]] bool enter_in_order(std::uint32_t lane, Job& job) noexcept;
  bool enter_addressed(std::uint32_t object, rpc::SerialTurn& turn, rpc::SerialRef* waits_for) noexcept;
  [[nodiscard]] bool may_enter(std::uint32_t lane, const shm::CellBody& body) noexcept;
  /// False if the thread that waits for the lane's reply has something else to do before its turn comes.
  bool await_turn(rpc::Serial& serial, const rpc::Lane& lane, rpc::Patience& patience) noexcept;
  [[nodiscard]] static bool is_roots(const Job& job) noexcept;
  bool take_call_in(std::uint32_t lane, Job& job) noexcept;
  void serve_call(Job& job) noexcept;
  void run_call(Job& job) noexcept;
  void run_small_call(Job& job, os::Deadline deadline) noexcept;
  /// One with a deadline, or that may have been given up, or that does not stand in its cell.
  void run_other_call(Job& job) noexcept;
  /// Answers a call that does not run.
  void refuse_unopened(const Job& job, const Error& error) noexcept;
  void run_large_call(Job& job, os::Deadline deadline, rpc::SerialTurn& turn) noexcept;
  void run_large_oneway(Job& job) noexcept;
  void dispatch_oneway(ServerCall& call, const Job& job, Object& object, const Interface& interface) noexcept;
  void finish_call(std::uint32_t lane, ServerCall& call, rpc::LazyOutgoing& outgoing) noexcept;
  void run_oneway(Job& job) noexcept;
  void dispatch(ServerCall& call, Object& object, const Interface& interface, std::uint32_t method) noexcept;
  void send_reply(std::uint32_t lane, const shm::CellBody& body) noexcept;
  void send_small_reply(std::uint32_t lane, std::uint32_t bytes) noexcept;
  void wake_caller(std::uint32_t lane) noexcept;
  void reply_with_content(std::uint32_t lane, rpc::Outgoing& outgoing) noexcept;
  /// Fills a reply's cell; false if its memory needs a slot and the peer holds them all.
  bool describe_reply(rpc::Outgoing& outgoing, shm::CellBody& reply) noexcept;
  void reply_with_error(std::uint32_t lane, const Error& error) noexcept;
  void acknowledge_oneways(std::uint32_t number) noexcept;

  Terms after_known_oneways() noexcept;
  [[nodiscard]] bool makes_items() const noexcept;
  rpc::PeerMemory::Verdict resolve(const shm::Descriptor& descriptor, const std::byte*& data, rpc::PeerMemory::Pins& pins) noexcept;
  bool take_orphan(std::uint32_t lane, std::uint32_t sequence, const shm::CellBody& body) noexcept override;
  void reply_with_stream(std::uint32_t lane, rpc::Outgoing& outgoing) noexcept;
  Result<void> open_stream(ServerCall& call, std::unique_ptr<StreamServing> serving, const StreamTicket& ticket);
  [[nodiscard]] bool dispatches_here() const noexcept;
  void serve_meanwhile(rpc::Meanwhile& wait) noexcept;
  void keep_streams(os::TimePoint now) noexcept;
  void leave_object() noexcept {
    if (callee_.serial != nullptr) callee_.serial->leave();
  }

  // What small calls read, side by side.
  shm::Segment& mine_;
  const shm::Segment& theirs_;
  const std::atomic<std::uint32_t>& mark_word_;
  const std::uint64_t id_;
  const std::uint32_t process_mark_;
  std::atomic<std::uint32_t> state_{0};
  std::atomic<rpc::Streams*> streams_{nullptr};  // owned; made with watch_mutex_
  std::atomic<bool> early_{false};        // requests may have been given up that are not taken yet
  std::atomic<std::uint32_t> quick_looks_{kQuickLooks};  // of spin_for_reply(); one where looking is in vain

  const std::shared_ptr<rpc::OwnMemory> own_;
  const std::shared_ptr<rpc::PeerMemory> peer_;
  const std::shared_ptr<rpc::Objects> objects_;
  const std::shared_ptr<rpc::Attachments> attachments_;
  const std::shared_ptr<rpc::Stops> stops_ = std::make_shared<rpc::Stops>();
  std::shared_ptr<rpc::Expiry> expiry_;           // made with the link's watching
  std::atomic<std::int64_t> next_expiry_{INT64_MAX};  // when the watcher looks at parked calls, in the clock's nanoseconds
  const Fd socket_;
  const Fd pidfd_;
  const rpc::Agreement agreement_;
  const Error out_of_memory_{Errc::no_resources, "memory ran out while a call was served", Execution::no};

  std::mutex watch_mutex_;  // guards what follows
  std::shared_ptr<rpc::LoopSet> loop_;     // which looks after the socket; null: the watcher
  std::uint64_t socket_registration_ = 0;  // with either; 0: none
  std::uint64_t end_registration_ = 0;     // with the watcher, of the socket's end, while a loop reads it; of all it brings, while some listen
  std::uint32_t listeners_ = 0;            // handlers that have stop tokens, in a loop
  std::uint64_t pidfd_registration_ = 0;   // with the watcher; its thread's own
  std::atomic<bool> socket_ended_{false};
  std::mutex socket_mutex_;  // one reader of the socket at a time
  os::TimePoint death_is_told_{};  // guarded by socket_mutex_, and written before socket_ended_
  std::mutex grow_mutex_;    // one thread at a time adds a region
  std::atomic<bool> growth_wanted_{false};
  os::TimePoint next_look_{};           // guarded by grow_mutex_: when idle regions are looked for; the clock's beginning: there is none
  std::uint64_t to_acknowledge_ = 0;    // the watcher's: regions of the peer that were unmapped, a bit each

  std::shared_ptr<rpc::ClientLoop> loop_keeper_;        // written once, with watch_mutex_
  std::atomic<rpc::ClientLoop*> client_loop_{nullptr};  // the same

  std::atomic<bool> peer_drains_{false};
  std::atomic<bool> peer_cuts_{false};  // its end says nothing of what it began
  std::atomic<bool> drains_{false};

  rpc::UnsentCancels unsent_;
  std::mutex end_mutex_;
  std::string end_reason_;

  // As a caller.
  CallerSide caller_;
  rpc::Lanes lanes_;
  std::atomic<std::uint32_t> bell_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  rpc::SpinHistory history_;

  rpc::OnewaySender oneways_;

  // As a callee.
  CalleeSide callee_{.object = &no_object(), .interface = &no_object().shmidl_interface()};
  rpc::CalleeLanes callee_lanes_;
  std::uint32_t next_lane_ = 0;            // where the next look begins; the leader's
  std::uint32_t last_lane_ = 0;            // of the last call taken; the leader's
  std::uint32_t jobs_since_streams_ = 0;   // the leader's
  bool oneway_was_last_ = false;           // the leader's
  std::uint32_t oneways_after_death_ = 0;  // the leader's
  rpc::SerialRef oneway_waits_for_;        // the leader's: what the next oneway call is for, while that is busy
  std::uint32_t oneways_acknowledged_ = 0; // guarded by oneway_busy_
  shm::RingReceiver ring_receiver_;
  std::atomic<std::uint32_t> oneways_done_{0};
  std::atomic<bool> oneway_busy_{false};
};

}  // namespace shmidl::stub
