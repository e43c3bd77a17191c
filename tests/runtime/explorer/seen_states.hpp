// A set of hashes; explorations spend much of their time in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace explorer {

class SeenStates {
 public:
  void clear() {
    slots_.assign(kFirst, 0);
    count_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return count_; }

  /// False if it is there already.
  bool insert(std::uint64_t hash) {
    if (hash == 0) hash = 1;  // 0: free
    if (2 * count_ >= slots_.size()) grow();
    if (!place(hash)) return false;
    ++count_;
    return true;
  }

 private:
  static constexpr std::size_t kFirst = std::size_t{1} << 12;

  bool place(std::uint64_t hash) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = static_cast<std::size_t>(hash) & mask;; at = (at + 1) & mask) {
      if (slots_[at] == hash) return false;
      if (slots_[at] != 0) continue;
      slots_[at] = hash;
      return true;
    }
  }

  void grow() {
    const std::vector<std::uint64_t> old = std::exchange(slots_, std::vector<std::uint64_t>(2 * slots_.size()));
    for (const std::uint64_t hash : old) {
      if (hash != 0) place(hash);
    }
  }

  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(kFirst);
  std::size_t count_ = 0;
};

}  // namespace explorer
