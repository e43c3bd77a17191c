// The receiver's half of Attachments: what has come, what frames take of it, and what goes back.
#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include <unistd.h>

#include "os/memory.hpp"
#include "os/socket.hpp"
#include "rpc/attachments.hpp"

namespace shmidl::rpc {

namespace {

/// From this number on the sender is told how often its blob was named, though it is still held: counts have an end.
constexpr std::uint32_t kMany = std::uint32_t{1} << 20;

Error nonsense(const char* what) { return Error(Errc::protocol_error, std::string("the peer ") + what); }

}  // namespace

Result<void> Attachments::arrived(const AttachMessage& message, std::vector<Fd>& descriptors, bool lost) {
  const bool blob = message.kind == static_cast<std::uint32_t>(AttachmentKind::blob);
  if (!blob && message.kind != static_cast<std::uint32_t>(AttachmentKind::descriptor)) return nonsense("attached something of an unknown kind");
  if (message.count == 0 || message.count > os::kMaxMessageFds || (lost ? descriptors.size() >= message.count : descriptors.size() != message.count)) {
    return nonsense("attached another number of descriptors than it said");
  }
  if (message.number == 0 || message.number > std::numeric_limits<std::uint32_t>::max() - message.count) return nonsense("attached something without a number");
  const std::lock_guard lock(mutex_);
  if (ended_) return {};
  if (blob) return arrived_blob(message, descriptors);
  if (waiting_.size() + message.count > kMaxWaitingDescriptors) return nonsense("attached more descriptors than may wait");
  descriptors.resize(message.count);
  for (std::uint32_t i = 0; i < message.count; ++i) {
    if (!waiting_.try_emplace(message.number + i, std::move(descriptors[i])).second) return nonsense("attached two descriptors under one number");
  }
  return {};
}

Result<void> Attachments::arrived_blob(const AttachMessage& message, std::vector<Fd>& descriptors) {
  if (message.count != 1 || message.bytes == 0) return nonsense("attached a blob that is none");
  if (imports_.size() >= here_.blobs || message.bytes > here_.bytes - imported_bytes_) return nonsense("attached more blobs than this side accepts");
  if (imports_.contains(message.number)) return nonsense("attached two blobs under one handle");
  std::shared_ptr<const BlobMemory> memory;
  if (!descriptors.empty()) {
    if (auto checked = os::check_peer(descriptors[0], static_cast<std::size_t>(message.bytes), os::Sealed::constant); !checked) return checked;
    memory = std::make_shared<const BlobMemory>(std::move(descriptors[0]), static_cast<std::size_t>(message.bytes));
  }
  if (due_.capacity() <= imports_.size()) due_.reserve(2 * imports_.size() + 8);
  imports_.emplace(message.number, Import{std::move(memory), message.bytes});
  imported_bytes_ += message.bytes;
  return {};
}

Result<void> Attachments::detached(std::uint32_t number, std::uint32_t kind) {
  const std::lock_guard lock(mutex_);
  if (ended_) return {};
  if (kind == static_cast<std::uint32_t>(AttachmentKind::descriptor)) {
    if (waiting_.erase(number) == 0) return nonsense("took back a descriptor that was never attached");
    return {};
  }
  const auto found = imports_.find(number);
  if (kind != static_cast<std::uint32_t>(AttachmentKind::blob) || found == imports_.end() || found->second.holders != 0 || found->second.times != 0) {
    return nonsense("took back a blob that is in use, or was never attached");
  }
  forget_import(found);
  return {};
}

void Attachments::forget_import(Imports::iterator found) noexcept {
  imported_bytes_ -= found->second.bytes;
  imports_.erase(found);
}

Attachments::Verdict Attachments::take(const shm::Descriptor& descriptor, stub::Measure::Attachment& attachment) noexcept try {
  if (descriptor.kind == shm::kSendersObject || descriptor.kind == shm::kReceiversObject) {
    stub::ObjectHolder* holder = nullptr;
    const Verdict verdict = objects_->take(descriptor, holder);
    attachment = {holder, -1, holder};
    return verdict;
  }
  if (descriptor.region != 0 || descriptor.flags != 0 || descriptor.length != 0 || descriptor.offset > std::numeric_limits<std::uint32_t>::max()) {
    return Verdict::nonsense;
  }
  const auto number = static_cast<std::uint32_t>(descriptor.offset);
  const std::lock_guard lock(mutex_);
  if (descriptor.kind == shm::kAttachedDescriptor) {
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) return Verdict::not_yet;
    attachment = {nullptr, found->second.release()};
    waiting_.erase(found);
    return attachment.descriptor < 0 ? Verdict::no_descriptors : Verdict::good;
  }
  if (descriptor.kind != shm::kAttachedBlob) return Verdict::nonsense;
  const auto found = imports_.find(number);
  if (found == imports_.end()) return Verdict::not_yet;
  Import& import = found->second;
  if (import.times == std::numeric_limits<std::uint32_t>::max()) return Verdict::nonsense;
  BlobStorage* const storage = import.memory == nullptr ? nullptr : new BlobStorage(import.memory, shared_from_this(), number);
  take_back(found);
  import.released = false;
  if (++import.times > kMany && socket_ != nullptr) {
    DetachMessage message;
    message.number = number;
    message.value = import.times - 1;
    if (os::send(*socket_, seal_message(message, MessageKind::release))) import.times = 1;
  }
  attachment = {storage, -1};
  if (storage == nullptr) {
    make_due(found);  // the next time it is named it is brought again
    return Verdict::no_descriptors;
  }
  ++import.holders;
  return Verdict::good;
} catch (const std::bad_alloc&) {
  return Verdict::no_memory;
}

