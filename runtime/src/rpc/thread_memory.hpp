// What a thread remembers of the links that it calls on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace shmidl::rpc {

class CurrentCall;
struct Lane;
class CurrentCall;

/// Plain memory without a destructor: having it and leaving it cost nothing.
struct ThreadMemory {
  /// The lane of a link that is bound to this thread.
  struct Bound {
    std::uint64_t link = 0;  ///< the link's id, which is never given twice; 0: none
    Lane* lane = nullptr;
  };
  static constexpr std::size_t kBound = 16;  ///< chosen, not measured
  std::array<Bound, kBound> bound;           ///< by the link's id

  /// The oneway call that this thread sent last: its later calls must not overtake it.
  struct {
    std::uint64_t link = 0;
    std::uint32_t number = 0;
    bool several = false;  ///< it sent some on other links too: their numbers are no longer known
  } oneway;

  /// The call that this thread serves; null: none.
  CurrentCall* serving = nullptr;
};

extern constinit thread_local ThreadMemory thread_memory;

}  // namespace shmidl::rpc
