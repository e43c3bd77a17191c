// Structs in the shape in which the compiler prints them, one of each kind that the codecs tell apart.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shmidl/stub.hpp>
#include <shmidl/codec.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/holder.hpp>
#include <shmidl/stub/bounded_wire.hpp>
#include <shmidl/stub/handle_wire.hpp>
#include <shmidl/stub/object_wire.hpp>
#include <shmidl/stub/optional_wire.hpp>
#include <shmidl/stub/text.hpp>
#include <shmidl/stub/throws.hpp>
#include <shmidl/stub/union_wire.hpp>

namespace wire {

enum class Mode : std::int32_t { READ = 0, WRITE = 4 };

/// Flat, without padding.
struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;

  using View = Point;
  friend bool operator==(const Point&, const Point&) = default;
};

/// Flat, with padding between its fields and after the last.
struct Stat {
  alignas(8) std::uint64_t size = 7;
  bool directory = true;
  std::int16_t links = 3;
  std::uint8_t kind = 9;

  using View = Stat;
  friend bool operator==(const Stat&, const Stat&) = default;
};

/// What Stat was in an older version.
struct OldStat {
  alignas(8) std::uint64_t size = 7;
  bool directory = true;

  using View = OldStat;
  friend bool operator==(const OldStat&, const OldStat&) = default;
};

/// Flat structs inside a flat struct.
struct Panel {
  bool on = false;
  Stat stat;
  std::array<Point, 2> corners{};
  std::array<bool, 3> lamps{};
  std::array<Stat, 2> more{};

  using View = Panel;
  friend bool operator==(const Panel&, const Panel&) = default;
};

struct Nothing {
  using View = Nothing;
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

/// Variable.
struct Entry {
  std::string name = "unnamed";
  Stat stat;
  Mode mode = Mode::WRITE;
  shmidl::Array<std::uint8_t> head;
  std::vector<std::string> tags;

  struct View {
    std::string_view name;
    Stat stat;
    Mode mode{};
    std::span<const std::uint8_t> head;
    shmidl::List<std::string_view> tags;
  };
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// What Entry was in an older version, with the older Stat.
struct OldEntry {
  std::string name;
  OldStat stat;

  struct View {
    std::string_view name;
    OldStat stat;
  };
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const OldEntry&, const OldEntry&) = default;
};

/// Everything that can stand in a struct, some of it twice deep.
struct Tree {
  std::string label;
  bool leaf = false;
  Entry entry;
  std::vector<Entry> more;
  std::array<Entry, 2> pair{};
  std::array<Point, 2> corners{};
  std::array<std::string, 2> names{};
  std::array<std::int16_t, 3> three{};
  shmidl::Array<Stat> stats;
  shmidl::Array<bool> flags;
  std::vector<shmidl::Array<bool>> rows;
  std::vector<shmidl::Array<Point>> paths;
  shmidl::Array<double> numbers;

  struct View {
    std::string_view label;
    bool leaf = false;
    Entry::View entry;
    shmidl::List<Entry::View> more;
    shmidl::List<Entry::View> pair;
    std::array<Point, 2> corners{};
    shmidl::List<std::string_view> names;
    std::array<std::int16_t, 3> three{};
    std::span<const Stat> stats;
    std::span<const bool> flags;
    shmidl::List<std::span<const bool>> rows;
    shmidl::List<std::span<const Point>> paths;
    std::span<const double> numbers;
  };
  operator View() const;  // NOLINT: as generated
  friend bool operator==(const Tree&, const Tree&) = default;
};

/// One number, and the same with one of 8 bytes behind it: a newer version with another alignment.
struct One {
  std::int32_t a = 0;

  using View = One;
  friend bool operator==(const One&, const One&) = default;
};
struct Two {
  std::int32_t a = 0;
  alignas(8) std::int64_t b = 5;

  using View = Two;
  friend bool operator==(const Two&, const Two&) = default;
};

/// A string that moves what stands behind it.
struct Narrow {
  std::string before;
  shmidl::Array<One> ones;

  struct View {
    std::string_view before;
    std::span<const One> ones;
  };
  friend bool operator==(const Narrow&, const Narrow&) = default;
};
struct Wide {
  std::string before;
  shmidl::Array<Two> ones;