Attachments::Verdict Attachments::drop(const shm::Descriptor& descriptor) noexcept {
  stub::Measure::Attachment attachment{nullptr, -1};
  const Verdict verdict = take(descriptor, attachment);
  if (attachment.blob != nullptr) attachment.blob->release();
  if (attachment.descriptor >= 0) ::close(attachment.descriptor);
  return verdict;
}

void Attachments::let_go(std::uint32_t handle) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = imports_.find(handle);
  if (found == imports_.end() || --found->second.holders != 0) return;
  if (ended_) return forget_import(found);
  idle(found);
}

bool Attachments::has_waiting() noexcept {
  const std::lock_guard lock(mutex_);
  if (!waiting_.empty()) return true;
  return std::any_of(imports_.begin(), imports_.end(), [](const auto& entry) { return entry.second.times == 0 && entry.second.holders == 0 && !entry.second.released; });
}

void Attachments::idle(Imports::iterator found) noexcept try {
  Import& import = found->second;
  if (here_.blobs < kKeptShare || import.bytes > here_.bytes / kKeptShare) return make_due(found);
  release_idle(os::TimePoint{}, import.bytes);
  const os::TimePoint now = os::Clock::now();
  idle_.emplace_back(now, found->first);
  import.idle_since = now;
  ++idle_blobs_;
  idle_bytes_ += import.bytes;
  if (next_look_ == os::TimePoint{}) look_at(now + kKept);
} catch (const std::bad_alloc&) {
  make_due(found);
}

void Attachments::look_at(os::TimePoint when) noexcept {
  next_look_ = when;
  // Without the memory for a tick they are let go of when others come.
  if (!Watcher::tick(keeper_, when)) next_look_ = os::TimePoint{};
}

/// Somebody holds it again, or it goes back now.
void Attachments::take_back(Imports::iterator found) noexcept {
  Import& import = found->second;
  if (std::exchange(import.due, false)) std::erase(due_, found->first);
  if (import.idle_since == os::TimePoint{}) return;
  import.idle_since = os::TimePoint{};
  --idle_blobs_;
  idle_bytes_ -= import.bytes;
}

void Attachments::make_due(Imports::iterator found) noexcept {
  take_back(found);
  found->second.due = true;
  due_.push_back(found->first);  // within its capacity
  flush();
}

/// Lets go of what is kept since `before`, and of the oldest until there is room for one of so many bytes.
void Attachments::release_idle(os::TimePoint before, std::uint64_t room) noexcept {
  while (!idle_.empty()) {
    const auto [since, handle] = idle_.front();
    const auto found = imports_.find(handle);
    const bool taken_again = found == imports_.end() || found->second.idle_since != since;
    const bool fits = room == 0 || (idle_blobs_ < here_.blobs / kKeptShare && idle_bytes_ <= here_.bytes / kKeptShare - room);
    if (!taken_again && since > before && fits) return;
    idle_.pop_front();
    if (!taken_again) make_due(found);
  }
}

}  // namespace shmidl::rpc
