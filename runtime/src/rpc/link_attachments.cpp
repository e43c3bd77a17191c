// What travels beside a Link's frames: its messages, and frames that nobody reads.
#include <algorithm>
#include <array>
#include <cstring>

#include <unistd.h>

#include "os/socket.hpp"
#include "rpc/find_on_socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/link.hpp"
#include "shm/access.hpp"
#include "shm/notice.hpp"

namespace shmidl::stub {

using shm::Access;
using Verdict = rpc::PeerMemory::Verdict;

namespace {
/// Until replies that nobody waits for are looked for again, while descriptors wait. Chosen, not measured.
constexpr std::chrono::milliseconds kLook{20};
}  // namespace

Result<void> Link::take_attachment(std::span<const std::byte> content, os::Message& message) {
  if (rpc::AttachMessage attach; rpc::read_message(content, rpc::MessageKind::attach, attach)) {
    auto arrived = attachments_->arrived(attach, message.fds, message.lost_fds);
    // It may be meant for a reply that nobody will take.
    if (arrived && lanes_.has_orphans()) static_cast<void>(rpc::Watcher::tick(weak_from_this(), os::Clock::now() + kLook));
    return arrived;
  }
  if (rpc::DetachMessage detach; rpc::read_message(content, rpc::MessageKind::detach, detach)) return attachments_->detached(detach.number, detach.value);
  if (rpc::DetachMessage release; rpc::read_message(content, rpc::MessageKind::release, release)) return attachments_->released(release.number, release.value);
  return Error(Errc::protocol_error, "the peer sent a message of the wrong length");
}

Result<void> Link::take_object(std::span<const std::byte> content, os::Message& message) {
  if (rpc::ObjectMessage object; rpc::read_message(content, rpc::MessageKind::object, object)) return objects_->announced(object, message.fds);
  if (rpc::NumberMessage forget; rpc::read_message(content, rpc::MessageKind::forget, forget)) return objects_->forgotten(forget.number);
  rpc::DropObjectMessage drop;
  if (!rpc::read_message(content, rpc::MessageKind::drop_object, drop)) return Error(Errc::protocol_error, "the peer sent a message of the wrong length");
  auto dropped = objects_->dropped(drop);
  // Its destructor is user code: a thread that runs handlers lets go of it.
  if (dropped && objects_->has_dead() && callee_.alarm != nullptr) callee_.alarm->ring(*this);
  return dropped;
}

void Link::orphan(rpc::Lane& lane) noexcept {
  const rpc::NumberMessage left{{}, lane.number, lane.end.sequence};
  // A call that its callee chained to this one is refused, by this thread or, if it comes later, by the callee's word.
  shm::announce_gone<Access>(mine_, lane.number);
  if (const std::uint32_t word = shm::reply_word<Access>(theirs_, lane.number); lane.has_notice(word)) take_notice(lane, word, nullptr);
  lanes_.orphan(lane);
  if (left.number >= shm::kCallLanes) abandon(left);
  // What came already may be the reply's; what comes later is looked at by take_attachment().
  if (attachments_->has_waiting()) static_cast<void>(rpc::Watcher::tick(weak_from_this(), os::Clock::now() + kLook));
}

void Link::keep_attachments(os::TimePoint now) noexcept {
  attachments_->tick(now);
  if (objects_->has_returned()) {
    own_->collect(peer_->segment());
    free_taken_oneways();
    lanes_.reap_orphans();
  }
  objects_->tick(now);
  if (!lanes_.has_orphans() || !attachments_->has_waiting()) return;
  lanes_.reap_orphans();
  if (lanes_.has_orphans()) static_cast<void>(rpc::Watcher::tick(weak_from_this(), now + kLook));
}

Verdict Link::open_attachment(const shm::Descriptor& descriptor, Frame& frame) noexcept {
  Measure::Attachment attachment{nullptr, -1};
  const Verdict verdict = find_on_socket([&] { return attachments_->take(descriptor, attachment); });
  if (verdict != Verdict::good || frame.add_attachment(attachment)) return verdict;
  if (attachment.blob != nullptr) attachment.blob->release();
  if (attachment.descriptor >= 0) ::close(attachment.descriptor);
  return Verdict::no_memory;
}

void Link::drop_attachments(const shm::CellBody& body, std::uint32_t first) noexcept {
  const std::uint32_t count = body.descriptors;
  std::array<shm::Descriptor, shm::kMaxDescriptors> table;
  if (count > table.size() || count * sizeof(shm::Descriptor) > body.content_bytes) return;
  rpc::PeerMemory::Pins pins;
  if ((body.flags & shm::kContentInArena) != 0) {
    shm::Descriptor content;
    std::memcpy(&content, body.content, sizeof content);
    const std::byte* data = nullptr;
    if (content.length != body.content_bytes) return;
    if (find_on_socket([&] { return peer_->resolve(content, data, pins); }) != Verdict::good) return;
    Access::read(table.data(), data, count * sizeof(shm::Descriptor));
  } else {
    if (body.content_bytes > shm::kInlineBytes) return;
    std::memcpy(table.data(), body.content, count * sizeof(shm::Descriptor));
  }
  for (std::uint32_t i = first; i < count; ++i) {
    if (table[i].kind != shm::kArena) static_cast<void>(find_on_socket([&] { return attachments_->drop(table[i]); }));
  }
}

void Link::reclaim() noexcept {
  own_->collect(peer_->segment());
  free_taken_oneways();
  lanes_.reap_orphans();
  read_socket(32);
}

}  // namespace shmidl::stub
