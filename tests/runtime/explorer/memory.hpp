// Memory as C++ promises it to a program with release, acquire, relaxed accesses and fences: a load may read old stores.
//
// Each word keeps all stores of an execution in their order ("messages"). A thread may read any message that is not older than what it knows of
// the word; what it knows is its view. A release store hands its thread's view on in its message, an acquire load takes it over; a relaxed load
// keeps it for the thread's next acquire fence, a relaxed store hands on the view of its thread's last release fence. Sequentially consistent
// fences are both, and exchange positions with one view that all of them share; that orders what later loads may read, and is no happens-before.
//
// Payload has no messages: an access to it that is not ordered with a write by happens-before is a race, which ends the execution as a failure.
//
// After "Promising semantics" (Kang et al., POPL 2017) without promises, and C++20 [atomics.order]. Two things are left out. A store goes to the
// end of its word's order: each word has one writer, or is added to, but for `bell`, whose writers read nothing that the other's store of it
// publishes, so that each order of their stores is that of some schedule. And no load reads from a store that depends on what it reads, or could
// have been made before it: no processor makes a store visible before the loads that decide on it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace explorer {

inline constexpr std::size_t kMaxThreads = 6;
inline constexpr std::size_t kMaxWords = 32;

/// What a thread knows.
struct View {
  std::array<std::uint8_t, kMaxWords> position{};  ///< by word: no older message is read
  std::array<std::uint16_t, 8> clock{};            ///< by thread: its steps up to here happened before
  void join(const View& other);
  void join_positions(const View& other);
};

struct Message {
  std::uint32_t value = 0;
  View view;
};

/// `ordered`: acquire of a load, release of a store. `sequential`: the same after a fence(), as compilers make it of seq_cst on most processors.
enum class Order : std::uint8_t { relaxed, ordered, sequential };

class Memory {
 public:
  /// `world` is where all words and payload of the scenario lie.
  Memory(std::byte* world, std::size_t bytes);

  /// Takes the world's present content as the state before each execution.
  void begin_exploration();
  /// Begins an execution.
  void reset();

  [[nodiscard]] std::size_t offset(const void* address) const;
  /// The word at an address, by number.
  std::size_t word(const void* address);
  [[nodiscard]] std::size_t offset_of(std::size_t word) const { return words_[word].offset; }
  [[nodiscard]] const std::vector<Message>& messages(std::size_t word) const { return words_[word].messages; }
  [[nodiscard]] std::uint32_t latest(std::size_t word) const { return words_[word].messages.back().value; }
  [[nodiscard]] std::size_t last(std::size_t word) const { return words_[word].messages.size() - 1; }

  /// The oldest message that the thread may read.
  [[nodiscard]] std::size_t oldest(std::size_t thread, std::size_t word) const;
  std::uint32_t load(std::size_t thread, std::size_t word, std::size_t message, Order order);
  void store(std::size_t thread, std::size_t word, std::uint32_t value, Order order);
  /// Reads the last message and appends to it.
  std::uint32_t add(std::size_t thread, std::size_t word, std::uint32_t value, Order order);
  void fence(std::size_t thread);

  /// From now on the thread reads no older message of the word; nobody learns more by it.
  void raise_floor(std::size_t thread, std::size_t word, std::size_t message);
  /// All that `other` did happened before what the thread does next.
  void learn_all(std::size_t thread, std::size_t other);
  /// A hash of what the thread knows of all words. After a fence it stands for the fence's place among all fences: what these share is what the
  /// threads knew at their last ones.
  [[nodiscard]] std::uint64_t knowledge(std::size_t thread) const;
  /// The newest message of the word that the thread knows of.
  [[nodiscard]] std::size_t position(std::size_t thread, std::size_t word) const { return threads_[thread].now.position[word]; }

  /// Payload. False: a race.
  bool write(std::size_t thread, void* to, const void* from, std::size_t bytes);
  bool read(std::size_t thread, void* to, const void* from, std::size_t bytes);

 private:
  struct ThreadViews {
    View now;
    View loaded;    // of messages read by relaxed loads
    View released;  // at the last fence
    std::array<std::uint8_t, kMaxWords> floor{};
  };
  struct WordState {
    std::size_t offset = 0;
    std::vector<Message> messages;
  };
  /// Four bytes of payload, and four bytes that may be a word.
  struct Granule {
    std::uint32_t execution = 0;  // the rest counts in this one only
    std::uint32_t word = 0;       // number + 1
    std::uint16_t writer = 0;
    std::uint16_t written_at = 0;
    std::array<std::uint16_t, kMaxThreads> read_at{};
    bool payload = false;
  };

  Granule& granule(std::size_t offset);
  void tick(std::size_t thread) { ++threads_[thread].now.clock[thread]; }

  std::byte* const world_;
  const std::size_t bytes_;
  std::vector<std::byte> initial_;
  std::uint32_t execution_ = 0;
  std::vector<Granule> granules_;
  std::vector<std::size_t> dirty_;  // offsets of payload written in this execution
  std::array<ThreadViews, kMaxThreads> threads_;
  std::array<WordState, kMaxWords> words_;
  std::size_t word_count_ = 0;
  View fences_;
};

}  // namespace explorer
