// Where the words and payload of all scenarios lie: the segments of a caller and a callee, and the private words of their processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "shm/layout.hpp"

namespace explorer {

namespace shm = shmidl::shm;

/// Words of one process that its threads share: as in rpc::Link and rpc::Registry.
struct PrivateWords {
  shm::Word state;     // 0: the peer lives
  shm::Word sleepers;
  shm::Word alarm;
  shm::Word rings;     // of the bell
  shm::Word mail;      // messages on the socket to this process
  shm::Word busy;      // of a lane that is bound to a thread, as in rpc::Lane
  shm::Word revoked;
  shm::Word returned;
  shm::Word free;
  shm::Word sleeps;    // how often the leader slept on one word alone; odd: it does
  shm::Word taken;     // the lead, as in rpc::Lead
  shm::Word standing_by;
  shm::Word wakes;
  shm::Word asleep;    // the leader, as in rpc::ServerEngine
  shm::Word turn_busy[3];     // of threads that may lead, as in rpc::Lead::Turn
  shm::Word turn_deposed[3];
};

struct World {
  shm::Segment caller;
  shm::Segment callee;
  alignas(64) PrivateWords caller_private;
  alignas(64) PrivateWords callee_private;
};

World& world();

/// All bytes zero.
void clear_world();

/// "callee.replies[0].sequence" and the like.
std::string name_at(std::size_t offset);

}  // namespace explorer
