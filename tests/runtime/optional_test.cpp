// What may be absent, what holds itself, and arrays of more than one dimension.
#include "support/catch.hpp"
#include "value_types.hpp"
#include "wire_support.hpp"

using namespace wire;
using shmidl::Array;
using shmidl::Box;
using shmidl::BoxView;
using shmidl::Errc;
using shmidl::Error;
using shmidl::test::has_text;

namespace {

Entry entry(const std::string& name) { return {name, Stat{1, false, -2, 3}, Mode::WRITE, {1, 2, 3}, {"", "a"}}; }

Maybe full() {
  Maybe all;
  all.number = -5;
  all.text = "";
  all.entry = entry("one");
  all.nothing = Nothing{};
  all.shape = Shape::make<Shape::Tag::text>("x");
  all.array = Array<std::int32_t>{1, 2};
  all.list = std::vector<std::string>{"a", ""};
  all.entries = {entry("two"), std::nullopt, Entry{}};
  all.rows = {{"a"}, {}, {"b", "c"}};
  all.grid = {{{1, 2, 3}, {4, 5, 6}}};
  all.stats = {{{Stat{1, true, 2, 3}, Stat{4, false, 5, 6}}, {Stat{}, Stat{7, true, 8, 9}}}};
  all.names = {{{"a", "b"}, {"", "d"}}};
  all.shapes = {Shape::make<Shape::Tag::stat>(Stat{}), Shape()};  // ends without padding
  return all;
}

Node chain(std::size_t length) {
  Node node{"last", {}, {}, 1};
  for (std::size_t i = 1; i < length; ++i) {
    Node before{"node", {}, {}, std::nullopt};
    before.next = std::move(node);
    node = std::move(before);
  }
  return node;
}

Node ladder(std::size_t levels) {
  Node node{"leaf", {}, {}, {}};
  for (std::size_t i = 1; i < levels; ++i) node = Node{"branch", {node}, {}, {}};
  return node;
}

}  // namespace

TEST_CASE("optionals arrive absent and present") {
  CHECK(arrives(Maybe{}));
  CHECK(arrives(full()));
  CHECK(arrives(std::optional<std::int32_t>{}));
  CHECK(arrives(std::optional<std::int32_t>{0}));
  CHECK(arrives(std::optional<std::array<std::string, 2>>{{"a", ""}}));
  CHECK(arrives(std::optional<Nothing>{Nothing{}}));
  CHECK(arrives(std::optional<Shape>{Shape()}));
}

TEST_CASE("an optional's view converts from the value, as a parameter is given") {
  const std::optional<Entry> value = entry("one");
  const std::optional<Entry::View> view = value;
  REQUIRE(view);
  CHECK(view->name == "one");
}

TEST_CASE("a box owns deeply and compares by value") {
  Box<Node> box = Node{"a", {}, {}, {}};
  const Box<Node> copy = box;
  box->name = "b";
  CHECK(copy->name == "a");
  CHECK_FALSE(box == copy);
  box.reset();
  CHECK_FALSE(box.has_value());
  CHECK(box == Box<Node>());
  CHECK(box == std::nullopt);
  CHECK_THROWS_AS(box.value(), std::bad_optional_access);
  CHECK(box.emplace("c").name == "c");
  box->next = copy;
  box = std::move(box->next);  // drops the one that holds it
  CHECK(box->name == "a");
  box = std::optional<Node>();
  CHECK_FALSE(box);
}

TEST_CASE("what holds itself arrives, by lists and by boxes") {
  CHECK(arrives(Node{}));
  CHECK(arrives(chain(10)));
  CHECK(arrives(ladder(10)));
  Node both = ladder(3);
  both.next = chain(3);
  both.children.push_back(chain(2));
  CHECK(arrives(both));
  CHECK(arrives(Box<Node>(both)));
  CHECK(arrives(Box<Node>()));
}

TEST_CASE("the view of a box is made when it is asked for, over a value, an optional and a frame") {
  const Node node = chain(2);
  const Node::View view = node;
  REQUIRE(view.next);
  CHECK(view.next->name == "last");
  CHECK((*view.next).rank == 1);
  const std::optional<Node::View> as_parameter = view.next;
  REQUIRE(as_parameter);
  CHECK_FALSE(as_parameter->next.has_value());
  CHECK_THROWS_AS(as_parameter->next.value(), std::bad_optional_access);
  const std::optional<Node> optional = node;
  const BoxView<Node::View> over_optional = optional;
  CHECK(over_optional.value().copy() == node);
  const Packed packed = pack<Node>(node);
  const Received<Node> received(packed);
  CHECK(received.view().next.value().name == "last");
}

TEST_CASE("a box and an optional are the same bytes") {
  const Node node = chain(3);
  CHECK(pack<Box<Node>>(Box<Node>(node)) == pack<std::optional<Node>>(std::optional<Node::View>(node)));
}

