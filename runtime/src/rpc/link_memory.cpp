// A Link's memory: what its frames take, the regions that come and go, and how received frames are opened.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "os/socket.hpp"
#include "rpc/find_on_socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/link.hpp"
#include "rpc/streams.hpp"
#include "shm/access.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

namespace {
/// How often idle regions are looked for; one goes when two looks in a row found it idle. Chosen, not measured: making it again costs 0.6 ms a MiB.
constexpr std::chrono::seconds kLook{1};
}  // namespace

Result<shm::Arena::Range> Link::allocate(std::size_t bytes, rpc::OwnMemory::For whom) noexcept try {
  if (bytes > own_->limit_bytes()) {
    return Error(Errc::too_large, std::to_string(bytes) + " bytes are more than this side of the connection may hand over; " + own_->limits() + "; raise what is less");
  }
  auto taken = own_->take(bytes, whom);
  if (!taken) {
    own_->collect(peer_->segment());
    free_taken_oneways();
    lanes_.reap_orphans();
    if (rpc::Streams* const streams = known_streams()) static_cast<void>(streams->reap());
    taken = own_->take(bytes, whom);
  }
  if (!taken) {
    // One thread at a time adds a region; the next one finds it.
    const std::lock_guard lock(grow_mutex_);
    taken = own_->take(bytes, whom);
    if (!taken) {
      auto added = add_region(bytes);
      if (!added && own_->awaits_drops()) {
        await_drops();
        added = add_region(bytes);
      }
      if (!added) return added.error();
      taken = own_->take(bytes, whom);
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
    if (next_look_ == os::TimePoint{} && rpc::Watcher::tick(weak_from_this(), os::Clock::now() + kLook)) next_look_ = os::Clock::now() + kLook;
    return {};
  }
  own_->cancel(*added);
  // The end is told by who reads the socket: what the peer sent before, for replies that are there already, is taken first.
  if (sent.error().errc() == Errc::peer_died) return sent.error();
  return Error(Errc::no_resources, "cannot hand a region of memory to the peer: " + std::string(sent.error().what()));
}

void Link::await_drops() noexcept {
  for (int i = 0; i < 100 && own_->awaits_drops() && state() == LinkState::alive; ++i) {
    static_cast<void>(os::wait_readable(socket_, os::Deadline::in(std::chrono::milliseconds(1))));  // the watcher may be faster: look again soon
    read_socket(32);
  }
}

void Link::acknowledge_drops() noexcept {
  to_acknowledge_ |= peer_->finish_drops();
  for (std::uint64_t left = to_acknowledge_; left != 0; left &= left - 1) {
    const auto region = static_cast<std::uint32_t>(std::countr_zero(left));
    rpc::DropMessage message;
    message.region = region;
    if (!os::send(socket_, rpc::seal_message(message, rpc::MessageKind::dropped))) return;  // a full socket: again with the next tick
    to_acknowledge_ &= ~(std::uint64_t{1} << region);
  }
}

void Link::drop_idle_regions() noexcept {
  // What the peer is done with is noticed when memory is wanted; now nobody wants any.
  own_->collect(peer_->segment());
  free_taken_oneways();
  lanes_.reap_orphans();
  for (std::uint64_t left = own_->drop_idle(); left != 0; left &= left - 1) {
    const auto region = static_cast<std::uint16_t>(std::countr_zero(left));
    rpc::DropMessage message;
    message.region = region;
    own_->tell_drop(region, true);
    if (!os::send(socket_, rpc::seal_message(message, rpc::MessageKind::drop))) own_->tell_drop(region, false);
  }
}

// A link has one tick that comes back, at next_look_, while it has regions; the others are asked for when there is something to do.
std::optional<os::TimePoint> Link::keep_memory(os::TimePoint now) noexcept try {
  acknowledge_drops();
  if (to_acknowledge_ != 0) static_cast<void>(rpc::Watcher::tick(weak_from_this(), now + std::chrono::milliseconds(10)));
  const std::unique_lock lock(grow_mutex_, std::try_to_lock);
  if (!lock) return now + std::chrono::milliseconds(1);  // another thread adds a region at this moment
  // Without the memory for it, large ranges go on in what is there.
  if (growth_wanted_.exchange(false, std::memory_order_relaxed)) static_cast<void>(add_region(std::nullopt));
  if (next_look_ == os::TimePoint{} || now < next_look_) return std::nullopt;
  drop_idle_regions();
  next_look_ = own_->has_regions() ? now + kLook : os::TimePoint{};
  return next_look_ == os::TimePoint{} ? std::nullopt : std::optional(next_look_);
} catch (const std::bad_alloc&) {
  return now + kLook;
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

rpc::PeerMemory::Verdict Link::open_content(shm::CellBody& body, Frame& frame, rpc::BodyRoom& room, Storage* storage,
                                            rpc::PeerMemory::Pins& pins) noexcept {
  using Verdict = rpc::PeerMemory::Verdict;
  auto resolve = [&](const shm::Descriptor& descriptor, const std::byte*& data) {
    return find_on_socket([&] { return peer_->resolve(descriptor, data, pins); });
  };
  const std::uint32_t bytes = body.content_bytes;
  std::byte* content = body.content;
  if ((body.flags & shm::kContentInArena) != 0) {
    shm::Descriptor descriptor;
    std::memcpy(&descriptor, body.content, sizeof descriptor);
    const std::byte* data = nullptr;
    if (descriptor.length != bytes) return Verdict::nonsense;
    if (const Verdict verdict = resolve(descriptor, data); verdict != Verdict::good) return verdict;
    content = room.take(bytes);
    if (content == nullptr) {
      drop_attachments(body);
      return Verdict::no_memory;
    }
    Access::read(content, data, bytes);
  } else if (bytes > shm::kInlineBytes) {
    return Verdict::nonsense;
  }
  const std::uint32_t table = std::uint32_t{body.descriptors} * static_cast<std::uint32_t>(sizeof(shm::Descriptor));
  if (body.descriptors > shm::kMaxDescriptors || table > bytes) return Verdict::nonsense;
  for (std::uint32_t i = 0; i < body.descriptors; ++i) {
    const auto descriptor = load<shm::Descriptor>(content + i * sizeof(shm::Descriptor));
    const std::byte* data = nullptr;
    Verdict verdict = Verdict::good;
    if (descriptor.kind == shm::kArena) {
      if (i >= kMaxExternals) return Verdict::nonsense;
      verdict = resolve(descriptor, data);
      if (verdict == Verdict::good && !frame.add_external(data, descriptor.length, storage, false)) verdict = Verdict::no_memory;
    } else {
      verdict = open_attachment(descriptor, frame);
    }
    if (verdict == Verdict::good) continue;
    // The rest of them is not left behind.
    if (verdict != Verdict::nonsense) drop_attachments(body, i + 1);
    return verdict;
  }
  if (overlapping(frame)) return Verdict::nonsense;
  frame.set(content + table, bytes - table, agreement_.same_schema, agreement_.in_place);
  return Verdict::good;
}

}  // namespace shmidl::stub
