// The memory of a reply, or of a stream's item, while somebody reads it.
#pragma once

#include <cstdint>
#include <memory>

#include <shmidl/stub/storage.hpp>

#include "os/fork.hpp"
#include "rpc/link.hpp"
#include "shm/slots.hpp"

namespace shmidl::rpc {

/// Keeps the memory until its last reader is done, then gives the slot back.
struct ReplyStorage final : stub::Storage {
  ReplyStorage(const stub::Link& link, std::uint32_t slot) : Storage(&end), own(link.own_shared()), peer(link.peer_shared()), packed(slot) {}

  static void end(Storage* storage) noexcept {
    auto* self = static_cast<ReplyStorage*>(storage);
    if (self->process == os::process_mark()) shm::release_slot<shm::Access>(self->own->segment(), self->packed);
    delete self;
  }

  std::shared_ptr<OwnMemory> own;
  std::shared_ptr<PeerMemory> peer;  // what is read
  PeerMemory::Pins pins;
  std::uint32_t packed;
  std::uint32_t process = os::process_mark();
};

}  // namespace shmidl::rpc
