// Values that arrive as they were sent, and versions that understand each other.
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>

#include "support/catch.hpp"
#include "wire_support.hpp"
#include "wire_types.hpp"

using namespace wire;
using shmidl::Array;
using shmidl::stub::ArrayHeader;
using shmidl::stub::kCopyLimit;
using shmidl::stub::kExternal;

namespace {

template <class T>
Array<T> counted(std::size_t count) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), T{1});
  return values;
}

Entry entry(const std::string& name) {
  return {name, Stat{1, false, -2, 3}, Mode::WRITE, {1, 2, 3}, {"", "a", std::string(100, 'x')}};
}

Tree tree() {
  Tree tree;
  tree.label = "root";
  tree.leaf = true;
  tree.entry = entry("one");
  tree.more = {entry("two"), Entry{}, entry("")};
  tree.pair = {entry("left"), entry("right")};
  tree.corners = {Point{1, -1}, Point{2, -2}};
  tree.names = {"first", ""};
  tree.three = {-1, 0, 1};
  tree.stats = {Stat{1, true, 2, 3}, Stat{4, false, 5, 6}};
  tree.flags = {true, false, true};
  tree.rows = {{true}, {}, {false, true}};
  tree.paths = {{}, {Point{3, 4}}, {Point{5, 6}, Point{7, 8}}};
  tree.numbers = {0.5, -1e300};
  return tree;
}

/// A Stat whose padding holds `padding`.
Stat stat_over(std::byte padding, std::uint64_t size) {
  alignas(Stat) std::byte memory[sizeof(Stat)];
  std::memset(memory, static_cast<int>(padding), sizeof memory);
  auto* fields = reinterpret_cast<Stat*>(memory);
  fields->size = size;
  fields->directory = true;
  fields->links = 5;
  fields->kind = 6;
  Stat result;
  std::memcpy(static_cast<void*>(&result), memory, sizeof result);
  return result;
}

}  // namespace

TEST_CASE("scalars arrive, the extremes among them") {
  CHECK(arrives(std::int8_t{-128}));
  CHECK(arrives(std::numeric_limits<std::uint16_t>::max()));
  CHECK(arrives(std::numeric_limits<std::int32_t>::min()));
  CHECK(arrives(std::numeric_limits<std::uint64_t>::max()));
  CHECK(arrives(std::numeric_limits<std::int64_t>::min()));
  CHECK(arrives(u'\xffff'));
  CHECK(arrives('x'));
  CHECK(arrives(-0.5f));
  CHECK(arrives(std::numeric_limits<double>::infinity()));
  CHECK(std::isnan(exchange<double, double>(0.0 / 1.0).value() / 0.0));
  CHECK(arrives(true));
  CHECK(arrives(false));
  CHECK(arrives(Mode::WRITE));
}

TEST_CASE("an enum keeps a number that this version does not know") {
  const auto later = static_cast<Mode>(77);
  CHECK(arrives(later));
}

TEST_CASE("a bool that arrives as 7 is true, and 1 in memory") {
  const Received<bool> received(Packed{{std::byte{7}}, {}, true});
  REQUIRE(received.good());
  CHECK(received.view());
  CHECK(received.frame().body()[0] == std::byte{1});
}

TEST_CASE("bools are normalised wherever they stand") {
  Panel panel;
  panel.lamps = {true, true, true};
  Packed packed = pack<Panel>(panel);
  const auto at = packed.at<Ref>(0).where;
  for (const std::size_t offset : {0u, 16u, 40u, 41u, 42u, 56u, 72u}) packed.put(at + offset, std::uint8_t{0x82});
  const Received<Panel> received(packed);
  REQUIRE(received.good());
  const Panel got = received.value();
  CHECK((got.on && got.stat.directory && got.lamps[2] && got.more[0].directory && got.more[1].directory));
  std::uint8_t byte = 0;
  std::memcpy(&byte, &got.lamps[1], 1);
  CHECK(byte == 1);

  Packed flags = pack<Array<bool>>(Wire<Array<bool>>::of({true, false}));
  flags.put(flags.at<Ref>(0).where, std::uint8_t{255});
  const Received<Array<bool>> bools(flags);
  REQUIRE(bools.good());
  std::memcpy(&byte, bools.view().data(), 1);
  CHECK(byte == 1);

  Packed stats = pack<Array<Stat>>(Wire<Array<Stat>>::of({Stat{}, Stat{}}));
  stats.put(stats.body.size() - 8, std::uint8_t{4});
  const Received<Array<Stat>> structs(stats);
  REQUIRE(structs.good());
  std::memcpy(&byte, &structs.view()[1].directory, 1);
  CHECK(byte == 1);
}

