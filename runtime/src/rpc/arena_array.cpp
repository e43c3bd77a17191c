// Arrays that users build in the connection's arena.
#include <memory>

#include <shmidl/stub/call.hpp>

#include "os/cache.hpp"
#include "os/fork.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/link.hpp"
#include "shm/copy.hpp"

namespace shmidl::stub {

using rpc::forked_error;

namespace {

/// An Array's memory in the arena. The OwnMemory stays until its last Array has ended.
struct ArenaStorage final : Storage {
  explicit ArenaStorage(rpc::OwnMemory& memory) noexcept : Storage(&end), own(memory) {}

  static void end(Storage* storage) noexcept {
    const std::unique_ptr<ArenaStorage> self(static_cast<ArenaStorage*>(storage));
    // In a forked child the memory's lock may be held for ever.
    if (self->process == os::process_mark()) self->own.end_array(self->data, self->block);
  }

  rpc::OwnMemory& own;
  const std::byte* data = nullptr;
  std::uint32_t block = shm::Arena::kNone;
  const std::uint32_t process = os::process_mark();
};

}  // namespace

ArenaRange allocate_in_arena(Link& link, std::size_t bytes) {
  if (link.forked()) throw forked_error();
  auto storage = std::make_unique<ArenaStorage>(link.own());
  auto range = link.allocate(bytes, {nullptr, storage.get()});
  if (!range) throw range.error();
  std::byte* const data = link.own().at(range->region, range->offset);
  storage->data = data;
  storage->block = range->block;
  if (!os::cores_share_a_cache()) shm::claim_range(data, bytes);
  return {storage.release(), data};
}

}  // namespace shmidl::stub
