// Arrays that users build in the connection's arena.
#include <new>

#include <shmidl/stub/call.hpp>

#include "os/cache.hpp"
#include "os/fork.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/link.hpp"
#include "shm/copy.hpp"

namespace shmidl::stub {

using rpc::forked_error;

namespace {

/// An Array's memory in the arena.
struct ArenaStorage final : Storage {
  ArenaStorage(const Link& link, const shm::Arena::Range& range) : Storage(&end), own(link.own_shared()), block(range.block) {}

  static void end(Storage* storage) noexcept {
    auto* self = static_cast<ArenaStorage*>(storage);
    if (self->process == os::process_mark()) {  // in a forked child the lock below may be held for ever
      self->own->forget_array(self->data);
      self->own->give_back(self->block);
    }
    delete self;
  }

  std::shared_ptr<rpc::OwnMemory> own;
  std::uint32_t block;
  std::uint32_t process = os::process_mark();
  const void* data = nullptr;
};

}  // namespace

ArenaRange allocate_in_arena(Link& link, std::size_t bytes) {
  if (link.forked()) throw forked_error();
  auto range = link.allocate(bytes);
  if (!range) throw range.error();
  ArenaStorage* storage = nullptr;
  try {
    storage = new ArenaStorage(link, *range);
    std::byte* data = link.own().at(range->region, range->offset);
    link.own().register_array(data, bytes, range->region, range->offset, storage);
    storage->data = data;
    if (!os::cores_share_a_cache()) shm::claim_range(data, bytes);
    return {storage, data};
  } catch (const std::bad_alloc&) {
    delete storage;
    link.own().give_back(range->block);
    throw;
  }
}

}  // namespace shmidl::stub
