// The one way to touch shared memory. Algorithms of this folder take an access policy; production uses DirectAccess.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <shmidl/stub/access.hpp>
#include <shmidl/stub/frame.hpp>

#include "shm/copy.hpp"
#include "shm/layout.hpp"

#if defined(__SANITIZE_THREAD__)
#define SHMIDL_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SHMIDL_THREAD_SANITIZER 1
#endif
#endif

namespace shmidl::shm {

/// Tells the processor that this is a spin loop.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  asm volatile("yield" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

/// Plain atomics and copies.
struct DirectAccess {
  static std::uint32_t acquire(const Word& word) noexcept { return word.load(std::memory_order_acquire); }
  static std::uint32_t relaxed(const Word& word) noexcept { return word.load(std::memory_order_relaxed); }
  static void release(Word& word, std::uint32_t value) noexcept { word.store(value, std::memory_order_release); }
  static void relaxed_store(Word& word, std::uint32_t value) noexcept { word.store(value, std::memory_order_relaxed); }

  /// The line is going to be read; nothing is read yet.
  static void expect(const void* address) noexcept { __builtin_prefetch(address); }

  /// Orders a store of this thread before a later load of it: the heart of "publish, then look whether the other sleeps".
  static void fence() noexcept {
#ifdef SHMIDL_THREAD_SANITIZER
    // TSan does not model fences; a read-modify-write of one process-wide word orders as strongly, and it understands it.
    static std::atomic<std::uint32_t> order{0};
    order.fetch_add(1, std::memory_order_seq_cst);
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  }

  /// Writes own memory that the peer reads only after a release.
  static void write(void* to, const void* from, std::size_t bytes) noexcept { stub::write_shared(to, from, bytes); }
  /// The same for a range of an arena, which may be large.
  static void write_range(void* to, const void* from, std::size_t bytes) noexcept { copy_range(to, from, bytes); }
  /// Reads the peer's memory once, into private memory.
  static void read(void* to, const void* from, std::size_t bytes) noexcept { stub::read_shared(to, from, bytes); }
  /// The same of a number, which stays in a register.
  template <class T>
  static T read_number(const void* from) noexcept {
    T number;
    std::memcpy(&number, from, sizeof number);
    asm volatile("" : "+r"(number));  // the compiler may not fetch it again
    return number;
  }
};

#ifdef SHMIDL_INSTRUMENTED
/// Instrumented builds of the whole runtime: every access goes past a hook that tests set, and what it read past another one.
struct HookedAccess {
  enum class Kind : std::uint8_t { load, store, fence, write, read };
  using Hook = void (*)(Kind kind, const void* address, std::size_t bytes) noexcept;
  static std::atomic<Hook> hook;
  /// May put something else in the place of what was read, as a peer does that writes between two accesses.
  using Change = void (*)(Kind kind, const void* address, void* value, std::size_t bytes) noexcept;
  static std::atomic<Change> change;

  static std::uint32_t acquire(const Word& word) noexcept { return before(Kind::load, &word, 4), after(Kind::load, &word, DirectAccess::acquire(word)); }
  static std::uint32_t relaxed(const Word& word) noexcept { return before(Kind::load, &word, 4), after(Kind::load, &word, DirectAccess::relaxed(word)); }
  static void release(Word& word, std::uint32_t value) noexcept { before(Kind::store, &word, 4), DirectAccess::release(word, value); }
  static void relaxed_store(Word& word, std::uint32_t value) noexcept { before(Kind::store, &word, 4), DirectAccess::relaxed_store(word, value); }
  static void expect(const void* address) noexcept { DirectAccess::expect(address); }
  static void fence() noexcept { before(Kind::fence, nullptr, 0), DirectAccess::fence(); }
  static void write(void* to, const void* from, std::size_t bytes) noexcept { stub::write_shared(to, from, bytes); }
  static void write_range(void* to, const void* from, std::size_t bytes) noexcept { stub::write_shared(to, from, bytes); }
  static void read(void* to, const void* from, std::size_t bytes) noexcept {
    before(Kind::read, from, bytes);
    stub::read_shared(to, from, bytes);
    if (const Change set = change.load(std::memory_order_relaxed)) set(Kind::read, from, to, bytes);
  }
  template <class T>
  static T read_number(const void* from) noexcept {
    return before(Kind::read, from, sizeof(T)), after(Kind::read, from, DirectAccess::read_number<T>(from));
  }

  static void before(Kind kind, const void* address, std::size_t bytes) noexcept {
    if (const Hook set = hook.load(std::memory_order_relaxed)) set(kind, address, bytes);
  }
  template <class T>
  static T after(Kind kind, const void* address, T value) noexcept {
    if (const Change set = change.load(std::memory_order_relaxed)) set(kind, address, &value, sizeof value);
    return value;
  }
};
using Access = HookedAccess;
#else
using Access = DirectAccess;
#endif

}  // namespace shmidl::shm
