// The memory that this side hands over: Arrays in the arena are found by any part of them, and the memory lives as long as the last one.
// Run under a thread sanitizer too.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <shmidl/stub/storage.hpp>

#include "rpc/own_memory.hpp"
#include "support/catch.hpp"

namespace {

using shmidl::rpc::Held;
using shmidl::rpc::OwnMemory;

constexpr std::size_t kLimit = std::size_t{1} << 20;
constexpr std::size_t kBytes = 512;

/// What a user's Array holds.
struct ArrayStorage final : shmidl::stub::Storage {
  explicit ArrayStorage(OwnMemory& memory) : Storage(&end), own(memory) {}

  static void end(Storage* storage) noexcept {
    const std::unique_ptr<ArrayStorage> self(static_cast<ArrayStorage*>(storage));
    self->own.end_array(self->data, self->block);
  }

  OwnMemory& own;
  const std::byte* data = nullptr;
  std::uint32_t block = 0;
  Held frame;
};

ArrayStorage* new_array(OwnMemory& own, std::size_t bytes = kBytes) {
  auto storage = std::make_unique<ArrayStorage>(own);
  const auto range = own.take(bytes, {nullptr, storage.get()});
  if (!range) return nullptr;
  storage->data = own.at(range->region, range->offset);
  storage->block = range->block;
  return storage.release();
}

/// True if the range lies in an Array, and the descriptor is of exactly these bytes.
bool found(OwnMemory& own, const std::byte* data, std::size_t bytes) {
  Held held;
  const auto descriptor = own.hold(held, data, bytes);
  const bool right = descriptor && own.at(descriptor->region, descriptor->offset) == data && descriptor->length == bytes;
  CHECK(held.empty() == !descriptor.has_value());
  own.give_back(held);
  return right;
}

}  // namespace

TEST_CASE("of one, four, five or many Arrays each is found by any part of it, and not once it has ended") {
  const auto own = OwnMemory::create(kLimit).value();
  for (const std::size_t count : {1U, 4U, 5U, 12U}) {
    std::vector<ArrayStorage*> arrays;
    for (std::size_t i = 0; i < count; ++i) arrays.push_back(new_array(*own));
    for (std::size_t step = 0; !arrays.empty(); ++step) {
      for (const ArrayStorage* array : arrays) {
        CHECK(found(*own, array->data, kBytes));
        CHECK(found(*own, array->data + 100, kBytes - 100));
        CHECK(found(*own, array->data + kBytes - 1, 1));
        CHECK_FALSE(found(*own, array->data + 1, kBytes));
      }
      // The first and the last in turn: newer and older ones go.
      const std::size_t at = step % 2 == 0 ? 0 : arrays.size() - 1;
      const std::byte* const gone = arrays[at]->data;
      arrays[at]->release();
      arrays.erase(arrays.begin() + static_cast<std::ptrdiff_t>(at));
      CHECK_FALSE(found(*own, gone, kBytes));
    }
  }
  const std::byte elsewhere[16] = {};
  CHECK_FALSE(found(*own, elsewhere, sizeof elsewhere));
}

TEST_CASE("an Array that a frame holds ends with the frame, and its memory is used again only then") {
  const auto own = OwnMemory::create(kLimit).value();
  ArrayStorage* const array = new_array(*own, sizeof(shmidl::shm::Segment::arena));
  REQUIRE(array != nullptr);
  Held held;
  REQUIRE(own->hold(held, array->data, kBytes));
  array->release();
  CHECK_FALSE(own->take(64, {}).has_value());
  own->give_back(held);
  CHECK(own->take(64, {}).has_value());
}

TEST_CASE("the memory outlives its connection until the last Array ends") {
  for (const bool with_arrays : {false, true}) {
    auto own = OwnMemory::create(kLimit).value();
    const std::weak_ptr<OwnMemory> alive = own;
    ArrayStorage* const first = with_arrays ? new_array(*own) : nullptr;
    ArrayStorage* const second = with_arrays ? new_array(*own) : nullptr;
    own->outlive(own);
    own.reset();
    CHECK(alive.expired() == !with_arrays);
    if (!with_arrays) continue;
    first->release();
    CHECK_FALSE(alive.expired());
    second->release();
    CHECK(alive.expired());
  }
}

TEST_CASE("threads take and end Arrays, and frames hold them, while the watcher looks at the same memory") {
  constexpr int kThreads = 3;
  constexpr int kTurns = 400;
  auto own = OwnMemory::create(kLimit).value();
  const std::weak_ptr<OwnMemory> alive = own;
  std::atomic<int> running{kThreads};
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, memory = own.get()] {
      ArrayStorage* kept = nullptr;
      for (int i = 0; i < kTurns; ++i) {
        ArrayStorage* const array = new_array(*memory, 64 + static_cast<std::size_t>(i % 7) * 64);
        if (array == nullptr || !memory->hold(array->frame, array->data, 64)) {
          lost.fetch_add(1);
          continue;
        }
        memory->give_back(array->frame);
        if (kept != nullptr) kept->release();
        kept = array;
      }
      running.fetch_sub(1);
      while (running.load() != -1) std::this_thread::yield();  // the connection has ended
      if (kept != nullptr) kept->release();
    });
  }
  while (running.load() != 0) {
    CHECK(own->drop_idle() == 0);
    std::this_thread::yield();
  }
  own->outlive(own);
  own.reset();
  running.store(-1);
  for (std::thread& thread : threads) thread.join();
  CHECK(lost.load() == 0);
  CHECK(alive.expired());
}
