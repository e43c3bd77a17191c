#include "rpc/blob.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/memory.hpp"

namespace shmidl {

namespace rpc {

BlobMemory::~BlobMemory() {
  if (const std::byte* const data = data_.load(std::memory_order_relaxed)) os::unmap_constant(data, bytes_);
}

Result<const std::byte*> BlobMemory::data() const {
  // sync BlobMemory.data acquire: pairs with the release of the exchange below; the map is complete.
  const std::byte* seen = data_.load(std::memory_order_acquire);
  if (seen != nullptr) return seen;
  auto mapped = os::map_constant(descriptor_, bytes_);
  if (!mapped) return mapped.error();
  // sync BlobMemory.data release: publishes the map; pairs with acquire above.
  if (data_.compare_exchange_strong(seen, *mapped, std::memory_order_acq_rel)) return static_cast<const std::byte*>(*mapped);
  os::unmap_constant(*mapped, bytes_);  // another thread was first
  return seen;
}

void BlobStorage::end(Storage* storage) noexcept {
  auto* self = static_cast<BlobStorage*>(storage);
  // In a forked child the connection is the parent's.
  if (self->from != nullptr && self->process == os::process_mark()) self->from->let_go(self->handle);
  delete self;
}

}  // namespace rpc

namespace {

const rpc::BlobMemory& memory_of(const stub::Storage& storage) noexcept { return *rpc::BlobStorage::of(storage).memory; }

/// Seals it; the one reference is the caller's.
stub::Storage* sealed(Fd descriptor, std::size_t bytes) {
  os::seal_constant(descriptor).value();
  return new rpc::BlobStorage(std::make_shared<const rpc::BlobMemory>(std::move(descriptor), bytes));
}

}  // namespace

Blob::Blob(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  Fd descriptor = os::create_segment(bytes.size()).value();
  os::fill_segment(descriptor, bytes).value();
  storage_ = sealed(std::move(descriptor), bytes.size());
}

std::size_t Blob::size() const noexcept { return storage_ == nullptr ? 0 : memory_of(*storage_).size(); }

std::span<const std::byte> Blob::bytes() const {
  if (storage_ == nullptr) return {};
  return {memory_of(*storage_).data().value(), size()};
}

FdView Blob::descriptor() const noexcept { return storage_ == nullptr ? FdView() : FdView(memory_of(*storage_).descriptor()); }

bool Blob::equals(const Blob& other) const {
  if (size() != other.size()) return false;
  if (empty() || &memory_of(*storage_) == &memory_of(*other.storage_)) return true;
  return std::memcmp(bytes().data(), other.bytes().data(), size()) == 0;
}

struct BlobBuilder::State {
  Fd descriptor;
  os::Mapping mapping;
};

BlobBuilder::BlobBuilder(std::size_t bytes) {
  if (bytes == 0) return;
  state_ = std::make_unique<State>();
  state_->descriptor = os::create_segment(bytes).value();
  state_->mapping = os::map_to_fill(state_->descriptor, bytes).value();
}

BlobBuilder::BlobBuilder(BlobBuilder&&) noexcept = default;
BlobBuilder& BlobBuilder::operator=(BlobBuilder&&) noexcept = default;
BlobBuilder::~BlobBuilder() = default;

std::span<std::byte> BlobBuilder::bytes() noexcept {
  if (state_ == nullptr) return {};
  return {state_->mapping.data(), state_->mapping.size()};
}

Blob BlobBuilder::seal() {
  if (state_ == nullptr) return Blob();
  const std::unique_ptr<State> state = std::move(state_);
  const std::size_t bytes = state->mapping.size();
  state->mapping = os::Mapping();  // nothing may be writable when the seal comes
  Blob blob;
  blob.storage_ = sealed(std::move(state->descriptor), bytes);
  return blob;
}

}  // namespace shmidl
