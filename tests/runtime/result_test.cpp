#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "support/catch.hpp"

using namespace shmidl;

namespace {

constexpr int kFirst = static_cast<int>(Errc::timed_out);
constexpr int kLast = static_cast<int>(Errc::service_error);

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error{Errc::bad_address, "odd"};
  }
  return number / 2;
}

/// Its copies throw when they are told to, and it has no moves of its own.
struct Fragile {
  explicit Fragile(int number) : value{number} {}
  Fragile(const Fragile& other) : value{other.value} {
    if (value < 0) {
      throw std::runtime_error("fragile");
    }
  }
  Fragile& operator=(const Fragile&) = default;
  int value;
};

static_assert(std::is_nothrow_move_constructible_v<Result<int>> && std::is_nothrow_move_assignable_v<Result<int>>);
static_assert(std::is_nothrow_move_constructible_v<Result<std::unique_ptr<int>>>);
static_assert(!std::is_nothrow_move_constructible_v<Result<Fragile>>);
static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
static_assert(std::is_convertible_v<Error, Result<int>> && std::is_convertible_v<Error, Result<void>>);
static_assert(!std::is_convertible_v<std::string, Result<int>>);

}  // namespace

TEST_CASE("an error says its message and nothing else") {
  const Error error{Errc::not_found, "no server runs under the name `x`"};
  CHECK(std::string{error.what()} == "no server runs under the name `x`");
  CHECK(error.code().message() == "no server runs under this name");
}

TEST_CASE("an error without a message says its kind") {
  CHECK(std::string{Error{Errc::timed_out}.what()} == std::string{to_string(Errc::timed_out)});
}

TEST_CASE("a code compares with its Errc") {
  const std::system_error& error = Error{Errc::draining};
  CHECK(error.code() == Errc::draining);
  CHECK(error.code() != Errc::timed_out);
  CHECK(std::string{error.code().category().name()} == "shmidl");
  CHECK(&error.code().category() == &category());
}

TEST_CASE("every Errc has a text of its own") {
  std::set<std::string_view> texts;
  for (int value = kFirst; value <= kLast; ++value) {
    texts.insert(to_string(static_cast<Errc>(value)));
  }
  CHECK(texts.size() == static_cast<std::size_t>(kLast - kFirst + 1));
  CHECK(texts.count(to_string(static_cast<Errc>(kLast + 1))) == 0);
  CHECK(!to_string(static_cast<Errc>(kLast + 1)).empty());
}

TEST_CASE("an error keeps its execution in copies and moves") {
  Error error{Errc::maybe_executed, "m", Execution::maybe};
  const Error copy = error;
  const Error moved = std::move(error);
  CHECK(copy.execution() == Execution::maybe);
  CHECK(copy == moved);
  CHECK(!(copy == Error{Errc::maybe_executed, "m", Execution::yes}));
  CHECK(!(copy == Error{Errc::maybe_executed, "n", Execution::maybe}));
  CHECK(to_string(Execution::no) == "no");
  CHECK(to_string(Execution::maybe) == "maybe");
  CHECK(to_string(Execution::yes) == "yes");
}

TEST_CASE("a result holds a value or an error") {
  const Result<int> good = half(4);
  REQUIRE(good.has_value());
  CHECK(static_cast<bool>(good));
  CHECK(*good == 2);
  CHECK(good.value() == 2);
  const Result<int> none = half(3);
  REQUIRE(!none);
  CHECK(none.error().errc() == Errc::bad_address);
  CHECK(none.value_or(7) == 7);
  CHECK(Result<std::string> {} -> empty());
}

TEST_CASE("value() throws the error itself") {
  CHECK_THROWS_AS(half(3).value(), Error);
  try {
    const Result<void> none = Error{Errc::cancelled, "gone", Execution::yes};
    none.value();
    FAIL("no error was thrown");
  } catch (const Error& error) {
    CHECK(error == Error{Errc::cancelled, "gone", Execution::yes});
  }
}

TEST_CASE("results compare by what they hold") {
  CHECK(half(4) == half(4));
  CHECK(half(4) == 2);
  CHECK(!(half(4) == half(3)));
  CHECK(half(3) == half(5));
  CHECK(half(3) == Error{Errc::bad_address, "odd"});
  CHECK(Result<long>{2L} == half(4));
  CHECK(Result<void>{} == Result<void>{});
  CHECK(!(Result<void>{} == Result<void>{Error{Errc::cancelled}}));
}

TEST_CASE("results chain") {
  CHECK(half(8).and_then(half) == 2);
  CHECK(half(6).and_then(half) == Error{Errc::bad_address, "odd"});
  CHECK(half(8).transform([](int number) { return std::to_string(number); }) == std::string{"4"});
  CHECK(half(3).or_else([](const Error&) -> Result<int> { return 9; }) == 9);
  CHECK(half(4).or_else([](const Error&) -> Result<int> { return 9; }) == 2);
  CHECK(half(3).transform_error([](const Error&) { return Error{Errc::draining}; }) == Error{Errc::draining});
  int seen = 0;
  CHECK(half(4).transform([&](int number) { seen = number; }).has_value());
  CHECK(seen == 2);
  CHECK(Result<void>{}.and_then([] { return half(4); }) == 2);
  CHECK(Result<void>{Error{Errc::cancelled}}.transform([] { return 1; }) == Error{Errc::cancelled});
  CHECK(Result<void>{Error{Errc::cancelled}}.or_else([](const Error&) { return Result<void>{}; }).has_value());
  CHECK(Result<void>{Error{Errc::cancelled}}.transform_error([](const Error&) { return Error{Errc::draining}; }) == Error{Errc::draining});
}

TEST_CASE("a result takes what only moves") {
  Result<std::unique_ptr<int>> one = std::make_unique<int>(5);
  Result<std::unique_ptr<int>> two = std::move(one);
  CHECK(**two == 5);
  const std::unique_ptr<int> taken = std::move(two).value();
  CHECK(*taken == 5);
  CHECK(Result<std::unique_ptr<int>>{std::make_unique<int>(6)}.transform([](std::unique_ptr<int>&& p) { return *p; }) == 6);
}

TEST_CASE("assignment crosses between value and error") {
  Result<std::string> text{"one"};
  text = Error{Errc::cancelled};
  CHECK(text == Error{Errc::cancelled});
  text = "two";
  CHECK(text == std::string{"two"});
  Result<std::string> other = Error{Errc::draining};
  swap(text, other);
  CHECK(text == Error{Errc::draining});
  CHECK(other == std::string{"two"});
  text = other;
  CHECK(text == other);
  CHECK(text.emplace(3, 'x') == "xxx");
}

TEST_CASE("a value that throws on its way in leaves the error") {
  Result<Fragile> held = Error{Errc::cancelled, "kept"};
  const Result<Fragile> source{std::in_place, -1};
  CHECK_THROWS_AS(held = source, std::runtime_error);
  REQUIRE(!held);
  CHECK(held.error() == Error{Errc::cancelled, "kept"});
}

TEST_CASE("an Fd closes what it owns, once") {
  Fd none;
  CHECK(!none);
  CHECK(none.get() == -1);
  CHECK(!none.dup());
  CHECK(none.dup().error().errc() == Errc::bad_address);
  CHECK(!Fd{-5});
}
