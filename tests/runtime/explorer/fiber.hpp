// A stack of its own for each thread of a scenario. All of them run in one thread of the system, one at a time, so a schedule is repeatable.
#pragma once

#include <cstddef>
#include <memory>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace explorer {

/// One stack. A fiber is abandoned by starting it anew: what its functions hold must need no destructor.
class Fiber {
 public:
  using Entry = void (*)();

  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The next switch_to() begins `entry`, which never returns.
  void start(Entry entry);
  /// Leaves the running fiber, `from`, and goes on with this one. Returns when somebody switches back.
  void switch_from(Fiber& from);

 private:
  static constexpr std::size_t kBytes = std::size_t{64} << 10;

#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;
#else
  ucontext_t context_{};
#endif
  std::unique_ptr<std::byte[]> stack_;  // none: the program's own
};

}  // namespace explorer
