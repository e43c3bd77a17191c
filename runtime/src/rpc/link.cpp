#include "rpc/link.hpp"

#include <array>
#include <new>
#include <utility>

#include "os/fork.hpp"
#include "os/futex.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/client_loop.hpp"
#include "rpc/expiry.hpp"
#include "rpc/hello.hpp"
#include "rpc/loop_set.hpp"
#include "rpc/streams.hpp"
#include "rpc/target.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

namespace {
/// How long after the end of its socket a process may take to end. Chosen, not measured.
constexpr std::chrono::milliseconds kDeathIsNear{20};
/// Between two wakes of those who sleep when a link ends. Chosen, not measured.
constexpr std::chrono::milliseconds kWakeAgain{1};
constexpr std::uint32_t kNever = 0;  // changes
/// Until the watcher tries once more to look after a socket. Chosen, not measured.
constexpr std::chrono::milliseconds kReadAgain{100};
/// Between two tries to send what a full socket did not take. Chosen, not measured.
constexpr std::chrono::milliseconds kSendAgain{5};
/// More than a socket holds: messages that a dead peer left.
constexpr unsigned kMostMessages = 1024;

std::uint64_t next_link_id() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

Link::Link(std::shared_ptr<rpc::OwnMemory> own, std::shared_ptr<rpc::PeerMemory> peer, Fd socket, Fd pidfd, rpc::Agreement agreement)
    : mine_(own->segment()),
      theirs_(peer->segment()),
      mark_word_(os::process_mark_word()),
      id_(next_link_id()),
      process_mark_(os::process_mark()),
      own_(std::move(own)),
      peer_(std::move(peer)),
      objects_(std::make_shared<rpc::Objects>()),
      attachments_(std::make_shared<rpc::Attachments>(agreement.blobs_here, agreement.blobs_there, agreement.blob_options, objects_)),
      socket_(std::move(socket)),
      pidfd_(std::move(pidfd)),
      agreement_(std::move(agreement)),
      lanes_(id_, mine_, theirs_, *own_) {
  lanes_.set_sink(*this);
}

Link::~Link() {
  if (forked()) return;  // the segments, the watcher and the peer belong to the parent
  ignore_socket();
  rpc::Watcher::ignore(pidfd_, pidfd_registration_);
  objects_->end();
  attachments_->end(true);
  delete streams_.load(std::memory_order_relaxed);
  bury();
  // Nobody reads this side's frames any more: the peer finds its socket closed.
  lanes_.give_back_memory();
  for (rpc::Held& held : oneways_.held) own_->give_back(held);
  own_->abandon_slots();
  own_->outlive(own_);
}

Result<void> Link::start_watching() {
  peer_->set_keeper(weak_from_this());
  objects_->open(socket_, weak_from_this(), oneways_.sent);
  attachments_->open(socket_, weak_from_this());
  expiry_ = std::make_shared<rpc::Expiry>(weak_from_this());
  const std::lock_guard lock(watch_mutex_);  // a socket that has something at once comes back to on_ready()
  auto watching = rpc::Watcher::watch(socket_, weak_from_this(), kSocketTag, socket_registration_);
  if (watching) watching = rpc::Watcher::watch(pidfd_, weak_from_this(), kPidfdTag, pidfd_registration_);
  return watching;
}

rpc::ClientLoop& Link::client_loop() {
  // sync Link.client_loop acquire: pairs with release below; the loop is made.
  if (rpc::ClientLoop* const made = client_loop_.load(std::memory_order_acquire)) return *made;
  if (forked()) throw Error(rpc::forked_error());
  const std::lock_guard lock(watch_mutex_);
  if (rpc::ClientLoop* const made = client_loop_.load(std::memory_order_relaxed)) return *made;
  auto set = rpc::LoopSet::open();
  if (!set) throw Error(set.error());
  loop_keeper_ = std::make_shared<rpc::ClientLoop>(*this, std::move(*set));
  // sync Link.client_loop release: pairs with acquire above. seq_cst: ordered with the look of an end() that comes meanwhile.
  client_loop_.store(loop_keeper_.get(), std::memory_order_seq_cst);
  return *loop_keeper_;
}

void Link::adopt(std::shared_ptr<rpc::ClientLoop> loop) noexcept {
  const std::lock_guard lock(watch_mutex_);
  loop_keeper_ = std::move(loop);
  // sync Link.client_loop release: as in client_loop().
  client_loop_.store(loop_keeper_.get(), std::memory_order_seq_cst);
}

void Link::replies_are_late() noexcept {
  // sync Link.client_loop acquire: as in client_loop().
  rpc::ClientLoop* const loop = client_loop_.load(std::memory_order_acquire);
  if (loop == nullptr) return;
  // The rings for these replies stand on the socket, which must not fill up while nobody dispatches.
  constexpr unsigned kTurn = 64;
  read_socket(kTurn);
  loop->wake();
}

Result<void> Link::enter_loop(const std::shared_ptr<rpc::LoopSet>& loop) {
  const std::lock_guard lock(watch_mutex_);
  if (loop_ != nullptr) return {};
  if (socket_registration_ == 0) return loop_ = loop, Result<void>();  // what has ended needs nobody to look after it
  // In the loop first, so that somebody reads the socket whatever fails.
  std::uint64_t in_loop = 0;
  if (auto added = loop->watch(socket_, weak_from_this(), kSocketTag, in_loop); !added) return added;
  rpc::Watcher::ignore(socket_, socket_registration_);
  // A loop may be busy for long, also with a call on this link, which must hear of the end.
  auto ends = rpc::Watcher::watch(socket_, weak_from_this(), kEndTag, end_registration_, os::Await::end);
  if (ends) {
    loop_ = loop;
    socket_registration_ = in_loop;
    return {};
  }
  loop->ignore(socket_, in_loop);
  // Where it was there is room again.
  if (!rpc::Watcher::watch(socket_, weak_from_this(), kSocketTag, socket_registration_)) static_cast<void>(rpc::Watcher::tick(weak_from_this(), os::Clock::now() + kReadAgain));
  return ends;
}

bool Link::listen_beside_loop() noexcept {
  const std::lock_guard lock(watch_mutex_);
  if (loop_ == nullptr) return false;
  if (listeners_++ == 0 && end_registration_ != 0) {
    rpc::Watcher::ignore(socket_, end_registration_);
    static_cast<void>(rpc::Watcher::watch(socket_, weak_from_this(), kSocketTag, end_registration_));
  }
  return true;
}

void Link::stop_listening() noexcept {
  const std::lock_guard lock(watch_mutex_);
  if (--listeners_ != 0 || end_registration_ == 0) return;
  rpc::Watcher::ignore(socket_, end_registration_);
  static_cast<void>(rpc::Watcher::watch(socket_, weak_from_this(), kEndTag, end_registration_, os::Await::end));
}

void Link::ignore_socket() noexcept {
  const std::lock_guard lock(watch_mutex_);
  if (loop_ == nullptr) return rpc::Watcher::ignore(socket_, socket_registration_);
  loop_->ignore(socket_, socket_registration_);
  rpc::Watcher::ignore(socket_, end_registration_);
}

void Link::on_ready(std::uint64_t tag) noexcept {
  if (tag == kPidfdTag) {
    rpc::Watcher::ignore(pidfd_, pidfd_registration_);
    read_socket(kMostMessages);  // what its last oneway calls name is there
    return end(LinkState::peer_died);
  }
  if (tag == kEndTag) read_socket(kMostMessages);  // nothing more will come
  // A peer that fills its socket without end holds up nobody else: the rest is read in the next turn.
  constexpr unsigned kTurn = 32;
  read_socket(kTurn);
  // Past the end of the connection the socket stays readable, with nothing to read.
  if (socket_ended_.load(std::memory_order_relaxed) || state() != LinkState::alive) ignore_socket();
}

void Link::read_socket(unsigned limit) noexcept try {
  const std::lock_guard lock(socket_mutex_);
  unsigned ends = 0;
  for (; limit != 0 && state() == LinkState::alive && !socket_ended_.load(std::memory_order_relaxed); --limit) {
    std::array<std::byte, rpc::kMaxMessageBytes> bytes;
    auto message = os::recv(socket_, bytes, true);
    if (message && !message->eof) {
      take_message(std::span<const std::byte>(bytes.data(), message->bytes), *message);
      continue;
    }
    // Two ends are none yet, and messages may follow: a peer that closed with messages of ours unread, which the kernel tells before it gives what was
    // sent before; and a peer that sent and closed while the kernel had found the queue empty, and had not looked for the end.
    if (message && ++ends < 3) continue;
    const Errc errc = message ? Errc::peer_died : message.error().errc();
    if (errc == Errc::would_block || errc == Errc::no_resources) return;
    if (errc == Errc::protocol_error) return static_cast<void>(protocol_error(message.error().what()));
    // The end of the socket. A process that was killed closes it a moment before its pidfd tells: wait for that, without holding up others.
    death_is_told_ = os::Clock::now() + kDeathIsNear;
    socket_ended_.store(true, std::memory_order_relaxed);
    if (agreement_.same_process) return end(LinkState::peer_closed);
    if (os::has_exited(pidfd_)) return end(LinkState::peer_died);
    if (!rpc::Watcher::tick(weak_from_this(), death_is_told_)) end(LinkState::peer_closed);
    return;
  }
} catch (const std::bad_alloc&) {
  static_cast<void>(protocol_error("memory ran out while a message was read"));
}

void Link::take_message(std::span<const std::byte> content, os::Message& message) noexcept {
  const auto kind = static_cast<rpc::MessageKind>(rpc::message_kind(content));
  if (kind == rpc::MessageKind::attach || kind == rpc::MessageKind::detach || kind == rpc::MessageKind::release) {
    if (auto taken = take_attachment(content, message); !taken) static_cast<void>(protocol_error(taken.error().what()));
  } else if (kind == rpc::MessageKind::object || kind == rpc::MessageKind::drop_object || kind == rpc::MessageKind::forget) {
    if (auto taken = take_object(content, message); !taken) static_cast<void>(protocol_error(taken.error().what()));
  } else if (rpc::NumberMessage abandon; rpc::read_message(content, rpc::MessageKind::abandon, abandon)) {
    abandoned(abandon);
  } else if (message.lost_fds) {
    static_cast<void>(protocol_error("memory of the peer's was lost: this process is at its limit of open files (ulimit -n)"));
  } else if (rpc::RegionMessage region; rpc::read_message(content, rpc::MessageKind::region, region)) {
    if (message.fds.size() != 1) return static_cast<void>(protocol_error("the peer announced a region without its memory"));
    auto added = peer_->add(region.region, region.bytes, message.fds[0]);
    if (!added) static_cast<void>(protocol_error(added.error().what()));
  } else if (rpc::DropMessage drop; rpc::read_message(content, rpc::MessageKind::drop, drop)) {
    if (auto dropping = peer_->drop(drop.region); !dropping) static_cast<void>(protocol_error(dropping.error().what()));
  } else if (rpc::read_message(content, rpc::MessageKind::dropped, drop)) {
    if (!own_->finish_drop(drop.region)) static_cast<void>(protocol_error("the peer gave up region " + std::to_string(drop.region) + " without being asked to"));
  } else if (rpc::NumberMessage drain; rpc::read_message(content, rpc::MessageKind::drain, drain)) {
    if (drain.number == 1) peer_cuts_.store(true, std::memory_order_relaxed);
    note_drain();
  } else if (rpc::NumberMessage cancelled; rpc::read_message(content, rpc::MessageKind::cancel_stream, cancelled)) {
    if (rpc::Streams* const streams = known_streams()) streams->cancel(cancelled.number);
  } else if (kind == rpc::MessageKind::cancel) {
    take_cancel(content);
  } else if (kind == rpc::MessageKind::bell) {
    if (callee_.alarm != nullptr) callee_.alarm->ring(*this);
    // sync Link.client_loop acquire: as in client_loop().
    if (rpc::ClientLoop* const loop = client_loop_.load(std::memory_order_acquire)) loop->wake();
  } else {
    static_cast<void>(protocol_error("the peer sent a message of an unknown kind"));
  }
}

void Link::end(LinkState why, const std::string& reason) noexcept {
  {
    const std::lock_guard lock(end_mutex_);
    if (state() != LinkState::alive) return;
    try {
      end_reason_ = reason;
    } catch (const std::bad_alloc&) {
      end_reason_.clear();
    }
    // sync Link.state release: the reason is written; pairs with acquire in state(). seq_cst: ordered before the look at the sleepers below.
    state_.store(static_cast<std::uint32_t>(why), std::memory_order_seq_cst);
  }
  // A peer that is dropped or left learns it from the end of the socket.
  if (why == LinkState::nonsense || why == LinkState::closed) os::shut_down(socket_);
  wake_everyone();
  if (sleepers_.load(std::memory_order_seq_cst) != 0 && !rpc::Watcher::tick(weak_from_this(), os::Clock::now() + kWakeAgain)) {
    while (on_tick(os::Clock::now())) os::wait_private(&kNever, kNever, os::Deadline::in(kWakeAgain));  // no memory for a tick
  }
  // What a dead peer published is still taken, with what it attached; the blobs that it held are not its any more.
  attachments_->end(why == LinkState::nonsense || why == LinkState::closed);
  stops_->end();
  objects_->end();
  if (rpc::Streams* const streams = streams_.load(std::memory_order_seq_cst)) {
    streams->wake_readers();
    streams->give_up_all();
  }
  if (callee_.alarm != nullptr) callee_.alarm->ring(*this);
  if (rpc::ClientLoop* const loop = client_loop_.load(std::memory_order_seq_cst)) loop->link_ended();
}

// The sleepers' words are the peer's, and do not change by the end: a thread between its look at the state and its sleep misses the wake. So it is
// repeated until none is left.
void Link::wake_everyone() noexcept {
  if (sleepers_.load(std::memory_order_seq_cst) != 0) {
    for (const shm::Cell& cell : theirs_.replies) os::wake(os::word_of(cell.sequence), os::kWakeAll);
    os::wake(os::word_of(theirs_.control.taken), os::kWakeAll);
  }
  lanes_.wake_waiters();
}

std::optional<os::TimePoint> Link::on_tick(os::TimePoint now) noexcept {
  if (state() == LinkState::alive) {
    std::optional<os::TimePoint> death;
    {
      const std::lock_guard lock(socket_mutex_);
      if (socket_ended_.load(std::memory_order_relaxed)) death = death_is_told_;
    }
    if (!death) {
      look_after_socket(now);
      keep_attachments(now);
      keep_streams(now);
      return keep_memory(now);
    }
    if (now < *death) return std::nullopt;  // this tick was meant for memory; the other one is still to come
    end(os::has_exited(pidfd_) ? LinkState::peer_died : LinkState::peer_closed);
    return std::nullopt;
  }
  wake_everyone();
  // sync Link.client_loop acquire: as in client_loop().
  if (rpc::ClientLoop* const loop = client_loop_.load(std::memory_order_acquire)) loop->tell_death_here();
  if (sleepers_.load(std::memory_order_seq_cst) == 0) return std::nullopt;
  return now + kWakeAgain;
}

void Link::look_after_socket(os::TimePoint now) noexcept {
  {
    const std::lock_guard lock(watch_mutex_);
    const bool nobody = loop_ == nullptr && socket_registration_ == 0 && expiry_ != nullptr;
    if (nobody && !rpc::Watcher::watch(socket_, weak_from_this(), kSocketTag, socket_registration_)) static_cast<void>(rpc::Watcher::tick(weak_from_this(), now + kReadAgain));
  }
  if (!unsent_.flush(socket_)) static_cast<void>(rpc::Watcher::tick(weak_from_this(), now + kSendAgain));
}

Error Link::protocol_error(const std::string& what) noexcept {
  end(LinkState::nonsense, what);
  return Error(Errc::protocol_error, "the connection to `" + agreement_.name + "` was dropped: " + what, Execution::maybe);
}

Error Link::obituary() const {
  const std::string server = "the server `" + agreement_.name + "` (pid " + std::to_string(agreement_.peer.pid) + ")";
  switch (state()) {
    case LinkState::peer_died:
      return Error(Errc::peer_died, server + " died");
    case LinkState::nonsense:
      return Error(Errc::protocol_error, "the connection to `" + agreement_.name + "` was dropped: " + end_reason_);
    default:
      return Error(Errc::peer_died, server + " closed the connection");
  }
}

bool Link::has_lost_peer() noexcept {
  if (state() == LinkState::alive && os::has_exited(pidfd_)) {  // before the watcher heard of it
    read_socket(kMostMessages);
    end(LinkState::peer_died);
  }
  return state() != LinkState::alive || socket_ended_.load(std::memory_order_relaxed);
}

Error Link::dead_error(const rpc::Lane* lane, const Target& target, std::uint32_t method) const noexcept {
  const LinkState why = state();
  const std::string_view name = target.info(method).name;
  const std::string call = "`" + agreement_.name + "." + std::string(name) + "`";
  const std::string server = "the server `" + agreement_.name + "` (pid " + std::to_string(agreement_.peer.pid) + ")";
  // Alive: a write to the socket has failed, and the end is about to be told.
  if (why == LinkState::peer_died || why == LinkState::peer_closed || why == LinkState::alive) {
    const std::string how = why == LinkState::peer_died ? " died" : " closed the connection";
    if (lane == nullptr) return Error(Errc::not_executed, server + how + " before the call of " + call + "; connect again", Execution::no);
    const bool knows = why == LinkState::peer_died || !peer_cuts_.load(std::memory_order_relaxed);
    if (knows && !shm::was_started<Access>(theirs_, lane->number, lane->end)) {
      return Error(Errc::not_executed, server + how + " before it began the call of " + call, Execution::no);
    }
    return Error(Errc::maybe_executed, server + how + " during the call of " + call, Execution::maybe);
  }
  const Execution execution = lane != nullptr ? Execution::maybe : Execution::no;
  if (why == LinkState::closed) return Error(Errc::cancelled, "this connection to `" + agreement_.name + "` was closed before " + call + " ended", execution);
  return Error(Errc::protocol_error, "the connection to `" + agreement_.name + "` was dropped: " + end_reason_, execution);
}

}  // namespace shmidl::stub