TEST_CASE("bools of an external are normalised in a private copy") {
  Packed packed = pack<Array<bool>>(Wire<Array<bool>>::of(Array<bool>(kCopyLimit + 1)));
  REQUIRE(packed.externals.size() == 1);
  packed.externals[0][9] = std::byte{6};
  const Received<Array<bool>> received(packed, Reader{true, true});
  REQUIRE(received.good());
  CHECK(received.frame().external(0).is_private);
  std::uint8_t byte = 0;
  std::memcpy(&byte, &received.view()[9], 1);
  CHECK(byte == 1);
}

TEST_CASE("strings of no, one and many bytes arrive, whatever bytes they are") {
  CHECK(arrives(std::string()));
  CHECK(arrives(std::string("x")));
  CHECK(arrives(std::string("nul \0 inside", 12)));
  CHECK(arrives(std::string(100'000, '\xff')));
}

TEST_CASE("arrays of scalars arrive below, at and above the size that travels outside of the body") {
  CHECK(arrives(Array<std::int32_t>()));
  CHECK(arrives(counted<std::uint8_t>(1)));
  for (const std::size_t bytes : {kCopyLimit - 8, kCopyLimit, kCopyLimit + 8}) {
    CHECK(arrives(counted<std::uint8_t>(bytes)));
    CHECK(arrives(counted<std::int64_t>(bytes / 8)));
    CHECK(arrives(counted<double>(bytes / 8)));
    const Packed packed = pack<Array<double>>(Wire<Array<double>>::of(counted<double>(bytes / 8)));
    CHECK(packed.externals.size() == (bytes > kCopyLimit ? 1 : 0));
  }
  CHECK(arrives(Array<Mode>{Mode::WRITE, Mode::READ}));
}

TEST_CASE("an external is read in place where that is allowed, and shared by the Array that is made of it") {
  const Packed packed = pack<Array<double>>(Wire<Array<double>>::of(counted<double>(1000)));
  const Received<Array<double>> in_place(packed, Reader{true, true});
  REQUIRE(in_place.good());
  CHECK_FALSE(in_place.frame().external(0).is_private);
  const Array<double> value = in_place.value();
  CHECK(std::as_const(value).data() == in_place.view().data());
  const Received<Array<double>> copied(packed, Reader{true, false});
  REQUIRE(copied.good());
  CHECK(copied.frame().external(0).is_private);
}

TEST_CASE("an Array of a received external outlives its frame") {
  const Packed packed = pack<Array<double>>(Wire<Array<double>>::of(counted<double>(1000)));
  for (const bool in_place : {true, false}) {
    Array<double> kept;
    {
      const Received<Array<double>> received(packed, Reader{true, in_place});
      REQUIRE(received.good());
      kept = received.value();
    }
    CHECK(kept == counted<double>(1000));
  }
}

TEST_CASE("flat structs arrive, alone and in arrays") {
  CHECK(arrives(Point{1, 2}));
  CHECK(arrives(Stat{1, true, 2, 3}));
  CHECK(arrives(Nothing{}));
  Panel panel;
  panel.on = true;
  panel.corners[1].y = -5;
  panel.more[1].size = 99;
  CHECK(arrives(panel));
  CHECK(arrives(Array<Point>()));
  CHECK(arrives(Array<Point>{{1, 2}, {3, 4}}));
  CHECK(arrives(Array<Stat>{{1, true, 2, 3}}));
  CHECK(arrives(Array<Nothing>(3)));
  CHECK(arrives(Array<Panel>{panel, Panel{}}));
  CHECK(arrives(Array<Point>(1000)));
  CHECK(arrives(Array<Stat>(1000)));
}

TEST_CASE("fixed arrays arrive") {
  CHECK(arrives(std::array<std::int16_t, 3>{-1, 0, 1}));
  CHECK(arrives(std::array<bool, 2>{true, false}));
  CHECK(arrives(std::array<Point, 2>{Point{1, 2}, Point{3, 4}}));
  CHECK(arrives(std::array<Stat, 300>{}));
  CHECK(arrives(std::array<std::string, 2>{"a", ""}));
  CHECK(arrives(std::array<Entry, 2>{entry("a"), Entry{}}));
}

TEST_CASE("lists of strings, arrays and structs arrive") {
  CHECK(arrives(std::vector<std::string>()));
  CHECK(arrives(std::vector<std::string>{"", "a", std::string(5000, 'b')}));
  CHECK(arrives(std::vector<Array<std::int32_t>>{{}, {1}, counted<std::int32_t>(5000)}));
  CHECK(arrives(std::vector<Array<Stat>>{{}, Array<Stat>(2)}));
  CHECK(arrives(std::vector<std::vector<std::string>>{{}, {"a", "b"}, {""}}));
  CHECK(arrives(std::vector<Entry>()));
  CHECK(arrives(std::vector<Entry>{entry("a"), Entry{}, entry("b")}));
  CHECK(arrives(std::vector<std::vector<Entry>>{{}, {entry("a")}}));
}

TEST_CASE("a struct with everything in it arrives, and twice deep") {
  CHECK(arrives(tree()));
  CHECK(arrives(Tree{}));
  CHECK(arrives(std::vector<Tree>{tree(), Tree{}, tree()}));
}

TEST_CASE("more large arrays than a frame has descriptors travel in the body") {
  std::vector<Array<std::uint8_t>> rows(shmidl::stub::kMaxExternals + 3, counted<std::uint8_t>(kCopyLimit + 1));
  CHECK(pack<decltype(rows)>(Wire<decltype(rows)>::of(rows)).externals.size() == shmidl::stub::kMaxExternals);
  CHECK(arrives(rows));
}

TEST_CASE("padding is written as zero: no byte of the sender's memory travels that is not a value") {
  const Stat one = stat_over(std::byte{0xee}, 1);
  const Stat other = stat_over(std::byte{0x11}, 1);
  CHECK(pack<Stat>(one) == pack<Stat>(other));
  CHECK(pack<Array<Stat>>(std::span(&one, 1)) == pack<Array<Stat>>(std::span(&other, 1)));
  const auto alignment = std::align_val_t{alignof(Panel)};
  const auto make = [&](int padding) {
    auto* memory = ::operator new(sizeof(Panel), alignment);
    std::memset(memory, padding, sizeof(Panel));
    auto* panel = static_cast<Panel*>(memory);
    panel->on = true;
    panel->stat.size = 1;
    panel->stat.directory = false;
    panel->stat.links = 2;
    panel->stat.kind = 3;
    panel->corners = {};
    panel->lamps = {};
    for (Stat& stat : panel->more) stat.size = 5, stat.directory = true, stat.links = 6, stat.kind = 7;
    Packed packed = pack<Panel>(*panel);
    ::operator delete(memory, alignment);
    return packed;
  };
  CHECK(make(0xee) == make(0x11));

  std::vector<Stat> many(1000, one);
  const Packed external = pack<Array<Stat>>(std::span<const Stat>(many));
  REQUIRE(external.externals.size() == 1);
  for (std::size_t i = 0; i < external.externals[0].size(); i += sizeof(Stat)) {
    CHECK(external.externals[0][i + 9] == std::byte{0});
    CHECK(external.externals[0][i + 13] == std::byte{0});
  }
}

TEST_CASE("a view over a frame has the elements of the value, in order") {
  const Packed packed = pack<Tree>(tree());
  const Received<Tree> received(packed);
  REQUIRE(received.good());
  const Tree::View view = received.view();
  CHECK(view.more.size() == 3);
  CHECK(view.more[0].tags[2] == std::string(100, 'x'));
  CHECK(view.pair.back().name == "right");
  std::size_t longest = 0;
  for (const auto row : view.rows) longest = std::max(longest, row.size());
  CHECK(longest == 2);
}

TEST_CASE("arguments that grow or shrink between measuring and writing are noticed") {
  Measure measure;
  measure.room(8, 8);
  Wire<std::string>::measure(measure, "four");
  Bytes body(static_cast<std::size_t>(measure.body_bytes()));
  for (const std::string_view other : {"three", "six six", "two"}) {
    Writer writer(body.data(), body.size(), &measure);
    writer.zero(writer.take(8, 8), 8);
    Wire<std::string>::write(writer, 0, other);
    CHECK_FALSE(writer.complete());
  }
}

// ── versions ──────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a reader of an older version skips the fields that it does not know") {
  const Reader other{false, true};
  CHECK(exchange<OldStat>(Stat{1, false, 2, 3}, other) == OldStat{1, false});
  CHECK(exchange<OldEntry>(entry("a"), other) == OldEntry{"a", {1, false}});
  CHECK(exchange<std::vector<OldEntry>>(std::vector<Entry>{entry("a"), entry("b")}, other) == std::vector<OldEntry>{{"a", {1, false}}, {"b", {1, false}}});
  CHECK(exchange<Array<OldStat>>(Array<Stat>{{1, false, 2, 3}, {4, true, 5, 6}}, other) == Array<OldStat>{{1, false}, {4, true}});
  CHECK(exchange<std::array<OldEntry, 2>>(std::array<Entry, 2>{entry("a"), entry("b")}, other) ==
        std::array<OldEntry, 2>{OldEntry{"a", {1, false}}, OldEntry{"b", {1, false}}});
  CHECK(exchange<std::array<OldStat, 2>>(std::array<Stat, 2>{}, other) == std::array<OldStat, 2>{});
}

TEST_CASE("a reader of a newer version gets the defaults of the fields that the writer lacked") {
  const Reader other{false, true};
  CHECK(exchange<Stat>(OldStat{1, false}, other) == Stat{1, false, 3, 9});
  const auto got = exchange<Array<Stat>>(Array<OldStat>{{1, false}, {4, true}}, other);
  CHECK(got == Array<Stat>{{1, false, 3, 9}, {4, true, 3, 9}});
  CHECK(exchange<std::array<Stat, 2>>(std::array<OldStat, 2>{}, other) == std::array<Stat, 2>{});
  const Packed old = pack<std::vector<OldEntry>>(Wire<std::vector<OldEntry>>::of({{"a", {1, false}}, {"b", {2, true}}}));
  const Received<std::vector<Entry>> received(old, other);
  REQUIRE(received.good());
  const auto entries = received.value();
  REQUIRE(entries.size() == 2);
  CHECK(entries[1] == Entry{"b", {2, true, 3, 9}, Mode::WRITE, {}, {}});
  CHECK(Wire<Entry>::own(received.view()[1]) == entries[1]);
}

TEST_CASE("an external array of another version is converted in private memory") {
  const Array<OldStat> old(2000);
  const auto got = exchange<Array<Stat>>(old, Reader{false, true});
  REQUIRE(got);
  CHECK(got->size() == 2000);
  CHECK(std::as_const(*got)[1999] == Stat{7, true, 3, 9});
  const auto back = exchange<Array<OldStat>>(Array<Stat>(2000), Reader{false, true});
  REQUIRE(back);
  CHECK(std::as_const(*back)[1999] == OldStat{});
}

TEST_CASE("elements stand aligned, whatever stands before them") {
  for (std::size_t length = 0; length < 9; ++length) {
    const Packed packed = pack<Wide>(Wire<Wide>::of({std::string(length, 'x'), {{1, 2}, {3, 4}}}));
    const Received<Wide> received(packed);
    REQUIRE(received.good());
    const auto* elements = reinterpret_cast<const std::byte*>(received.view().ones.data());
    CHECK((elements - received.frame().body()) % static_cast<std::ptrdiff_t>(alignof(Two)) == 0);
  }
}

TEST_CASE("elements are found where a newer version is aligned more strictly") {
  const Reader other{false, true};
  // Strings of every length before them: the elements begin at every place modulo 8.
  for (std::size_t length = 0; length < 9; ++length) {
    const std::string before(length, 'x');
    const auto got = exchange<Wide>(Narrow{before, {{1}, {2}}}, other);
    CHECK(got == Wide{before, {{1, 5}, {2, 5}}});
    CHECK(exchange<Narrow>(Wide{before, {{1, 5}, {2, 5}}}, other) == Narrow{before, {{1}, {2}}});
  }
}

TEST_CASE("what is absent gets its default") {
  Packed packed = pack<Entry>(Wire<Entry>::of({"a", Stat{1, false, 2, 3}, Mode::READ, {1}, {"b"}}));
  const auto at = packed.at<Ref>(0).where;
  for (const std::size_t field : {0u, 8u, 20u, 28u}) packed.put(at + field, Ref{});
  const Received<Entry> received(packed);
  REQUIRE(received.good());
  CHECK(received.value() == Entry{"", Stat{}, Mode::READ, {}, {}});
  packed.put(0, Ref{});
  const Received<Entry> nothing(packed);
  REQUIRE(nothing.good());
  CHECK(nothing.value() == Entry{});
  CHECK(Wire<Entry>::own(nothing.view()) == Entry{});
}

TEST_CASE("with equal fingerprints another version's sizes are refused") {
  CHECK_FALSE(exchange<OldStat>(Stat{}));
  CHECK_FALSE(exchange<Stat>(OldStat{}));
  CHECK_FALSE(exchange<OldEntry>(entry("a")));
  CHECK_FALSE(exchange<Array<OldStat>>(Array<Stat>(1)));
  CHECK_FALSE(exchange<std::vector<OldEntry>>(std::vector<Entry>(1)));
}
