#include <shmidl/stub/frame.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include <unistd.h>

#include "shm/access.hpp"

namespace shmidl::stub {

namespace {

constexpr std::size_t kAlign = 64;
constexpr std::uint32_t kFew = 2;  // externals that a Frame has room for itself

struct alignas(kAlign) PrivateStorage final : Storage {
  PrivateStorage() noexcept : Storage(&end) {}
  static void end(Storage* storage) noexcept {
    auto* self = static_cast<PrivateStorage*>(storage);
    self->~PrivateStorage();
    ::operator delete(self, std::align_val_t{kAlign});
  }
};

}  // namespace

bool Measure::external(const void* data, std::size_t bytes, ClearPadding clear) noexcept {
  if (bytes <= kCopyLimit || count_ == kMaxExternals || !may_have_externals_) return false;
  ranges_[count_++] = Range{data, bytes, clear};
  return true;
}

std::uint32_t Writer::external(const void* data, std::size_t bytes) noexcept {
  if (bytes <= kCopyLimit || measure_ == nullptr || next_ == measure_->externals()) return kMaxExternals;
  if (measure_->range(next_).data != data || measure_->range(next_).bytes != bytes) failed_ = true;
  return next_++;
}

bool Frame::refuse_tag(std::string_view of_union, std::uint32_t tag) noexcept {
  refusal_ = {of_union, tag, 0, Errc::schema_mismatch};
  return false;
}

bool Frame::refuse_length(std::string_view unit, std::uint64_t count, std::uint64_t bound) noexcept {
  refusal_ = {unit, count, bound, Errc::too_large};
  return false;
}

void Storage::retain() noexcept { std::atomic_ref(references_).fetch_add(1, std::memory_order_relaxed); }

void Storage::release() noexcept {
  // A sole owner needs no read-modify-write: nobody is left who could take another reference.
  // sync Storage.references acq_rel: the last releaser sees every use of the memory by the others before it is destroyed.
  if (unique() || std::atomic_ref(references_).fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
}

bool Storage::unique() const noexcept {
  // sync Storage.references acquire: pairs with release(); a sole owner sees what former owners did.
  return std::atomic_ref(references_).load(std::memory_order_acquire) == 1;
}

Storage* make_private_storage(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() - sizeof(PrivateStorage)) throw std::bad_alloc();
  return new (::operator new(sizeof(PrivateStorage) + bytes, std::align_val_t{kAlign})) PrivateStorage();
}

void* private_memory(Storage* storage) noexcept { return reinterpret_cast<std::byte*>(storage) + sizeof(PrivateStorage); }

void Frame::drop_externals() noexcept {
  for (std::uint32_t i = 0; i < external_count_; ++i) {
    if (externals_[i].storage != nullptr) externals_[i].storage->release();
    if (externals_[i].descriptor >= 0) ::close(externals_[i].descriptor);
  }
  if (external_room_ > kFew) std::free(externals_);
}

void Frame::take_over(Frame& from, std::byte* body) noexcept {
  set(body, from.bytes_, from.exact_, from.in_place_);
  claimed_ = from.claimed_;
  external_count_ = std::exchange(from.external_count_, 0);
  external_room_ = std::exchange(from.external_room_, 0);
  externals_ = std::exchange(from.externals_, nullptr);
  if (external_room_ != kFew) return;
  std::copy_n(from.few_, sizeof few_, few_);
  externals_ = reinterpret_cast<External*>(few_);
}

void throw_too_deep(std::string_view type) {
  std::string text = "a value of more than " + std::to_string(kMaxNesting) + " structs and unions inside each other cannot be sent";
  if (!type.empty()) text += "; the last one is `" + std::string(type) + "`";
  throw Error(Errc::too_large, text);
}

Error Frame::refusal(Execution execution) const {
  const std::string subject(refusal_.subject);
  if (refusal_.errc == Errc::too_large) {
    return Error(Errc::too_large, std::to_string(refusal_.number) + " " + subject + " came where at most " + std::to_string(refusal_.bound) + " may stand", execution);
  }
  return Error(Errc::schema_mismatch,
               "union `" + subject + "` came with member number " + std::to_string(refusal_.number) + ", which this side's definition lacks", execution);
}

void throw_not_attached(bool is_value) {
  if (is_value) {
    throw Error(Errc::schema_mismatch, "descriptors, blobs and objects travel in arguments and results, not inside a thrown struct or a ParcelableHolder");
  }
  throw Error(Errc::too_large, "more than " + std::to_string(kMaxAttachments) + " descriptors, blobs and objects do not travel in one call");
}

bool Frame::add(const External& external) noexcept {
  if (external_room_ == 0) {
    static_assert(sizeof few_ == kFew * sizeof(External) && std::is_trivially_copyable_v<External>);
    externals_ = reinterpret_cast<External*>(few_);
    external_room_ = kFew;
  } else if (external_count_ == external_room_) {
    const std::uint32_t room = external_room_ * 4;
    auto* grown = static_cast<External*>(std::realloc(external_room_ > kFew ? externals_ : nullptr, room * sizeof(External)));
    if (grown == nullptr) return false;
    if (external_room_ == kFew) std::copy_n(externals_, external_count_, grown);
    externals_ = grown;
    external_room_ = room;
  }
  externals_[external_count_++] = external;
  return true;
}

bool Frame::add_external(const std::byte* data, std::uint32_t bytes, Storage* storage, bool is_private) noexcept {
  if (!add({.data = data, .storage = storage, .bytes = bytes, .is_private = is_private})) return false;
  if (storage != nullptr) storage->retain();
  return true;
}

bool Frame::add_attachment(const Measure::Attachment& attachment) noexcept {
  const auto kind = attachment.object != nullptr ? External::Kind::object : attachment.blob != nullptr ? External::Kind::blob : External::Kind::descriptor;
  return add({.storage = attachment.blob, .descriptor = attachment.descriptor, .kind = kind});
}

bool Frame::claim_external(std::uint32_t index, std::uint64_t bytes, std::size_t alignment, bool copy) noexcept {
  if (index >= external_count_) return false;
  External& external = externals_[index];
  if (external.kind != External::Kind::range || external.claimed || external.bytes != bytes || reinterpret_cast<std::uintptr_t>(external.data) % alignment != 0) return false;
  external.claimed = true;
  if (external.is_private || (in_place_ && !copy)) return true;
  try {
    Storage* mine = make_private_storage(external.bytes);
    auto* memory = static_cast<std::byte*>(private_memory(mine));
    shm::Access::read(memory, external.data, external.bytes);
    if (external.storage != nullptr) external.storage->release();
    external = External{.data = memory, .storage = mine, .bytes = external.bytes, .claimed = true, .is_private = true};
    return true;
  } catch (const std::bad_alloc&) {
    short_of_memory_ = true;
    return false;
  }
}

std::uint32_t Frame::add_private(std::size_t bytes) noexcept {
  try {
    Storage* storage = make_private_storage(bytes);
    const bool added = add_external(static_cast<const std::byte*>(private_memory(storage)), static_cast<std::uint32_t>(bytes), storage, true);
    storage->release();
    if (added) {
      externals_[external_count_ - 1].claimed = true;
      return external_count_ - 1;
    }
  } catch (const std::bad_alloc&) {
  }
  short_of_memory_ = true;
  return external_count_;
}

}  // namespace shmidl::stub
