// Unions: their classes, their frames, and members that only one side knows.
#include "support/catch.hpp"
#include "value_types.hpp"
#include "wire_support.hpp"

using namespace wire;
using shmidl::Errc;
using shmidl::Error;
using shmidl::Execution;
using shmidl::test::has_text;
using Tag = Shape::Tag;

namespace {

Shape deep(std::size_t levels) {
  Shape shape;
  for (std::size_t i = 1; i < levels; ++i) shape = Shape::make<Tag::more>(std::vector<Shape>{std::move(shape)});
  return shape;
}

Entry entry() { return {"one", Stat{1, false, -2, 3}, Mode::WRITE, {1, 2, 3}, {"", "a"}}; }

}  // namespace

TEST_CASE("a union begins with its first member's default") {
  const Shape shape;
  CHECK(shape.tag() == Tag::number);
  CHECK(shape.get<Tag::number>() == 7);
}

TEST_CASE("a union holds the member it was made with, and refuses another") {
  Shape shape = Shape::make<Tag::text>("seven");
  CHECK(shape.tag() == Tag::text);
  CHECK(shape.get<Tag::text>() == "seven");
  shape.get<Tag::text>() += "!";
  CHECK(std::as_const(shape).get<Tag::text>() == "seven!");
  CHECK_THROWS_AS(shape.get<Tag::number>(), std::bad_variant_access);
  CHECK(shape == Shape::make<Tag::text>("seven!"));
  CHECK_FALSE(shape == Shape::make<Tag::text>("eight"));
  CHECK_FALSE(shape == Shape());
}

TEST_CASE("visit sees the member that is held, in the union and in its view") {
  const auto is_text = [](const auto& held) { return std::is_convertible_v<decltype(held), std::string_view>; };
  const Shape shape = Shape::make<Tag::text>("x");
  CHECK(shape.visit(is_text));
  CHECK(Shape::View(shape).visit(is_text));
  CHECK_FALSE(Shape().visit(is_text));
}

TEST_CASE("every member of a union arrives, alone and in itself") {
  CHECK(arrives(Shape()));
  CHECK(arrives(Shape::make<Tag::number>(-1)));
  CHECK(arrives(Shape::make<Tag::text>("")));
  CHECK(arrives(Shape::make<Tag::text>(std::string(5000, 'x'))));
  CHECK(arrives(Shape::make<Tag::entry>(entry())));
  CHECK(arrives(Shape::make<Tag::stat>(Stat{1, true, 2, 3})));
  CHECK(arrives(Shape::make<Tag::more>(std::vector<Shape>{})));
  CHECK(arrives(Shape::make<Tag::more>(std::vector<Shape>{Shape::make<Tag::entry>(entry()), Shape(), deep(5)})));
}

TEST_CASE("a view of a union is made without the union") {
  const Entry held = entry();
  const auto view = Shape::View::make<Tag::entry>(Entry::View(held));
  CHECK(view.get<Tag::entry>().name == "one");
  const std::string text = "borrowed";
  CHECK(Shape::View::make<Tag::text>(text).copy() == Shape::make<Tag::text>(text));
}

TEST_CASE("an absent union is its default") {
  const Packed packed{Bytes(8), {}, true};
  const Received<Shape> received(packed);
  REQUIRE(received.good());
  CHECK(received.value() == Shape());
  CHECK(received.view().get<Tag::number>() == 7);
}

TEST_CASE("members that both versions have arrive in both directions") {
  const Reader other_version{false, true};
  const auto older = exchange<OldShape, Shape>(Shape::make<Tag::text>("hi"), other_version);
  REQUIRE(older);
  CHECK(older->get<OldShape::Tag::text>() == "hi");
  const auto newer = exchange<Shape, OldShape>(OldShape::make<OldShape::Tag::number>(3), other_version);
  REQUIRE(newer);
  CHECK(newer->get<Tag::number>() == 3);
}

TEST_CASE("a member that only the peer's version has is refused by name and number, not as nonsense") {
  const Packed packed = pack<Shape>(Shape::make<Tag::stat>(Stat{}));
  const Received<OldShape> received(packed, Reader{false, true});
  CHECK_FALSE(received.good());
  REQUIRE(received.frame().refused());
  const Error error = received.frame().refusal(Execution::yes);
  CHECK(error.errc() == Errc::schema_mismatch);
  CHECK(error.execution() == Execution::yes);
  CHECK_THAT(error.what(), has_text("`wire.Shape`"));
  CHECK_THAT(error.what(), has_text("number 3"));
}

TEST_CASE("with equal definitions an unknown member is nonsense") {
  const Packed packed = pack<Shape>(Shape::make<Tag::stat>(Stat{}));
  const Received<OldShape> received(packed);
  CHECK_FALSE(received.good());
  CHECK_FALSE(received.frame().refused());
}

TEST_CASE("unions inside each other are sent to 128 levels and no deeper") {
  CHECK(arrives(deep(shmidl::stub::kMaxNesting)));
  try {
    pack<Shape>(deep(shmidl::stub::kMaxNesting + 1));
    FAIL("it was sent");
  } catch (const Error& error) {
    CHECK(error.errc() == Errc::too_large);
    CHECK_THAT(error.what(), has_text("128"));
    CHECK_THAT(error.what(), has_text("`wire.Shape`"));
  }
}

TEST_CASE("a frame of unions that is deeper than that is nonsense, however deep") {
  for (const std::size_t levels : {std::size_t{129}, std::size_t{100'000}}) {
    // {Ref} then for each level {tag 4, 0, Ref to one Ref}, {Ref to the next level}.
    Packed packed{Bytes(8 + levels * 24), {}, true};
    for (std::size_t i = 0; i < levels; ++i) {
      const auto block = static_cast<std::uint32_t>(8 + i * 24);
      packed.put(block - 8, Ref{block, 16});
      packed.put(block, std::uint32_t{i + 1 == levels ? 0u : 4u});
      if (i + 1 < levels) packed.put(block + 8, Ref{block + 16, 1});
    }
    if (levels == 129) {
      packed.put(8 + (levels - 1) * 24 - 8, Ref{static_cast<std::uint32_t>(8 + (levels - 1) * 24), 12});
    }
    const Received<Shape> received(packed, Reader{false, true});
    CHECK_FALSE(received.good());
    CHECK_FALSE(received.frame().refused());
  }
}

TEST_CASE("a union's block that is cut, overlaps or is of the wrong length is nonsense") {
  const Packed good = pack<Shape>(Shape::make<Tag::text>("twelve bytes"));
  REQUIRE(Received<Shape>(good).good());
  for (std::size_t end = 0; end < good.body.size(); ++end) {
    Packed cut = good;
    cut.body.resize(end);
    CHECK_FALSE(Received<Shape>(cut).good());
  }
  const auto with_ref = [&](Ref ref) {
    Packed packed = good;
    packed.put(0, ref);
    return Received<Shape>(packed).good();
  };
  CHECK(with_ref(Ref{8, 16}));
  for (const Ref ref : {Ref{0, 16}, Ref{4, 16}, Ref{8, 12}, Ref{8, 7}, Ref{8, 17}, Ref{8, 0}, Ref{12, 16}, Ref{0x8000'0000, 16}, Ref{0xffff'fff8, 16}}) {
    CHECK_FALSE(with_ref(ref));
  }
}
