// A Link's memory: what its frames take, the regions that come and go, and how received frames are opened.
#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "os/process.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/link.hpp"
#include "shm/access.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

Result<shm::Arena::Range> Link::allocate(std::size_t bytes, rpc::Held* held) noexcept try {
  if (bytes > own_->limit_bytes()) {
    return Error(Errc::too_large, std::to_string(bytes) + " bytes are more than the " + std::to_string(own_->limit_bytes()) +
                                      " that this side of the connection may hand over; raise max_own_bytes");
  }
  auto taken = own_->take(bytes, held);
  if (!taken) {
    own_->collect(peer_->segment());
    free_taken_oneways();
    taken = own_->take(bytes, held);
  }
  if (!taken) {
    // One thread at a time adds a region; the next one finds it.
    const std::lock_guard lock(grow_mutex_);
    taken = own_->take(bytes, held);
    if (!taken) {
      if (auto added = add_region(bytes); !added) return added.error();
      taken = own_->take(bytes, held);
    }
  }
  // The way of large ranges grows on the watcher's thread: no call waits for it.
  if (own_->wants_longer_way()) {
    growth_wanted_.store(true, std::memory_order_relaxed);
    static_cast<void>(rpc::Watcher::tick(weak_from_this(), os::Clock::now()));
  }
  if (taken) return *taken;
  return Error(Errc::no_resources, "other threads took the memory that this call needs; try again");
} catch (const std::bad_alloc&) {
  return Error(Errc::no_resources, "memory ran out while a call was packed");
}

Result<void> Link::add_region(std::optional<std::size_t> bytes) {
  auto added = own_->reserve(bytes);
  if (!added) return added.error();
  rpc::RegionMessage message;
  message.region = added->region;
  message.bytes = added->bytes;
  const int descriptor = added->descriptor.get();
  // The message is on the socket before any frame names the region: a peer that does not know it finds it there.
  auto sent = os::send(socket_, rpc::seal_message(message, rpc::MessageKind::region), std::span(&descriptor, 1));
  if (sent) {
    own_->commit(*added);
    return {};
  }
  own_->cancel(*added);
  if (sent.error().errc() == Errc::peer_died) {
    end(os::has_exited(pidfd_) ? LinkState::peer_died : LinkState::peer_closed);  // before the watcher heard of it
    return sent.error();
  }
  return Error(Errc::no_resources, "cannot hand a region of memory to the peer: " + std::string(sent.error().what()));
}

std::optional<os::TimePoint> Link::keep_memory(os::TimePoint now) noexcept try {
  const std::unique_lock lock(grow_mutex_, std::try_to_lock);
  if (!lock) return now + std::chrono::milliseconds(1);  // another thread adds a region at this moment
  // Without the memory for it, large ranges go on in what is there.
  if (growth_wanted_.exchange(false, std::memory_order_relaxed)) static_cast<void>(add_region(std::nullopt));
  return std::nullopt;
} catch (const std::bad_alloc&) {
  return std::nullopt;
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
                                            Storage* storage, rpc::PeerMemory::Pins& pins) noexcept {
  using Verdict = rpc::PeerMemory::Verdict;
  // A frame may name a region whose message still waits on the socket: look there before calling it nonsense. A socket holds a few hundred
  // messages; a correct peer's region is among them.
  constexpr unsigned kTurn = 32;
  constexpr unsigned kMostMessages = 1024;
  auto resolve = [&](const shm::Descriptor& descriptor, const std::byte*& data) {
    Verdict verdict = peer_->resolve(descriptor, data, pins);
    for (unsigned turn = 0; verdict == Verdict::not_yet && turn < kMostMessages / kTurn; ++turn) {
      read_socket(kTurn);
      verdict = peer_->resolve(descriptor, data, pins);
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
    if (small != body.content) std::memcpy(content, body.content, shm::kInlineBytes);
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
