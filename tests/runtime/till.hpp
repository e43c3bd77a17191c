// An interface of two versions in the shape in which the compiler prints it, whose calls end in every way that a value can make them end.
#pragma once

#include <shmidl/shmidl.hpp>
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

#include "value_types.hpp"

namespace till {

struct Empty {
  std::int32_t left = 0;
  using View = Empty;
  friend bool operator==(const Empty&, const Empty&) = default;
};
struct Denied {
  std::string who{};
  std::vector<std::string> why{};
  struct View;
  friend bool operator==(const Denied&, const Denied&) = default;
};
struct Denied::View {
  std::string_view who{};
  ::shmidl::List<std::string_view> why{};
};
/// What only the newer server throws.
struct Closed {
  std::int32_t until = 0;
  using View = Closed;
};
std::string to_string(const Empty& value);
std::string to_string(const Denied& value);

/// A type of the user's own.
struct Money {
  std::int64_t cents = 0;
  friend bool operator==(const Money&, const Money&) = default;
};

using Text4 = ::shmidl::stub::Bounded<std::string, 4>;
using ::shmidl::stub::In;
using ::shmidl::stub::InOut;
using ::shmidl::stub::Method;
using ::shmidl::stub::Throws;

/// The methods, for one version of the union and of the errors.
template <class S, class... E>
struct Methods {
  using pay = Method<0, Throws<std::int32_t, E...>, In<std::int32_t>>;
  using name = Method<1, Throws<std::string, E...>, In<std::string>>;
  using fail = Method<2, void>;
  using shape = Method<3, S, In<S>>;
  using text = Method<4, Text4, In<std::string>>;
  using take = Method<5, void, In<Text4>>;
  using slow = Method<6, void>;
  using hand = Method<7, std::shared_ptr<::shmidl::Object>, In<std::shared_ptr<::shmidl::Object>>, In<::shmidl::Fd>>;
  using keep = Method<8, ::shmidl::Holder, InOut<::shmidl::Holder>>;
  using price = Method<9, Money, In<Money>>;
  using tree = Method<10, ::shmidl::Box<wire::Node>, In<std::optional<wire::Node>>>;
  using note = Method<11, void, In<S>>;  // oneway
};
using Newer = Methods<wire::Shape, Empty, Denied, Closed>;
using Older = Methods<wire::OldShape, Empty, Denied>;

class Till : public ::shmidl::Object {
 public:
  virtual std::int32_t pay(std::int32_t amount) = 0;
  virtual std::string name(std::string_view who) = 0;
  virtual void fail() = 0;
  virtual wire::Shape shape(const wire::Shape::View& shape) = 0;
  virtual std::string text(std::string_view text) = 0;
  virtual void take(std::string_view text) = 0;
  virtual void slow() = 0;
  virtual std::shared_ptr<::shmidl::Object> hand(std::shared_ptr<::shmidl::Object> object, const ::shmidl::Fd& fd) = 0;
  virtual ::shmidl::Holder keep(::shmidl::Holder& holder) = 0;
  virtual Money price(const Money& money) = 0;
  virtual ::shmidl::Box<wire::Node> tree(const std::optional<wire::Node::View>& node) = 0;
  virtual void note(const wire::Shape::View& shape) = 0;

  const ::shmidl::stub::Interface& shmidl_interface() const noexcept final;
};

/// A connection; the calls are made through Newer and Older.
template <class Version>
struct Caller {
  explicit Caller(::shmidl::stub::ClientLink to) noexcept : shmidl_link_(std::move(to)) {}
  ::shmidl::stub::ClientLink shmidl_link_;
};
struct NewTill {
  using Client = Caller<Newer>;
};
struct OldTill {
  using Client = Caller<Older>;
};

}  // namespace till

template <>
struct shmidl::Codec<till::Money> {
  static std::size_t size(const till::Money& value) {
    if (value.cents < 0) throw std::invalid_argument("debts are not money");
    return sizeof value.cents;
  }
  static void write(const till::Money& value, std::span<std::byte> bytes) { std::memcpy(bytes.data(), &value.cents, bytes.size()); }
  static till::Money read(std::span<const std::byte> bytes) {
    till::Money value;
    if (bytes.size() != sizeof value.cents) throw std::invalid_argument("not the size of money");
    std::memcpy(&value.cents, bytes.data(), sizeof value.cents);
    if (value.cents == 13) throw std::invalid_argument("thirteen");
    return value;
  }
};

namespace shmidl::stub {
template <>
struct Wire<till::Empty> : FlatWire<till::Empty, 4, Field<0, &till::Empty::left>> {
  static constexpr std::string_view name = "till.Empty";
};
template <>
struct Wire<till::Closed> : FlatWire<till::Closed, 4, Field<0, &till::Closed::until>> {
  static constexpr std::string_view name = "till.Closed";
};
template <>
struct Wire<till::Denied>
    : StructWire<till::Denied, 16, 4, Field<0, &till::Denied::who, &till::Denied::View::who>, Field<8, &till::Denied::why, &till::Denied::View::why>> {
  static constexpr std::string_view name = "till.Denied";
};
template <>
struct Wire<till::Money> : ExternalWire<till::Money> {
  static constexpr std::string_view name = "till.Money";
};
template <>
const Interface& interface_of<till::NewTill>() noexcept;
template <>
const Interface& interface_of<till::OldTill>() noexcept;
}  // namespace shmidl::stub
