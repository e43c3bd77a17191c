// An exchange with one order weakened: under a thread sanitizer it must be reported, or the sanitizer's silence in shm_test means nothing.
#include <cstdio>
#include <cstring>

#include "exchange.hpp"

namespace {

using shmidl::shm::DirectAccess;
using shmidl::shm::Word;

struct WeakRelease : DirectAccess {
  static void release(Word& word, std::uint32_t value) noexcept { word.store(value, std::memory_order_relaxed); }
};

struct WeakAcquire : DirectAccess {
  static std::uint32_t acquire(const Word& word) noexcept { return word.load(std::memory_order_relaxed); }
};

struct NoFence : DirectAccess {
  static void fence() noexcept {}
};

}  // namespace

int main(int argc, char** argv) {
  exchange::Pair pair;
  if (argc == 2 && std::strcmp(argv[1], "release") == 0) {
    exchange::run_calls<WeakRelease>(pair, exchange::Mode::poll, 1, 1000, 0);
  } else if (argc == 2 && std::strcmp(argv[1], "acquire") == 0) {
    exchange::run_calls<WeakAcquire>(pair, exchange::Mode::poll, 1, 1000, 0);
  } else if (argc == 2 && std::strcmp(argv[1], "fence") == 0) {
    exchange::run_fenced<NoFence>();
  } else {
    std::fputs("usage: seeded_race release|acquire|fence\n", stderr);
    return 2;
  }
  std::puts("nothing was reported");
  return 0;
}
