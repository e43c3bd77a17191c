// The sender's half of Attachments: numbers, messages, and what the peer still has.
#include <array>
#include <limits>
#include <new>
#include <utility>

#include "os/socket.hpp"
#include "rpc/attachments.hpp"

namespace shmidl::rpc {

namespace {

using Sent = Attachments::Sent;

Result<void> say(const Fd& socket, std::uint32_t number, AttachmentKind kind, std::span<const int> descriptors, std::uint64_t bytes) {
  AttachMessage message;
  message.number = number;
  message.count = static_cast<std::uint32_t>(descriptors.size());
  message.kind = static_cast<std::uint32_t>(kind);
  message.bytes = bytes;
  return os::send(socket, seal_message(message, MessageKind::attach), descriptors);
}

}  // namespace

shm::Descriptor Sent::entry(std::size_t index) const noexcept {
  const Item& item = items[index];
  if (item.object) return {0, item.mention.receivers ? shm::kReceiversObject : shm::kSendersObject, 0, 0, item.number};
  return {0, item.descriptor < 0 ? shm::kAttachedBlob : shm::kAttachedDescriptor, 0, 0, item.number};
}

void Sent::end(Storage* storage) noexcept {
  const std::unique_ptr<Sent> self(static_cast<Sent*>(storage));
  if (self->process != os::process_mark()) return;
  for (const Item& item : self->items) {
    if (item.object) self->of->objects_->end(item.mention, self->published);
  }
  const std::lock_guard lock(self->of->mutex_);
  self->of->undo(*self);
}

Error Attachments::too_many_blobs(std::uint64_t bytes) const {
  const std::string limits = std::to_string(there_.blobs) + " blobs of " + std::to_string(there_.bytes) + " bytes together (" + std::string(options_) + ")";
  if (bytes > there_.bytes) return Error(Errc::too_large, "a blob of " + std::to_string(bytes) + " bytes is more than the peer accepts; that is " + limits);
  return Error(Errc::no_resources, "the peer holds as many blobs of this connection as it accepts; that is " + limits);
}

std::uint32_t Attachments::export_blob(const std::shared_ptr<const BlobMemory>& memory) {
  const auto [handle, is_new] = handles_.try_emplace(memory.get(), 0);
  if (is_new) {
    do ++last_number_;
    while (last_number_ == 0 || exports_.contains(last_number_));
    handle->second = last_number_;
    try {
      exports_.emplace(last_number_, Export{memory});
    } catch (const std::bad_alloc&) {
      handles_.erase(handle);
      throw;
    }
    exported_bytes_ += memory->size();
  }
  Export& found = exports_.find(handle->second)->second;
  if (found.mentioned == std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();  // a peer that never says how often it was
  ++found.mentioned;
  return handle->second;
}

Result<Sent*> Attachments::prepare(const stub::Measure& measure, bool of_stream) {
  auto sent = std::make_unique<Sent>(shared_from_this(), of_stream);
  sent->items.reserve(measure.attachments());
  const std::lock_guard lock(mutex_);
  const auto refuse = [&](Error error) -> Result<Sent*> {
    undo(*sent);
    for (const Sent::Item& item : sent->items) {
      if (item.object) objects_->end(item.mention, false);
    }
    return error;
  };
  for (std::uint32_t i = 0; i < measure.attachments(); ++i) {
    const stub::Measure::Attachment& attachment = measure.attachment(i);
    if (attachment.object != nullptr) {
      auto mention = objects_->mention(static_cast<const stub::ObjectHolder*>(attachment.blob)->object);
      if (!mention) return refuse(mention.error());
      sent->items.push_back({mention->number, -1, true, *mention});
      continue;
    }
    if (attachment.blob == nullptr) {
      const std::size_t most = of_stream ? kMaxStreamDescriptors : kMaxCallDescriptors;
      if (outstanding(*sent) == most) {
        return refuse(Error(Errc::no_resources, std::to_string(most) + " descriptors are on their way " + (of_stream ? "in streams" : "in calls") + " over this connection, as many as may be"));
      }
      ++outstanding(*sent);
      do ++last_number_;
      while (last_number_ == 0);
      sent->items.push_back({.number = last_number_, .descriptor = attachment.descriptor});
      continue;
    }
    const auto& memory = BlobStorage::of(*attachment.blob).memory;
    const bool known = handles_.contains(memory.get());
    if (!known && (exports_.size() >= there_.blobs || memory->size() > there_.bytes - exported_bytes_)) return refuse(too_many_blobs(memory->size()));
    try {
      sent->items.push_back({.number = export_blob(memory)});
    } catch (const std::bad_alloc&) {
      return refuse(Error(Errc::no_resources, "memory ran out while a call was packed"));
    }
  }
  return sent.release();
}

Result<void> Attachments::send_now(Sent& sent) {
  if (socket_ == nullptr) return Error(Errc::peer_died);
  flush();
  if (!detaches_.empty()) return Error(Errc::would_block);  // they come first: the peer counts
  while (sent.sent < sent.items.size()) {
    Sent::Item& first = sent.items[sent.sent];
    if (first.object) {
      if (auto announced = objects_->announce(first.mention, *socket_); !announced) return announced;
      ++sent.sent;
      continue;
    }
    if (first.descriptor < 0) {
      const auto found = exports_.find(first.number);
      if (found == exports_.end()) return Error(Errc::protocol_error, "the peer gave back a blob that is being sent to it");
      Export& blob = found->second;
      if (!blob.attached) {
        const int descriptor = blob.memory->descriptor().get();
        if (auto said = say(*socket_, first.number, AttachmentKind::blob, std::span(&descriptor, 1), blob.memory->size()); !said) return said;
        blob.attached = true;
      }
      ++sent.sent;
      continue;
    }
    std::array<int, os::kMaxMessageFds> descriptors;
    std::size_t count = 0;
    for (; count < descriptors.size() && sent.sent + count < sent.items.size(); ++count) {
      const Sent::Item& next = sent.items[sent.sent + count];
      if (next.object || next.descriptor < 0 || next.number != first.number + count) break;
      descriptors[count] = next.descriptor;
    }
    if (auto said = say(*socket_, first.number, AttachmentKind::descriptor, std::span(descriptors).first(count), 0); !said) return said;
    sent.sent += count;
  }
  sent.published = true;
  sent.kept.clear();
  return {};
}

Result<void> Attachments::keep(Sent& sent) {
  sent.kept.reserve(sent.items.size());
  for (Sent::Item& item : sent.items) {
    if (item.descriptor < 0) continue;
    auto copy = FdView(item.descriptor).dup();
    if (!copy) return copy.error();
    item.descriptor = copy->get();
    sent.kept.push_back(std::move(*copy));
  }
  return {};
}

Result<void> Attachments::send(Sent& sent, os::Deadline deadline) {
  for (;;) {
    const Fd* socket = nullptr;
    {
      const std::lock_guard lock(mutex_);
      auto done = send_now(sent);
      if (done) stuck_ = false;
      if (done || done.error().errc() != Errc::would_block) return done;
      socket = socket_;
    }
    // The caller's Link keeps the socket.
    const auto room = os::wait_writable(*socket, deadline);
    if (!room) return room.error();
    if (*room) continue;
    const std::lock_guard lock(mutex_);
    stuck_ = true;
    return Error(Errc::timed_out, "the peer's socket had no room for the descriptors of a call before the deadline");
  }
}

bool Attachments::is_stuck() noexcept {
  const std::lock_guard lock(mutex_);
  return stuck_;
}

void Attachments::retract(Sent& sent) noexcept {
  const std::lock_guard lock(mutex_);
  sent.published = false;
}

void Attachments::undo(const Sent& sent) noexcept {
  bool told = false;
  for (std::size_t i = 0; i < sent.items.size(); ++i) {
    const Sent::Item& item = sent.items[i];
    if (item.descriptor >= 0) {
      --outstanding(sent);
      if (sent.published || i >= sent.sent || ended_) continue;
      detaches_.push_back({item.number, AttachmentKind::descriptor});
      told = true;
    } else if (!item.object && !sent.published) {
      const auto found = exports_.find(item.number);
      if (found != exports_.end() && --found->second.mentioned == 0) {
        forget_export(found);
        told = true;
      }
    }
  }
  if (told) flush();
}

void Attachments::forget_export(std::map<std::uint32_t, Export>::iterator found) noexcept {
  if (found->second.attached) detaches_.push_back({found->first, AttachmentKind::blob});
  exported_bytes_ -= found->second.memory->size();
  handles_.erase(found->second.memory.get());
  exports_.erase(found);
}

Result<void> Attachments::released(std::uint32_t handle, std::uint32_t times) {
  const std::lock_guard lock(mutex_);
  const auto found = exports_.find(handle);
  if (found == exports_.end() || !found->second.attached || times == 0 || times > found->second.mentioned) {
    return Error(Errc::protocol_error, "the peer gave back a blob that it does not have");
  }
  found->second.mentioned -= times;
  if (found->second.mentioned == 0) {
    forget_export(found);
    flush();
  }
  return {};
}

}  // namespace shmidl::rpc