TEST_CASE("structs inside each other are sent to 128 levels and no deeper") {
  CHECK(arrives(chain(shmidl::stub::kMaxNesting)));
  CHECK(arrives(ladder(shmidl::stub::kMaxNesting)));
  for (const Node& node : {chain(shmidl::stub::kMaxNesting + 1), ladder(shmidl::stub::kMaxNesting + 1)}) {
    try {
      pack<Node>(node);
      FAIL("it was sent");
    } catch (const Error& error) {
      CHECK(error.errc() == Errc::too_large);
      CHECK_THAT(error.what(), has_text("`wire.Node`"));
    }
  }
}

TEST_CASE("a chain in a frame that is deeper than that is nonsense, however deep") {
  for (const std::size_t levels : {std::size_t{128}, std::size_t{129}, std::size_t{200'000}}) {
    Packed packed{Bytes(8 + levels * 32), {}, true};
    packed.put(0, Ref{8, 32});
    for (std::size_t i = 0; i + 1 < levels; ++i) packed.put(8 + i * 32 + 16, Ref{static_cast<std::uint32_t>(8 + (i + 1) * 32), 32});
    CHECK(Received<Node>(packed).good() == (levels <= 128));
  }
}

TEST_CASE("a frame of optionals, lists and boxes that is cut anywhere is nonsense") {
  Node node = ladder(3);
  node.next = chain(2);
  const Packed of_node = pack<Node>(node);
  const Packed of_maybe = pack<Maybe>(full());
  for (std::size_t end = 0; end < of_node.body.size(); ++end) {
    Packed cut = of_node;
    cut.body.resize(end);
    CHECK_FALSE(Received<Node>(cut).good());
  }
  for (std::size_t end = 0; end < of_maybe.body.size(); ++end) {
    Packed cut = of_maybe;
    cut.body.resize(end);
    CHECK_FALSE(Received<Maybe>(cut).good());
  }
}

TEST_CASE("an optional that names no place, another's place or the wrong length is nonsense") {
  const Packed good = pack<std::optional<std::int64_t>>(5);
  REQUIRE(Received<std::optional<std::int64_t>>(good).good());
  for (const Ref ref : {Ref{0, 8}, Ref{0, 1}, Ref{4, 8}, Ref{8, 4}, Ref{8, 0}, Ref{16, 8}, Ref{9, 8}, Ref{0x8000'0000, 8}}) {
    Packed packed = good;
    packed.put(0, ref);
    CHECK_FALSE(Received<std::optional<std::int64_t>>(packed).good());
  }
  const std::vector<Node> two{Node{"a", {}, Node{"x", {}, {}, {}}, {}}, Node{"b", {}, Node{"y", {}, {}, {}}, {}}};
  Packed packed = pack<std::vector<Node>>(shmidl::List<Node::View>(two));
  REQUIRE(Received<std::vector<Node>>(packed).good());
  // The elements stand behind the root and the header; the second takes the first's box.
  packed.put(24 + 32 + 16, packed.at<Ref>(24 + 16));
  CHECK_FALSE(Received<std::vector<Node>>(packed).good());
}

// ── growth ────────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a struct of numbers that gained a string is read in both directions, in the body and outside of it") {
  const Reader other_version{false, true};
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{2000}}) {
    Array<Point> points(count);
    std::vector<NamedPoint> named(count);
    for (std::size_t i = 0; i < count; ++i) {
      points[i] = Point{static_cast<std::int32_t>(i), -1};
      named[i] = NamedPoint{static_cast<std::int32_t>(i), -1, "n" + std::to_string(i)};
    }
    const auto newer = exchange<std::vector<NamedPoint>, Array<Point>>(points, other_version);
    REQUIRE(newer);
    REQUIRE(newer->size() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK((*newer)[i] == NamedPoint{static_cast<std::int32_t>(i), -1, "here"});
    const auto older = exchange<Array<Point>, std::vector<NamedPoint>>(named, other_version);
    REQUIRE(older);
    CHECK(*older == points);
  }
  const auto newer = exchange<NamedPoint, Point>(Point{1, 2}, other_version);
  REQUIRE(newer);
  CHECK(*newer == NamedPoint{1, 2, "here"});
  const auto older = exchange<Point, NamedPoint>(NamedPoint{3, 4, "there"}, other_version);
  REQUIRE(older);
  CHECK(*older == Point{3, 4});
}

TEST_CASE("arrays of a struct that had no fields arrive as defaults, and the other way round") {
  const Reader other_version{false, true};
  const auto stats = exchange<Array<Stat>, Array<Nothing>>(Array<Nothing>(3), other_version);
  REQUIRE(stats);
  CHECK(*stats == Array<Stat>{Stat{}, Stat{}, Stat{}});
  const auto named = exchange<std::vector<NamedPoint>, Array<Nothing>>(Array<Nothing>(2), other_version);
  REQUIRE(named);
  CHECK(*named == std::vector<NamedPoint>(2));
  const auto nothing = exchange<Array<Nothing>, Array<Stat>>(Array<Stat>(4), other_version);
  REQUIRE(nothing);
  CHECK(nothing->size() == 4);
}

TEST_CASE("an enumerator that the reader does not know survives untouched") {
  const auto got = exchange<Mode>(static_cast<Mode>(12345), Reader{false, true});
  REQUIRE(got);
  CHECK(static_cast<std::int32_t>(*got) == 12345);
}