  struct View {
    std::string_view before;
    std::span<const Two> ones;
  };
  friend bool operator==(const Wide&, const Wide&) = default;
};

}  // namespace wire

namespace shmidl::stub {

template <>
struct Wire<wire::Point> : FlatWire<wire::Point, 8, Field<0, &wire::Point::x>, Field<4, &wire::Point::y>> {};
template <>
struct Wire<wire::Stat>
    : FlatWire<wire::Stat, 16, Field<0, &wire::Stat::size>, Field<8, &wire::Stat::directory>, Field<10, &wire::Stat::links>, Field<12, &wire::Stat::kind>> {};
template <>
struct Wire<wire::OldStat> : FlatWire<wire::OldStat, 16, Field<0, &wire::OldStat::size>, Field<8, &wire::OldStat::directory>> {};
template <>
struct Wire<wire::Panel> : FlatWire<wire::Panel, 80, Field<0, &wire::Panel::on>, Field<8, &wire::Panel::stat>, Field<24, &wire::Panel::corners>,
                                    Field<40, &wire::Panel::lamps>, Field<48, &wire::Panel::more>> {};
template <>
struct Wire<wire::Nothing> : FlatWire<wire::Nothing, 1> {};
template <>
struct Wire<wire::Entry>
    : StructWire<wire::Entry, 36, 4, Field<0, &wire::Entry::name, &wire::Entry::View::name>, Field<8, &wire::Entry::stat, &wire::Entry::View::stat>,
                 Field<16, &wire::Entry::mode, &wire::Entry::View::mode>, Field<20, &wire::Entry::head, &wire::Entry::View::head>,
                 Field<28, &wire::Entry::tags, &wire::Entry::View::tags>> {};
template <>
struct Wire<wire::OldEntry> : StructWire<wire::OldEntry, 16, 4, Field<0, &wire::OldEntry::name, &wire::OldEntry::View::name>,
                                         Field<8, &wire::OldEntry::stat, &wire::OldEntry::View::stat>> {};
template <>
struct Wire<wire::One> : FlatWire<wire::One, 4, Field<0, &wire::One::a>> {};
template <>
struct Wire<wire::Two> : FlatWire<wire::Two, 16, Field<0, &wire::Two::a>, Field<8, &wire::Two::b>> {};
template <>
struct Wire<wire::Narrow> : StructWire<wire::Narrow, 16, 4, Field<0, &wire::Narrow::before, &wire::Narrow::View::before>,
                                       Field<8, &wire::Narrow::ones, &wire::Narrow::View::ones>> {};
template <>
struct Wire<wire::Wide>
    : StructWire<wire::Wide, 16, 4, Field<0, &wire::Wide::before, &wire::Wide::View::before>, Field<8, &wire::Wide::ones, &wire::Wide::View::ones>> {};
template <>
struct Wire<wire::Tree>
    : StructWire<wire::Tree, 100, 4, Field<0, &wire::Tree::label, &wire::Tree::View::label>, Field<8, &wire::Tree::leaf, &wire::Tree::View::leaf>,
                 Field<12, &wire::Tree::entry, &wire::Tree::View::entry>, Field<20, &wire::Tree::more, &wire::Tree::View::more>,
                 Field<28, &wire::Tree::pair, &wire::Tree::View::pair>, Field<36, &wire::Tree::corners, &wire::Tree::View::corners>,
                 Field<44, &wire::Tree::names, &wire::Tree::View::names>, Field<52, &wire::Tree::three, &wire::Tree::View::three>,
                 Field<60, &wire::Tree::stats, &wire::Tree::View::stats>, Field<68, &wire::Tree::flags, &wire::Tree::View::flags>,
                 Field<76, &wire::Tree::rows, &wire::Tree::View::rows>, Field<84, &wire::Tree::paths, &wire::Tree::View::paths>,
                 Field<92, &wire::Tree::numbers, &wire::Tree::View::numbers>> {};

}  // namespace shmidl::stub

namespace wire {

inline Entry::operator Entry::View() const { return shmidl::stub::to_view<Entry>(*this); }
inline OldEntry::operator OldEntry::View() const { return shmidl::stub::to_view<OldEntry>(*this); }
inline Tree::operator Tree::View() const { return shmidl::stub::to_view<Tree>(*this); }

}  // namespace wire
