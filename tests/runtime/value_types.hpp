// Unions, boxes, optionals and what holds itself, in the shape in which the compiler prints them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire_types.hpp"

namespace wire {

struct Shape : shmidl::stub::Union<Shape, std::int32_t, std::string, Entry, Stat, std::vector<Shape>> {
  enum class Tag : std::int32_t { number = 0, text = 1, entry = 2, stat = 3, more = 4 };
  Shape() : Union(std::in_place_index<0>, 7) {}
  struct View;
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const Shape&, const Shape&) = default;
};
struct Shape::View : shmidl::stub::UnionView<Shape::View, Shape::Tag, std::int32_t, std::string_view, Entry::View, Stat, shmidl::List<Shape::View>> {
  [[nodiscard]] Shape copy() const;
};

/// What Shape was in an older version.
struct OldShape : shmidl::stub::Union<OldShape, std::int32_t, std::string> {
  enum class Tag : std::int32_t { number = 0, text = 1 };
  struct View;
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const OldShape&, const OldShape&) = default;
};
struct OldShape::View : shmidl::stub::UnionView<OldShape::View, OldShape::Tag, std::int32_t, std::string_view> {};

/// A tree and a chain in one.
struct Node {
  std::string name{};
  std::vector<Node> children{};
  shmidl::Box<Node> next{};
  std::optional<std::int32_t> rank{};

  struct View;
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const Node&, const Node&) = default;
};
struct Node::View {
  std::string_view name{};
  shmidl::List<Node::View> children{};
  shmidl::BoxView<Node::View> next{};
  std::optional<std::int32_t> rank{};

  [[nodiscard]] Node copy() const;
};

/// One optional of each kind.
struct Maybe {
  std::optional<std::int64_t> number;
  std::optional<std::string> text;
  std::optional<Entry> entry;
  std::optional<Nothing> nothing;
  std::optional<Shape> shape;
  std::optional<shmidl::Array<std::int32_t>> array;
  std::optional<std::vector<std::string>> list;
  std::vector<std::optional<Entry>> entries;
  std::vector<std::vector<std::string>> rows;
  std::array<std::array<std::int16_t, 3>, 2> grid{};
  std::array<std::array<Stat, 2>, 2> stats{};
  std::array<std::array<std::string, 2>, 2> names = std::array<std::array<std::string, 2>, 2>();
  std::vector<Shape> shapes;

  struct View;
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const Maybe&, const Maybe&) = default;
};
struct Maybe::View {
  std::optional<std::int64_t> number{};
  std::optional<std::string_view> text{};
  std::optional<Entry::View> entry{};
  std::optional<Nothing> nothing{};
  std::optional<Shape::View> shape{};
  std::optional<std::span<const std::int32_t>> array{};
  std::optional<shmidl::List<std::string_view>> list{};
  shmidl::List<std::optional<Entry::View>> entries{};
  shmidl::List<shmidl::List<std::string_view>> rows{};
  std::array<std::array<std::int16_t, 3>, 2> grid{};
  std::array<std::array<Stat, 2>, 2> stats{};
  shmidl::List<shmidl::List<std::string_view>> names{};
  shmidl::List<Shape::View> shapes{};
};

/// Point, when it had become a struct with a string.
struct NamedPoint {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::string name = "here";

  struct View;
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const NamedPoint&, const NamedPoint&) = default;
};
struct NamedPoint::View {
  std::int32_t x{};
  std::int32_t y{};
  std::string_view name{};
};

}  // namespace wire

namespace shmidl::stub {

template <>
struct Wire<wire::Shape> : UnionWire<wire::Shape, Member<0, std::int32_t>, Member<1, std::string>, Member<2, wire::Entry>, Member<3, wire::Stat>,
                                     Member<4, std::vector<wire::Shape>>> {
  static constexpr std::string_view name = "wire.Shape";
};
template <>
struct Wire<wire::OldShape> : UnionWire<wire::OldShape, Member<0, std::int32_t>, Member<1, std::string>> {
  static constexpr std::string_view name = "wire.Shape";
};
template <>
struct Wire<wire::Node>
    : StructWire<wire::Node, 32, 4, Field<0, &wire::Node::name, &wire::Node::View::name>, Field<8, &wire::Node::children, &wire::Node::View::children>,
                 Field<16, &wire::Node::next, &wire::Node::View::next>, Field<24, &wire::Node::rank, &wire::Node::View::rank>> {
  static constexpr std::string_view name = "wire.Node";
};
template <>
struct Wire<wire::Maybe>
    : StructWire<wire::Maybe, 108, 4, Field<0, &wire::Maybe::number, &wire::Maybe::View::number>, Field<8, &wire::Maybe::text, &wire::Maybe::View::text>,
                 Field<16, &wire::Maybe::entry, &wire::Maybe::View::entry>, Field<24, &wire::Maybe::nothing, &wire::Maybe::View::nothing>,
                 Field<32, &wire::Maybe::shape, &wire::Maybe::View::shape>, Field<40, &wire::Maybe::array, &wire::Maybe::View::array>,
                 Field<48, &wire::Maybe::list, &wire::Maybe::View::list>, Field<56, &wire::Maybe::entries, &wire::Maybe::View::entries>,
                 Field<64, &wire::Maybe::rows, &wire::Maybe::View::rows>, Field<72, &wire::Maybe::grid, &wire::Maybe::View::grid>,
                 Field<84, &wire::Maybe::stats, &wire::Maybe::View::stats>, Field<92, &wire::Maybe::names, &wire::Maybe::View::names>,
                 Field<100, &wire::Maybe::shapes, &wire::Maybe::View::shapes>> {
  static constexpr std::string_view name = "wire.Maybe";
};
template <>
struct Wire<wire::NamedPoint>
    : StructWire<wire::NamedPoint, 16, 4, Field<0, &wire::NamedPoint::x, &wire::NamedPoint::View::x>,
                 Field<4, &wire::NamedPoint::y, &wire::NamedPoint::View::y>, Field<8, &wire::NamedPoint::name, &wire::NamedPoint::View::name>> {};

}  // namespace shmidl::stub

namespace wire {

inline Shape::operator Shape::View() const { return shmidl::stub::to_view<Shape>(*this); }
inline Shape Shape::View::copy() const { return shmidl::stub::to_value<Shape>(*this); }
inline OldShape::operator OldShape::View() const { return shmidl::stub::to_view<OldShape>(*this); }
inline Node::operator Node::View() const { return shmidl::stub::to_view<Node>(*this); }
inline Node Node::View::copy() const { return shmidl::stub::to_value<Node>(*this); }
inline Maybe::operator Maybe::View() const { return shmidl::stub::to_view<Maybe>(*this); }
inline NamedPoint::operator NamedPoint::View() const { return shmidl::stub::to_view<NamedPoint>(*this); }

}  // namespace wire
