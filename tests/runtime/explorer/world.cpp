#include "world.hpp"

#include <cstring>

namespace explorer {
namespace {

alignas(World) std::byte storage[sizeof(World)];

std::string in_cells(const char* name, std::size_t offset) {
  const std::size_t inside = offset % sizeof(shm::Cell);
  return std::string(name) + "[" + std::to_string(offset / sizeof(shm::Cell)) + "]." + (inside == 0 ? "sequence" : "body");
}

std::string in_words(const char* name, std::size_t offset) { return std::string(name) + "[" + std::to_string(offset / sizeof(shm::Word)) + "]"; }

std::string in_control(std::size_t offset) {
  using C = shm::Control;
  if (offset >= offsetof(C, released)) return in_words("released", offset - offsetof(C, released));
  if (offset >= offsetof(C, started)) return in_words("started", offset - offsetof(C, started));
  if (offset >= offsetof(C, lane_waiting)) return in_words("lane_waiting", offset - offsetof(C, lane_waiting));
  if (offset == offsetof(C, lanes_used)) return "lanes_used";
  if (offset == offsetof(C, bell)) return "bell";
  if (offset == offsetof(C, waiting)) return "waiting";
  if (offset == offsetof(C, taken)) return "taken";
  if (offset == offsetof(C, room_wanted)) return "room_wanted";
  return "control+" + std::to_string(offset);
}

std::string in_segment(std::size_t offset) {
  using S = shm::Segment;
  if (offset >= offsetof(S, arena)) return "arena+" + std::to_string(offset - offsetof(S, arena));
  if (offset >= offsetof(S, ring)) return in_cells("ring", offset - offsetof(S, ring));
  if (offset >= offsetof(S, replies)) return in_cells("replies", offset - offsetof(S, replies));
  if (offset >= offsetof(S, requests)) return in_cells("requests", offset - offsetof(S, requests));
  return in_control(offset);
}

std::string in_private(std::size_t offset) {
  static constexpr const char* kNames[] = {"state", "sleepers", "alarm", "rings", "mail", "busy", "revoked", "returned", "free", "sleeps",
                                           "taken", "standing_by", "wakes", "asleep",
                                           "turn_busy[0]", "turn_busy[1]", "turn_busy[2]", "turn_deposed[0]", "turn_deposed[1]", "turn_deposed[2]"};
  return kNames[offset / sizeof(shm::Word)];
}

}  // namespace

World& world() { return *reinterpret_cast<World*>(storage); }

void clear_world() { std::memset(storage, 0, sizeof storage); }

std::string name_at(std::size_t offset) {
  if (offset >= offsetof(World, callee_private)) return "callee's " + in_private(offset - offsetof(World, callee_private));
  if (offset >= offsetof(World, caller_private)) return "caller's " + in_private(offset - offsetof(World, caller_private));
  if (offset >= offsetof(World, callee)) return "callee." + in_segment(offset - offsetof(World, callee));
  return "caller." + in_segment(offset);
}

}  // namespace explorer
