#include "os/fork.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <atomic>
#include <new>

#include "os/memory.hpp"

namespace shmidl::os {

namespace {

using Mark = std::atomic<std::uint32_t>;
static_assert(Mark::is_always_lock_free, "a child may be forked between any two instructions");

// The last number taken. Ordinary memory, which a child inherits, so the child's number is new.
constinit Mark last_mark{0};

// The word that is wiped in a child. No lock and no function-local static guard it: a child
// forked while another thread holds one would wait for ever.
constinit std::atomic<Mark*> wiped_word{nullptr};

constinit Mark fallback_word{0};

Mark* make_wiped_word() noexcept {
  const std::size_t bytes = page_size();
  void* const page = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED && ::madvise(page, bytes, MADV_WIPEONFORK) == 0) {
    Mark* const word = ::new (page) Mark{0};
    Mark* winner = nullptr;
    // sync os.fork.word acq_rel: publishes the word; pairs with acquire in process_mark.
    if (wiped_word.compare_exchange_strong(winner, word, std::memory_order_acq_rel)) return word;
    ::munmap(page, bytes);
    return winner;
  }
  if (page != MAP_FAILED) ::munmap(page, bytes);
  // Without such a page (Linux before 4.14, or no memory) libc's own fork wipes the word.
  Mark* winner = nullptr;
  // sync os.fork.word acq_rel: publishes the word; pairs with acquire in process_mark.
  if (!wiped_word.compare_exchange_strong(winner, &fallback_word, std::memory_order_acq_rel)) return winner;
  ::pthread_atfork(nullptr, nullptr, [] { fallback_word.store(0, std::memory_order_relaxed); });
  return &fallback_word;
}

std::uint32_t take_mark(Mark& word) noexcept {
  std::uint32_t fresh = last_mark.fetch_add(1, std::memory_order_relaxed) + 1;
  if (fresh == 0) fresh = last_mark.fetch_add(1, std::memory_order_relaxed) + 1;
  std::uint32_t taken = 0;
  return word.compare_exchange_strong(taken, fresh, std::memory_order_relaxed) ? fresh : taken;
}

}  // namespace

std::uint32_t process_mark() noexcept {
  // sync os.fork.word acquire: pairs with acq_rel in make_wiped_word.
  Mark* word = wiped_word.load(std::memory_order_acquire);
  if (word == nullptr) word = make_wiped_word();
  const std::uint32_t mark = word->load(std::memory_order_relaxed);
  return mark != 0 ? mark : take_mark(*word);
}

const std::atomic<std::uint32_t>& process_mark_word() noexcept {
  process_mark();
  // sync os.fork.word acquire: pairs with acq_rel in make_wiped_word.
  return *wiped_word.load(std::memory_order_acquire);
}

}  // namespace shmidl::os
