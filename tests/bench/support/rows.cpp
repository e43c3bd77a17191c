#include "support/rows.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace shmidl::bench {

namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kSizes{
    {{"1k", kKiB}, {"64k", 64 * kKiB}, {"1m", kKiB* kKiB}, {"16m", 16 * kKiB* kKiB}}};
constexpr std::array<std::pair<std::string_view, Filling>, 3> kFillings{
    {{"private", Filling::in_private}, {"inplace", Filling::in_place}, {"unread", Filling::unread}}};

[[noreturn]] void unknown(std::string_view row) { throw std::invalid_argument("no such row: " + std::string(row)); }

template <class Table>
auto look_up(const Table& table, std::string_view word, std::string_view row) {
  for (const auto& [name, value] : table) {
    if (name == word) return value;
  }
  unknown(row);
}

std::vector<std::string> make_call_rows() {
  std::vector<std::string> rows{"add.poll",          "add.adaptive",    "add.block",           "add.adaptive.onecore",
                                "add.block.onecore", "busy.third.poll", "busy.third.adaptive", "busy.third.block"};
  for (const auto& [size, bytes] : kSizes) {
    for (const auto& [filling, kind] : kFillings) rows.push_back("sum." + std::string(size) + '.' + std::string(filling));
  }
  rows.insert(rows.end(), {"oneway", "pipelined", "threads.1", "threads.2", "threads.4", "threads.16", "threads.64", "twoconnections",
                           "idle", "memory"});
  return rows;
}

}  // namespace

SumRow sum_row(std::string_view row) {
  const std::size_t dot = row.rfind('.');
  if (!row.starts_with("sum.") || dot <= 4) unknown(row);
  return {look_up(kSizes, row.substr(4, dot - 4), row), look_up(kFillings, row.substr(dot + 1), row)};
}

std::size_t threads_of(std::string_view row) {
  constexpr std::string_view kPrefix = "threads.";
  std::size_t threads = 0;
  const auto parsed = std::from_chars(row.data() + std::min(kPrefix.size(), row.size()), row.data() + row.size(), threads);
  if (!row.starts_with(kPrefix) || parsed.ec != std::errc{} || parsed.ptr != row.data() + row.size() || threads == 0) unknown(row);
  return threads;
}

bool on_one_core(std::string_view row) { return row.ends_with(".onecore"); }

bool takes_seconds(std::string_view row) {
  return row == "idle" || row == "memory" || row == "gen" || row.starts_with("clients.") || row.starts_with("build.");
}

bool exchanges_lines(std::string_view row) { return !takes_seconds(row) && !row.starts_with("memcpy.") && !row.starts_with("first.") && !row.starts_with("cache."); }

const std::vector<std::string>& call_rows() {
  static const std::vector<std::string> rows = make_call_rows();
  return rows;
}

std::string floor_of(std::string_view row) {
  if (row == "add.poll" || row == "add.adaptive") return "line";
  if (row == "add.block") return "futex.across";
  if (row == "add.block.onecore") return "futex.onecore";
  if (row.starts_with("sum.") && !row.ends_with(".unread")) return std::string(row);
  if (row == "oneway" || row.starts_with("stream.")) return "ring.flag";
  return {};
}

}  // namespace shmidl::bench
