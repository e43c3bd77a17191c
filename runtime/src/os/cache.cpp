#include "os/cache.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <string>

namespace shmidl::os {

namespace {

constexpr std::size_t kMebi = std::size_t{1} << 20;

std::string word_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

/// "1024K", "32M", "512": bytes; 0 for anything else.
std::size_t bytes_of(const std::string& text) {
  std::size_t digits = 0;
  std::size_t value = 0;
  while (digits < text.size() && digits < 9 && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + static_cast<std::size_t>(text[digits++] - '0');
  }
  const std::string unit = text.substr(digits);
  if (digits == 0) return 0;
  if (unit.empty()) return value;
  const std::size_t factor = unit == "K" ? 1024 : unit == "M" ? kMebi : 0;
  return factor != 0 && value > static_cast<std::size_t>(-1) / factor ? 0 : value * factor;
}

std::size_t told_by_library(int name) noexcept {
  const long bytes = ::sysconf(name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace

Caches caches(const std::filesystem::path& folder, const std::filesystem::path& online) {
  Caches found;
  const std::string all = word_of(online);
  for (int index = 0; index < 8; ++index) {
    const auto at = folder / ("index" + std::to_string(index));
    const std::string level = word_of(at / "level");
    if (level.empty()) break;
    if (word_of(at / "type") == "Instruction") continue;
    const std::size_t bytes = bytes_of(word_of(at / "size"));
    if (level == "2") found.second = bytes;
    if (level != "3" && level != "4") continue;
    found.last = std::max(found.last, bytes);
    const std::string sharers = word_of(at / "shared_cpu_list");
    found.one = all.empty() || sharers.empty() || sharers == all;
  }
  if (found.second == 0) return {told_by_library(_SC_LEVEL2_CACHE_SIZE), told_by_library(_SC_LEVEL3_CACHE_SIZE), true};
  return found;
}

std::size_t hand_over_footprint(const Caches& caches) noexcept {
  constexpr std::size_t kLeast = kMebi;
  constexpr std::size_t kMost = 8 * kMebi;
  if (caches.second == 0) return kMost / 2;
  const std::size_t wanted = 8 * std::min(caches.second, kMost);
  const std::size_t shared = caches.last == 0 ? kMost : caches.last / 4;
  return std::clamp(std::min(wanted, shared), kLeast, kMost);
}

namespace {

const Caches& caches_here() noexcept {
  static const Caches here = []() noexcept {
    try {
      return caches();
    } catch (const std::exception&) {
      return Caches{};
    }
  }();
  return here;
}

}  // namespace

std::size_t hand_over_footprint() noexcept { return hand_over_footprint(caches_here()); }

bool cores_share_a_cache() noexcept { return caches_here().one; }

}  // namespace shmidl::os
