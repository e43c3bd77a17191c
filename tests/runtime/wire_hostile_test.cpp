// Bodies that no correct sender writes: each is refused or read without leaving the frame. Build with the address sanitizer to see the latter.
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "support/catch.hpp"
#include "wire_support.hpp"
#include "wire_types.hpp"

using namespace wire;
using shmidl::Array;
using shmidl::stub::ArrayHeader;
using shmidl::stub::kCopyLimit;
using shmidl::stub::kExternal;

namespace {

constexpr Reader kReaders[] = {{true, true}, {true, false}, {false, true}, {false, false}};

/// Reads every byte and every bool of a value.
std::uint64_t walk(std::string_view text) { return std::accumulate(text.begin(), text.end(), std::uint64_t{0}); }
std::uint64_t walk(const Point& point) { return static_cast<std::uint32_t>(point.x) + std::uint64_t{static_cast<std::uint32_t>(point.y)}; }
std::uint64_t walk(const Stat& stat) { return stat.size + (stat.directory ? 1u : 2u) + static_cast<std::uint16_t>(stat.links) + stat.kind; }
std::uint64_t walk(const OldStat& stat) { return stat.size + (stat.directory ? 1u : 2u); }
std::uint64_t walk(bool value) { return value ? 1 : 2; }
std::uint64_t walk(double value) { return value < 0 ? 1 : 2; }
template <std::integral T>
std::uint64_t walk(T value) {
  return static_cast<std::uint64_t>(value);
}
std::uint64_t walk(const Entry::View& entry);
std::uint64_t walk(const OldEntry::View& entry) { return walk(entry.name) + walk(entry.stat); }
template <class Range>
  requires(!std::convertible_to<Range, std::string_view> && std::ranges::range<Range>)
std::uint64_t walk(const Range& range) {
  std::uint64_t sum = 0;
  for (const auto& element : range) sum += walk(element);
  return sum;
}
std::uint64_t walk(const Entry::View& entry) {
  return walk(entry.name) + walk(entry.stat) + static_cast<std::uint32_t>(entry.mode) + walk(entry.head) + walk(entry.tags);
}
std::uint64_t walk(const Tree::View& tree) {
  return walk(tree.label) + walk(tree.leaf) + walk(tree.entry) + walk(tree.more) + walk(tree.pair) + walk(tree.corners) + walk(tree.names) +
         walk(tree.three) + walk(tree.stats) + walk(tree.flags) + walk(tree.rows) + walk(tree.paths) + walk(tree.numbers);
}

/// What a receiver does with a body that checks; the result keeps the compiler from leaving it out.
template <class V>
std::uint64_t receive(const Packed& packed, Reader reader) {
  const Received<V> received(packed, reader);
  if (!received.good()) return 0;
  const auto value = received.value();
  return 1 + walk(received.view()) + walk(Wire<V>::of(value));
}

template <class V>
bool refused(const Packed& packed, bool also_inexact = true) {
  for (const Reader reader : kReaders) {
    if (!reader.exact && !also_inexact) continue;
    if (Received<V>(packed, reader).good()) return false;
  }
  return true;
}

template <class V>
Packed packed_of(const V& value) {
  return pack<V>(Wire<V>::of(value));
}

Tree bushy() {
  Tree tree;
  const Entry entry{"name", Stat{1, true, 2, 3}, Mode::WRITE, {1, 2, 3}, {"a", "bc"}};
  tree.entry = entry;
  tree.more = {entry, entry};
  tree.pair = {entry, entry};
  tree.names = {"x", "y"};
  tree.stats = Array<Stat>(300);
  tree.flags = Array<bool>(5000);
  tree.rows = {{true, false}, Array<bool>(4500)};
  tree.paths = {Array<Point>(600), {Point{1, 2}}};
  tree.numbers = Array<double>(600);
  return tree;
}

Array<std::uint8_t> counted_bytes() { return Array<std::uint8_t>(kCopyLimit + 1); }

/// Values that stand at the edges of every check.
std::vector<std::uint32_t> nasty(const Packed& packed) {
  const auto size = static_cast<std::uint32_t>(packed.body.size());
  const auto externals = static_cast<std::uint32_t>(packed.externals.size());
  std::set<std::uint32_t> values{0u, 1u, 2u, 3u, 4u, 7u, 8u, 16u, 0x0100'0000u, 0x1000'0001u, 0x2000'0001u, 0x4000'0001u, 0x7fff'ffffu, kExternal,
                                 kExternal + 1, 0xffff'fff0u, 0xffff'fffcu, 0xffff'ffffu};
  for (const std::uint32_t edge : {size, externals, kExternal | externals, kExternal + size}) {
    values.insert({edge - 9, edge - 8, edge - 4, edge - 1, edge, edge + 1});
  }
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("a root that is cut off is refused") {
  for (std::size_t bytes = 0; bytes < 8; ++bytes) {
    CHECK(refused<std::string>(Packed{Bytes(bytes), {}, true}));
    CHECK(refused<Array<Point>>(Packed{Bytes(bytes), {}, true}));
  }
  for (std::size_t bytes = 0; bytes < 4; ++bytes) CHECK(refused<std::int32_t>(Packed{Bytes(bytes), {}, true}));
}

TEST_CASE("a body that is cut off anywhere is refused") {
  const Packed whole = packed_of(bushy());
  for (std::size_t bytes = 0; bytes < whole.body.size(); ++bytes) {
    Packed cut = whole;
    cut.body.resize(bytes);
    REQUIRE(refused<Tree>(cut));
  }
}

TEST_CASE("a Ref past the end is refused") {
  Packed packed = packed_of(std::string("12345678"));
  REQUIRE(packed.body.size() == 16);
  for (const Ref ref : {Ref{8, 9}, Ref{9, 8}, Ref{16, 1}, Ref{17, 0}, Ref{0xffff'ffffu, 1}, Ref{0xffff'fff8u, 16}, Ref{8, 0xffff'ffffu}, Ref{0, 1}}) {
    packed.put(0, ref);
    CHECK(refused<std::string>(packed));
  }
  packed.put(0, Ref{16, 0});
  CHECK_FALSE(refused<std::string>(packed));
}

TEST_CASE("a Ref into the fixed part that it stands in is refused") {
  Packed packed = packed_of(std::string("12345678"));
  for (const Ref ref : {Ref{1, 1}, Ref{4, 4}, Ref{7, 2}}) {
    packed.put(0, ref);
    CHECK(refused<std::string>(packed));
  }
}

TEST_CASE("two Refs to the same bytes are refused") {
  Packed packed = packed_of(std::vector<std::string>{"12345678", "abcdefgh"});
  const auto list = packed.at<Ref>(0).where;
  const auto first = packed.at<Ref>(list);
  packed.put(list + 8, first);
  CHECK(refused<std::vector<std::string>>(packed));
  packed.put(list + 8, Ref{first.where + 7, 8});
  CHECK(refused<std::vector<std::string>>(packed));
}

TEST_CASE("a list that holds itself is refused") {
  using Lists = std::vector<std::vector<std::vector<std::string>>>;
  Packed packed = packed_of(Lists{{{"a"}}});
  const auto list = packed.at<Ref>(0).where;
  packed.put(list, Ref{list, 1});
  CHECK(refused<Lists>(packed));
}

TEST_CASE("bools that lie over a checked Ref cannot change it") {
  // Both Refs check singly; normalising the bools would turn the external's index into an offset far outside.
  struct Root {
    Ref numbers{kExternal, kCopyLimit + 1};
    Ref bools{1, 4};
  };
  alignas(8) std::byte body[64] = {};
  const Root root;
  std::memcpy(body, &root, sizeof root);
  Frame frame;
  frame.set(body, sizeof body, true, true);
  const std::vector<std::byte> external(kCopyLimit + 1);
  REQUIRE(frame.add_external(external.data(), static_cast<std::uint32_t>(external.size()), nullptr, false));
  REQUIRE(frame.claim(0, sizeof root, 1));
  REQUIRE(Wire<Array<std::uint8_t>>::check(frame, body));
  CHECK_FALSE(Wire<Array<bool>>::check(frame, body + 8));
  CHECK(walk(Wire<Array<std::uint8_t>>::view(frame, body)) == 0);
}

TEST_CASE("a converted array's header that lies over a checked Ref cannot change it") {
  alignas(8) std::byte body[64] = {};
  // The string at the very end has no bytes; the header's third word is the string's count.
  const Ref text{sizeof body, 0};
  const Ref stats{4, 1};
  std::memcpy(body + 8, &text, sizeof text);
  std::memcpy(body + 24, &stats, sizeof stats);
  const std::uint32_t header[] = {16, 9};  // at 4; its `external` is text.count
  std::memcpy(body + 4, header, 4);
  Frame frame;
  frame.set(body, sizeof body, false, true);
  REQUIRE(frame.claim(0, 32, 1));
  REQUIRE(Wire<std::string>::check(frame, body + 8));
  CHECK_FALSE(Wire<Array<Stat>>::check(frame, body + 24));
}

TEST_CASE("misaligned elements are refused") {
  Packed packed = packed_of(Array<std::int32_t>{1, 2, 3});
  for (const std::uint32_t by : {1u, 2u, 3u}) {
    packed.put(0, Ref{8 + by, 2});
    CHECK(refused<Array<std::int32_t>>(packed));
  }
  Packed structs = packed_of(Array<Stat>{Stat{}, Stat{}});
  structs.body.resize(structs.body.size() + 8);
  const auto at = structs.at<Ref>(0).where;
  structs.put(0, Ref{at + 2, 1});
  CHECK(refused<Array<Stat>>(structs));
  Packed list = packed_of(std::vector<std::string>{"a", "b"});
  list.put(0, Ref{list.at<Ref>(0).where + 2, 1});
  CHECK(refused<std::vector<std::string>>(list));
}

TEST_CASE("a misaligned external is refused") {
  alignas(8) std::byte memory[8192] = {};
  alignas(8) std::byte body[8];
  const Ref ref{kExternal, 1000};
  std::memcpy(body, &ref, sizeof ref);
  for (const std::size_t by : {0u, 1u, 2u, 4u}) {
    Frame frame;
    frame.set(body, sizeof body, true, true);
    REQUIRE(frame.add_external(memory + by, 4000, nullptr, false));
    REQUIRE(frame.claim(0, 8, 1));
    CHECK(Wire<Array<std::int32_t>>::check(frame, body) == (by % 4 == 0));
  }
}

TEST_CASE("an array header of nonsense is refused") {
  const Packed valid = packed_of(Array<Stat>{Stat{}, Stat{}});
  const auto at = valid.at<Ref>(0).where;
  for (const ArrayHeader header : {ArrayHeader{0, 0, 0, 0}, ArrayHeader{0, 13, 0, 0}, ArrayHeader{12, 13, 0, 0}, ArrayHeader{17, 13, 0, 0},
                                   ArrayHeader{0xffff'ffffu, 13, 0, 0}, ArrayHeader{0x8000'0000u, 13, 0, 0}, ArrayHeader{16, 13, 1, 0},
                                   ArrayHeader{16, 13, 0xffff'ffffu, 0}, ArrayHeader{16, 0xffff'ffffu, 0, 0}}) {
    Packed packed = valid;
    packed.put(at, header);
    CHECK(refused<Array<Stat>>(packed));
    Packed entries = packed_of(std::vector<Entry>(2));
    entries.put(entries.at<Ref>(0).where, ArrayHeader{header.stride == 16 ? 0x4000'0000u : header.stride, header.used, header.external, 0});
    CHECK(refused<std::vector<Entry>>(entries));
  }
}

TEST_CASE("a count whose bytes do not fit 32 bits is refused") {
  Packed numbers = packed_of(Array<double>{1, 2});
  for (const std::uint32_t count : {0x2000'0000u, 0x2000'0001u, 0x2000'0002u, 0x8000'0000u, 0xffff'ffffu}) {
    numbers.put(4, count);
    CHECK(refused<Array<double>>(numbers));
  }
  Packed stats = packed_of(Array<Stat>{Stat{}, Stat{}});
  Packed entries = packed_of(std::vector<Entry>(1));
  for (const std::uint32_t count : {3u, 0x1000'0000u, 0x1000'0001u, 0x1000'0002u, 0xffff'ffffu}) {
    stats.put(4, count);
    CHECK(refused<Array<Stat>>(stats));
    entries.put(4, count);
    CHECK(refused<std::vector<Entry>>(entries));
  }
  // A stride of 2^31 and two elements: 2^32 bytes.
  stats.put(4, 2u);
  stats.put(stats.at<Ref>(0).where, ArrayHeader{0x8000'0000u, 13, 0, 0});
  CHECK(refused<Array<Stat>>(stats));
}

TEST_CASE("an external that does not exist is refused") {
  Packed packed = packed_of(counted_bytes());
  for (const std::uint32_t index : {1u, 2u, 63u, 64u, 0x7fff'ffffu}) {
    packed.put(0, Ref{kExternal | index, kCopyLimit + 1});
    CHECK(refused<Array<std::uint8_t>>(packed));
  }
}

TEST_CASE("an external of another length is refused") {
  Packed packed = packed_of(counted_bytes());
  for (const std::uint32_t count : {0u, 1u, static_cast<std::uint32_t>(kCopyLimit), static_cast<std::uint32_t>(kCopyLimit + 2), 0xffff'ffffu}) {
    packed.put(4, count);
    CHECK(refused<Array<std::uint8_t>>(packed));
  }
}

TEST_CASE("an external that is claimed twice is refused") {
  Packed packed = packed_of(std::vector<Array<std::uint8_t>>{counted_bytes(), counted_bytes()});
  const auto list = packed.at<Ref>(0).where;
  packed.put(list + 8, packed.at<Ref>(list));
  CHECK(refused<std::vector<Array<std::uint8_t>>>(packed));
}

TEST_CASE("an array that was converted cannot be claimed as an external of the sender") {
  // The first array is converted, which makes external 0; the second names it.
  using Lists = std::vector<Array<Stat>>;
  Packed packed = packed_of(Lists{Array<Stat>(1), Array<Stat>(1)});
  const auto list = packed.at<Ref>(0).where;
  const auto first = packed.at<Ref>(list).where;
  const auto second = packed.at<Ref>(list + 8).where;
  packed.put(first, ArrayHeader{16, 9, 0, 0});
  packed.put(second, ArrayHeader{16, 13, 1, 0});
  CHECK(refused<Lists>(packed));
}

TEST_CASE("a fixed array of another length is refused") {
  Packed packed = packed_of(std::array<Point, 2>{});
  for (const std::uint32_t count : {0u, 1u, 3u}) {
    packed.put(4, count);
    CHECK(refused<std::array<Point, 2>>(packed));
  }
  Packed names = packed_of(std::array<std::string, 2>{});
  for (const std::uint32_t count : {0u, 1u, 3u}) {
    names.put(4, count);
    CHECK(refused<std::array<std::string, 2>>(names));
  }
}

TEST_CASE("every word of a body, replaced by every nasty value, leads nowhere outside") {
  const Packed valid = packed_of(bushy());
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at + 4 <= valid.body.size(); at += 4) {
    Packed packed = valid;
    for (const std::uint32_t value : nasty(valid)) {
      packed.put(at, value);
      for (const Reader reader : kReaders) seen += receive<Tree>(packed, reader) != 0 ? 1 : 0;
    }
  }
  CHECK(seen > 0);
}

TEST_CASE("bodies mutated at random lead nowhere outside") {
  const std::vector<Packed> valid{packed_of(bushy()), packed_of(Tree{})};
  const std::vector<Packed> lists{packed_of(std::vector<Entry>{Entry{}, Entry{}}), packed_of(bushy().more)};
  std::mt19937 random(20'240'229);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  const auto mutate = [&](Packed packed) {
    const std::vector<std::uint32_t> values = nasty(packed);
    for (std::size_t times = 1 + below(6); times-- > 0;) {
      const std::size_t at = below(packed.body.size() / 4) * 4;
      switch (below(4)) {
        case 0: packed.put(at, values[below(values.size())]); break;
        case 1: packed.body[at + below(4)] = static_cast<std::byte>(below(256)); break;
        case 2: packed.put(at, packed.at<std::uint32_t>(below(packed.body.size() / 4) * 4)); break;
        default: packed.put(at, packed.at<std::uint32_t>(at) + static_cast<std::uint32_t>(below(33)) - 16); break;
      }
    }
    return packed;
  };
  std::uint64_t seen = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Reader reader = kReaders[below(4)];
    seen += receive<Tree>(mutate(valid[below(valid.size())]), reader) != 0 ? 1 : 0;
    const Packed list = mutate(lists[below(lists.size())]);
    seen += receive<std::vector<Entry>>(list, reader) != 0 ? 1 : 0;
    seen += receive<std::vector<OldEntry>>(list, reader) != 0 ? 1 : 0;
  }
  CHECK(seen > 0);
}
