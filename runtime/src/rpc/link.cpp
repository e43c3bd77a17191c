#include "rpc/link.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "os/fork.hpp"
#include "os/futex.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

namespace {
/// How long after the end of its socket a process may take to end. Chosen, not measured.
constexpr std::chrono::milliseconds kDeathIsNear{20};

std::uint64_t next_link_id() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

Link::Link(std::shared_ptr<rpc::OwnMemory> own, std::shared_ptr<rpc::PeerMemory> peer, Fd socket, Fd pidfd, rpc::Agreement agreement)
    : own_(std::move(own)),
      peer_(std::move(peer)),
      socket_(std::move(socket)),
      pidfd_(std::move(pidfd)),
      agreement_(std::move(agreement)),
      process_mark_(os::process_mark()),
      id_(next_link_id()) {}

Link::~Link() {
  if (forked()) return;  // the segments, the watcher and the peer belong to the parent
  rpc::Watcher::ignore(socket_, socket_registration_);
  rpc::Watcher::ignore(pidfd_, pidfd_registration_);
  // Nobody reads this side's frames any more: the peer finds its socket closed.
  for (rpc::Held& held : held_) own_->give_back(held);
  for (rpc::Held& held : ring_held_) own_->give_back(held);
  own_->abandon_slots();
}

bool Link::forked() const noexcept { return process_mark_ != os::process_mark(); }

Result<void> Link::start_watching() {
  auto watching = rpc::Watcher::watch(socket_, weak_from_this(), kSocketTag, socket_registration_);
  if (watching) watching = rpc::Watcher::watch(pidfd_, weak_from_this(), kPidfdTag, pidfd_registration_);
  return watching;
}

void Link::on_ready(std::uint64_t tag) noexcept {
  if (tag == kPidfdTag) {
    rpc::Watcher::ignore(pidfd_, pidfd_registration_);
    return end(LinkState::peer_died);
  }
  // A peer that fills its socket without end holds up nobody else: the rest is read in the next turn.
  constexpr unsigned kTurn = 32;
  read_socket(kTurn);
  // Past the end of the connection the socket stays readable, with nothing to read.
  if (socket_ended_.load(std::memory_order_relaxed) || state() != LinkState::alive) rpc::Watcher::ignore(socket_, socket_registration_);
}

void Link::read_socket(unsigned limit) noexcept try {
  const std::lock_guard lock(socket_mutex_);
  for (; limit != 0 && state() == LinkState::alive && !socket_ended_.load(std::memory_order_relaxed); --limit) {
    std::array<std::byte, rpc::kMaxMessageBytes> bytes;
    auto message = os::recv(socket_, bytes);
    if (message && !message->eof) {
      take_message(std::span<const std::byte>(bytes.data(), message->bytes), message->fds);
      continue;
    }
    const Errc errc = message ? Errc::peer_died : message.error().errc();
    if (errc == Errc::would_block || errc == Errc::no_resources) return;
    if (errc == Errc::protocol_error) return static_cast<void>(protocol_error(message.error().what()));
    // The end of the socket. A process that was killed closes it a moment before its pidfd tells: wait for that, without holding up others.
    socket_ended_.store(true, std::memory_order_relaxed);
    if (os::has_exited(pidfd_)) return end(LinkState::peer_died);
    if (!rpc::Watcher::tick(weak_from_this(), os::Clock::now() + kDeathIsNear)) end(LinkState::peer_closed);
    return;
  }
} catch (const std::bad_alloc&) {
  static_cast<void>(protocol_error("memory ran out while a message was read"));
}

void Link::take_message(std::span<const std::byte> content, std::vector<Fd>& descriptors) noexcept {
  rpc::RegionMessage region;
  if (rpc::read_message(content, rpc::MessageKind::region, region)) {
    if (descriptors.size() != 1) return static_cast<void>(protocol_error("the peer announced a region without its memory"));
    auto added = peer_->add(region.region, region.bytes, descriptors[0]);
    if (!added) static_cast<void>(protocol_error(added.error().what()));
  } else if (rpc::message_kind(content) == static_cast<std::uint32_t>(rpc::MessageKind::bell)) {
    if (callee_.alarm != nullptr) callee_.alarm->ring();
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
  if (!os::waitv_supported() && sleepers_.load(std::memory_order_seq_cst) != 0) {
    // A thread between its look at the state and its sleep would miss the wake: repeat it until none is left.
    static_cast<void>(rpc::Watcher::tick(weak_from_this(), os::Clock::now() + std::chrono::milliseconds(1)));
  }
  if (callee_.alarm != nullptr) callee_.alarm->ring();
}

void Link::wake_everyone() noexcept {
  os::wake(os::word_of(state_), os::kWakeAll, true);
  if (!os::waitv_supported()) {
    const shm::Segment& peer = peer_->segment();
    for (const shm::Cell& cell : peer.replies) os::wake(os::word_of(cell.sequence), os::kWakeAll);
    os::wake(os::word_of(peer.control.taken), os::kWakeAll);
  }
  const std::lock_guard lock(lanes_mutex_);
  lane_freed_.notify_all();
}

std::optional<os::TimePoint> Link::on_tick(os::TimePoint now) noexcept {
  if (state() == LinkState::alive) {
    end(os::has_exited(pidfd_) ? LinkState::peer_died : LinkState::peer_closed);
    return std::nullopt;
  }
  wake_everyone();
  if (os::waitv_supported() || sleepers_.load(std::memory_order_seq_cst) == 0) return std::nullopt;
  return now + std::chrono::milliseconds(1);
}

Error Link::protocol_error(const std::string& what) noexcept {
  end(LinkState::nonsense, what);
  return Error(Errc::protocol_error, "the connection to `" + agreement_.name + "` was dropped: " + what, Execution::maybe);
}

Error Link::dead_error(std::optional<std::uint32_t> lane, std::uint32_t method) const noexcept {
  const LinkState why = state();
  const std::string_view name = caller_.methods.interface().methods[method].name;
  const std::string call = "`" + agreement_.name + "." + std::string(name) + "`";
  const std::string server = "the server `" + agreement_.name + "` (pid " + std::to_string(agreement_.peer.pid) + ")";
  if (why == LinkState::peer_died || why == LinkState::peer_closed) {
    const std::string how = why == LinkState::peer_died ? " died" : " closed the connection";
    if (!lane) return Error(Errc::not_executed, server + how + " before the call of " + call + "; connect again", Execution::no);
    if (!shm::was_started<Access>(peer_->segment(), *lane, caller_lanes_[*lane])) {
      return Error(Errc::not_executed, server + how + " before it began the call of " + call, Execution::no);
    }
    return Error(Errc::maybe_executed, server + how + " during the call of " + call, Execution::maybe);
  }
  const Execution execution = lane ? Execution::maybe : Execution::no;
  if (why == LinkState::closed) return Error(Errc::cancelled, "this connection to `" + agreement_.name + "` was closed before " + call + " ended", execution);
  return Error(Errc::protocol_error, "the connection to `" + agreement_.name + "` was dropped: " + end_reason_, execution);
}

Result<shm::Arena::Range> Link::allocate(std::size_t bytes, rpc::Held* held) noexcept try {
  if (bytes > own_->limit_bytes()) {
    return Error(Errc::too_large, std::to_string(bytes) + " bytes are more than the " + std::to_string(own_->limit_bytes()) +
                                      " that this side of the connection may hand over; raise max_own_bytes");
  }
  if (auto taken = own_->take(bytes, held)) return *taken;
  own_->collect(peer_->segment());
  free_taken_oneways();
  if (auto taken = own_->take(bytes, held)) return *taken;
  // One thread at a time adds a region; the next one finds it.
  const std::lock_guard lock(grow_mutex_);
  if (auto taken = own_->take(bytes, held)) return *taken;
  auto added = own_->reserve(bytes);
  if (!added) return added.error();
  rpc::RegionMessage message;
  message.region = added->region;
  message.bytes = added->bytes;
  const int descriptor = added->descriptor.get();
  // The message is on the socket before any frame names the region: a peer that does not know it finds it there.
  auto sent = os::send(socket_, rpc::seal_message(message, rpc::MessageKind::region), std::span(&descriptor, 1));
  if (!sent) {
    own_->cancel(*added);
    if (sent.error().errc() == Errc::peer_died) {
      end(os::has_exited(pidfd_) ? LinkState::peer_died : LinkState::peer_closed);  // before the watcher heard of it
      return sent.error();
    }
    return Error(Errc::no_resources, "cannot hand a region of memory to the peer: " + std::string(sent.error().what()));
  }
  own_->commit(*added);
  if (auto taken = own_->take(bytes, held)) return *taken;
  return Error(Errc::no_resources, "other threads took the memory that this call needs; try again");
} catch (const std::bad_alloc&) {
  return Error(Errc::no_resources, "memory ran out while a call was packed");
}

namespace {

/// Whether two externals share a byte: then copies of a frame could be larger than all that the peer handed over.
bool overlapping(const Frame& frame) noexcept {
  const std::uint32_t count = frame.externals();
  if (count < 2) return false;  // small calls have none: they do not pay for the array below
  std::array<std::pair<const std::byte*, const std::byte*>, shm::kMaxDescriptors> ranges;
  for (std::uint32_t i = 0; i < count; ++i) ranges[i] = {frame.external(i).data, frame.external(i).data + frame.external(i).bytes};
  std::sort(ranges.begin(), ranges.begin() + count);
  for (std::uint32_t i = 1; i < count; ++i) {
    if (ranges[i].first < ranges[i - 1].second) return true;
  }
  return false;
}

}  // namespace

rpc::PeerMemory::Verdict Link::open_content(const shm::CellBody& body, Frame& frame, std::unique_ptr<std::byte[]>& large, std::byte* small,
                                            Storage* storage) noexcept {
  using Verdict = rpc::PeerMemory::Verdict;
  // A frame may name a region whose message still waits on the socket: look there before calling it nonsense. A socket holds a few hundred
  // messages; a correct peer's region is among them.
  constexpr unsigned kTurn = 32;
  constexpr unsigned kMostMessages = 1024;
  auto resolve = [&](const shm::Descriptor& descriptor, const std::byte*& data) {
    Verdict verdict = peer_->resolve(descriptor, data);
    for (unsigned turn = 0; verdict == Verdict::not_yet && turn < kMostMessages / kTurn; ++turn) {
      read_socket(kTurn);
      verdict = peer_->resolve(descriptor, data);
    }
    return verdict == Verdict::not_yet ? Verdict::nonsense : verdict;
  };
  const std::uint32_t bytes = body.content_bytes;
  std::byte* content = small;
  if ((body.flags & shm::kContentInArena) != 0) {
    shm::Descriptor descriptor;
    std::memcpy(&descriptor, body.content, sizeof descriptor);
    const std::byte* data = nullptr;
    if (descriptor.length != bytes) return Verdict::nonsense;
    if (const Verdict verdict = resolve(descriptor, data); verdict != Verdict::good) return verdict;
    large.reset(new (std::nothrow) std::byte[bytes]);
    if (large == nullptr) return Verdict::no_memory;
    content = large.get();
    Access::read(content, data, bytes);
  } else {
    if (bytes > shm::kInlineBytes) return Verdict::nonsense;
    std::memcpy(content, body.content, shm::kInlineBytes);
  }
  const std::uint32_t table = std::uint32_t{body.descriptors} * static_cast<std::uint32_t>(sizeof(shm::Descriptor));
  if (body.descriptors > shm::kMaxDescriptors || table > bytes) return Verdict::nonsense;
  for (std::uint32_t i = 0; i < body.descriptors; ++i) {
    const auto descriptor = load<shm::Descriptor>(content + i * sizeof(shm::Descriptor));
    const std::byte* data = nullptr;
    if (const Verdict verdict = resolve(descriptor, data); verdict != Verdict::good) return verdict;
    if (!frame.add_external(data, descriptor.length, storage, false)) return Verdict::no_memory;
  }
  if (overlapping(frame)) return Verdict::nonsense;
  frame.set(content + table, bytes - table, agreement_.same_schema, agreement_.in_place);
  return Verdict::good;
}

}  // namespace shmidl::stub
