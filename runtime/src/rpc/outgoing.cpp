#include "rpc/outgoing.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "rpc/link.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {
namespace {
using shm::Access;

/// Whether one of a table's descriptors names a byte of this range.
bool named(const shm::Descriptor& range, const std::byte* table, std::uint32_t count) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto other = stub::load<shm::Descriptor>(table + i * sizeof(shm::Descriptor));
    if (other.region == range.region && other.offset < range.offset + range.length && range.offset < other.offset + other.length) return true;
  }
  return false;
}

Error no_memory() { return Error(Errc::no_resources, "memory ran out while a call was packed"); }
}  // namespace

Outgoing::~Outgoing() {
  if (!held_.empty() && !link_->forked()) link_->own().give_back(held_);
}

Result<shm::Descriptor> Outgoing::place(const stub::Measure::Range& range, const std::byte* table, std::uint32_t placed) {
  auto& own = link_->own();
  if (range.bytes > std::numeric_limits<std::uint32_t>::max()) {
    return Error(Errc::too_large, "an array of " + std::to_string(range.bytes) + " bytes is past the 4 GiB that one array may have");
  }
  // A range that this frame names already is copied: no byte of a frame has two owners.
  if (const auto array = own.hold(held_, range.data, range.bytes); array && !named(*array, table, placed)) {
    if (range.clear != nullptr) range.clear(own.at(array->region, array->offset), range.bytes);
    return *array;
  }
  auto taken = link_->allocate(range.bytes, {&held_});
  if (!taken) return taken.error();
  std::byte* const data = own.at(taken->region, taken->offset);
  Access::write_range(data, range.data, range.bytes);
  if (range.clear != nullptr) range.clear(data, range.bytes);
  return shm::Descriptor{taken->region, shm::kArena, 0, static_cast<std::uint32_t>(range.bytes), taken->offset};
}

Result<std::byte*> Outgoing::room(std::uint64_t bytes) {
  if (bytes >= stub::kExternal) {
    return Error(Errc::too_large, "a call of " + std::to_string(bytes) + " bytes, large arrays not counted, is past the 2 GiB that one call may have");
  }
  bytes_ = static_cast<std::uint32_t>(bytes);
  if (bytes <= shm::kInlineBytes) {
    small_.fill(std::byte{0});
    return small_.data();
  }
  auto taken = link_->allocate(static_cast<std::size_t>(bytes), {&held_});
  if (!taken) return taken.error();
  in_arena_ = shm::Descriptor{taken->region, shm::kArena, 0, bytes_, taken->offset};
  return link_->own().at(taken->region, taken->offset);
}

Result<std::byte*> Outgoing::begin(const stub::Measure& measure) noexcept try {
  const std::uint32_t ranges = measure.externals();
  const std::uint32_t count = ranges + measure.attachments();
  auto content = room(std::uint64_t{count} * sizeof(shm::Descriptor) + measure.body_bytes());
  if (!content) return content.error();
  descriptors_ = static_cast<std::uint8_t>(count);
  for (std::uint32_t i = 0; i < ranges; ++i) {
    auto placed = place(measure.range(i), *content, i);
    if (!placed) return placed.error();
    Access::write(*content + i * sizeof(shm::Descriptor), &*placed, sizeof *placed);
  }
  if (count != ranges) {
    if (auto prepared = prepare(measure, *content + ranges * sizeof(shm::Descriptor)); !prepared) return prepared.error();
  }
  return *content + count * sizeof(shm::Descriptor);
} catch (const std::bad_alloc&) {
  return no_memory();
}

Result<void> Outgoing::prepare(const stub::Measure& measure, std::byte* table) {
  auto prepared = link_->attachments().prepare(measure, of_stream_);
  if (!prepared && prepared.error().errc() == Errc::no_resources) {
    link_->reclaim();
    prepared = link_->attachments().prepare(measure, of_stream_);
  }
  if (!prepared) return prepared.error();
  for (std::uint32_t i = 0; i < measure.attachments(); ++i) {
    const shm::Descriptor entry = (*prepared)->entry(i);
    Access::write(table + i * sizeof entry, &entry, sizeof entry);
  }
  link_->own().keep(held_, *prepared);
  attached_ = *prepared;
  return {};
}

Result<void> Outgoing::attach(os::Deadline deadline) noexcept try {
  if (attached_ == nullptr) return {};
  return link_->attachments().send(*attached_, deadline);
} catch (const std::bad_alloc&) {
  return no_memory();
}

bool Outgoing::names_objects() const noexcept {
  return attached_ != nullptr && std::any_of(attached_->items.begin(), attached_->items.end(), [](const auto& item) { return item.object; });
}

void Outgoing::retract() noexcept {
  if (attached_ != nullptr) link_->attachments().retract(*attached_);
}

Result<void> Outgoing::set_error(const ErrorContent& error) noexcept try {
  const std::vector<std::byte> bytes = pack_error(error);
  auto content = room(bytes.size());
  if (!content) return content.error();
  Access::write(*content, bytes.data(), bytes.size());
  return {};
} catch (const std::bad_alloc&) {
  return no_memory();
}

void Outgoing::describe(shm::CellBody& body) const noexcept {
  body.content_bytes = bytes_;
  body.descriptors = descriptors_;
  if (in_arena_) {
    body.flags = static_cast<std::uint8_t>(body.flags | shm::kContentInArena);
    std::memcpy(body.content, &*in_arena_, sizeof *in_arena_);
  } else {
    std::memcpy(body.content, small_.data(), shm::kInlineBytes);
  }
}

}  // namespace shmidl::rpc
