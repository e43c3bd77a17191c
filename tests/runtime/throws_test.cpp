// How calls end other than by an answer: thrown structs, bounds, members of unions that one side lacks, handles, deadlines.
#include <stdexcept>
#include <thread>

#include <stdlib.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "till.hpp"

using namespace till;
using shmidl::Errc;
using shmidl::Error;
using shmidl::Execution;
using shmidl::test::has_text;

namespace {

struct Service final : Till {
  std::int32_t pay(std::int32_t amount) override {
    if (amount == 0) throw Empty{42};
    if (amount < 0) throw Denied{"me", {"a", "b"}};
    if (amount == 99) throw Closed{7};
    if (amount == 98) throw Error(Errc::not_found, "elsewhere");
    if (amount == 97) throw 5;
    return amount;
  }
  std::string name(std::string_view who) override {
    if (who.empty()) throw Denied{std::string(9000, 'x'), {}};
    if (who == "forward") throw shmidl::Thrown<Empty>(Error(Errc::service_error, "from afar"), Empty{1});
    return std::string(who);
  }
  void fail() override { throw std::runtime_error("no luck"); }
  wire::Shape shape(const wire::Shape::View& shape) override {
    ++shapes;
    if (shape.tag() == wire::Shape::Tag::number) return wire::Shape::make<wire::Shape::Tag::stat>(wire::Stat{});
    return shape.copy();
  }
  std::string text(std::string_view text) override { return std::string(text); }
  void take(std::string_view) override {}
  void slow() override { std::this_thread::sleep_for(std::chrono::milliseconds(300)); }
  std::shared_ptr<shmidl::Object> hand(std::shared_ptr<shmidl::Object> object, const shmidl::Fd& fd) override {
    if (object != nullptr || fd) throw std::logic_error("something came");
    return give;
  }
  shmidl::Holder keep(shmidl::Holder& holder) override {
    const shmidl::Holder kept = holder;
    holder.set(Empty{holder.get<Empty>().value_or(Empty{-1}).left + 1});
    return kept;
  }
  Money price(const Money& money) override { return Money{money.cents + 1}; }
  shmidl::Box<wire::Node> tree(const std::optional<wire::Node::View>& node) override {
    if (!node) return {};
    wire::Node above{"above", {}, {}, {}};
    above.next = node->copy();
    return above;
  }
  void note(const wire::Shape::View&) override { ++shapes; }

  int shapes = 0;
  std::shared_ptr<shmidl::Object> give;
};

/// A server on a thread, and both versions of its client.
/// The server is in this process, and what is tested is what travels.
const shmidl::ClientOptions kOverTheWire{.in_process = shmidl::InProcess::copies};

class Shop {
 public:
  Shop() {
    ::setenv("SHMIDL_DIR", dir_.string().c_str(), 1);
    server_.emplace("till");
    server_->serve(service);
    thread_ = std::thread([this] { server_->run(); });
    client_ = shmidl::connect<NewTill>("till", kOverTheWire);
    old_client_ = shmidl::connect<OldTill>("till", kOverTheWire);
  }
  ~Shop() {
    server_->stop();
    thread_.join();
    ::unsetenv("SHMIDL_DIR");
  }
  [[nodiscard]] const shmidl::stub::ClientLink& link() const { return client_->shmidl_link_; }
  [[nodiscard]] const shmidl::stub::ClientLink& old_link() const { return old_client_->shmidl_link_; }
  [[nodiscard]] bool lives() const { return Newer::pay::call(link(), 3) == 3; }
  Service service;

 private:
  shmidl::test::TempDir dir_;
  std::optional<shmidl::Server> server_;
  std::thread thread_;
  std::shared_ptr<NewTill::Client> client_;
  std::shared_ptr<OldTill::Client> old_client_;
};

wire::Node ladder(std::size_t levels) {
  wire::Node node{"leaf", {}, {}, {}};
  for (std::size_t i = 1; i < levels; ++i) node = wire::Node{"branch", {node}, {}, {}};
  return node;
}

}  // namespace

TEST_CASE("a thrown struct is caught as the struct, and as an Error") {
  Shop shop;
  try {
    Newer::pay::call(shop.link(), 0);
    FAIL("it was paid");
  } catch (const Empty& empty) {
    CHECK(empty.left == 42);
  }
  try {
    Newer::pay::call(shop.link(), -1);
    FAIL("it was paid");
  } catch (const Error& error) {
    CHECK(error.errc() == Errc::service_error);
    CHECK(error.execution() == Execution::yes);
    CHECK(std::string(error.what()) == R"(Denied{who="me", why=["a", "b"]})");
    REQUIRE(error.as<Denied>() != nullptr);
    CHECK(*error.as<Denied>() == Denied{"me", {"a", "b"}});
    CHECK(error.as<Empty>() == nullptr);
    const Error copy = error;
    CHECK(copy.as<Denied>() == error.as<Denied>());
  }
  CHECK(shop.lives());
}

TEST_CASE("a thrown struct reaches try_ and async_ calls, and is thrown from their value()") {
  Shop shop;
  const auto result = Newer::name::try_call(shop.link(), {}, "");
  REQUIRE_FALSE(result);
  REQUIRE(result.error().as<Denied>() != nullptr);
  CHECK(result.error().as<Denied>()->who.size() == 9000);
  CHECK_THROWS_AS(result.value(), Denied);
  CHECK_THROWS_AS(Newer::pay::async_call(shop.link(), {}, 0).get(), Empty);
  auto again = Newer::pay::async_call(shop.link(), {}, 0);
  CHECK(again.try_get().error().as<Empty>()->left == 42);
}

TEST_CASE("a server hands on the struct that another one threw") {
  Shop shop;
  CHECK_THROWS_AS(Newer::name::call(shop.link(), "forward"), Empty);
}

TEST_CASE("a struct that only the newer server throws is a plain error of the service") {
  Shop shop;
  CHECK_THROWS_AS(Newer::pay::call(shop.link(), 99), Closed);
  const auto result = Older::pay::try_call(shop.old_link(), {}, 99);
  REQUIRE_FALSE(result);
  CHECK(result.error().errc() == Errc::service_error);
  CHECK_THAT(result.error().what(), has_text("till.Closed"));
  CHECK(result.error().as<Closed>() == nullptr);
  CHECK_THROWS_AS(result.value(), Error);
  CHECK_THROWS_AS(Older::pay::call(shop.old_link(), 0), Empty);
}

TEST_CASE("any other exception is an error of the service with its text, and the server lives") {
  Shop shop;
  const auto failed = Newer::fail::try_call(shop.link(), {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error() == Error(Errc::service_error, "no luck", Execution::yes));
  CHECK(Newer::pay::try_call(shop.link(), {}, 98).error() == Error(Errc::service_error, "elsewhere", Execution::yes));
  CHECK(Newer::pay::try_call(shop.link(), {}, 97).error().errc() == Errc::service_error);
  CHECK_THAT(Newer::pay::try_call(shop.link(), {}, 97).error().what(), has_text("`int`") && has_text("throws"));
  CHECK(shop.lives());
}

TEST_CASE("a union's member that the other side lacks ends that call alone") {
  Shop shop;
  const auto reply = Older::shape::try_call(shop.old_link(), {}, wire::OldShape());
  REQUIRE_FALSE(reply);
  CHECK(reply.error().errc() == Errc::schema_mismatch);
  CHECK(reply.error().execution() == Execution::yes);
  CHECK_THAT(reply.error().what(), has_text("`wire.Shape` came with member number 3"));
  const auto text = Older::shape::try_call(shop.old_link(), {}, wire::OldShape::make<wire::OldShape::Tag::text>("x"));
  REQUIRE(text);
  CHECK(text->get<wire::OldShape::Tag::text>() == "x");
}

TEST_CASE("bounds hold for arguments and for results") {
  Shop shop;
  CHECK(Newer::text::call(shop.link(), "four") == "four");
  const auto result = Newer::text::try_call(shop.link(), {}, "fives");
  REQUIRE_FALSE(result);
  CHECK(result.error().errc() == Errc::too_large);
  CHECK(result.error().execution() == Execution::yes);
  CHECK_THAT(result.error().what(), has_text("5 bytes of text") && has_text("at most 4"));
  const auto argument = Newer::take::try_call(shop.link(), {}, "fives");
  REQUIRE_FALSE(argument);
  CHECK(argument.error().errc() == Errc::too_large);
  CHECK(argument.error().execution() == Execution::no);
  // A peer without the bound.
  using unbounded = Method<5, void, In<std::string>>;
  const auto refused = unbounded::try_call(shop.link(), {}, "fives");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().errc() == Errc::too_large);
  CHECK(refused.error().execution() == Execution::no);
  CHECK(shop.lives());
}

TEST_CASE("absent handles travel, and objects do") {
  Shop shop;
  CHECK(Newer::hand::call(shop.link(), nullptr, shmidl::Fd()) == nullptr);
  const auto object = std::make_shared<Service>();
  const auto came = Newer::hand::try_call(shop.link(), {}, object, shmidl::Fd());
  REQUIRE_FALSE(came);
  CHECK_THAT(came.error().what(), has_text("something came"));
  shop.service.give = object;
  CHECK(Newer::hand::call(shop.link(), nullptr, shmidl::Fd()) != nullptr);
  CHECK(shop.lives());
}

TEST_CASE("a method's own deadline holds where nobody gives another") {
  Shop shop;
  const auto slow = Newer::slow::try_call(shop.link(), {});
  REQUIRE_FALSE(slow);
  CHECK(slow.error().errc() == Errc::timed_out);
  CHECK(Newer::slow::try_call(shop.link(), {.timeout = std::chrono::seconds(60)}));
}

TEST_CASE("a negative timeout has passed, and waiting for longer than time goes waits") {
  Shop shop;
  CHECK(Newer::slow::try_call(shop.link(), {.timeout = std::chrono::nanoseconds::min()}).error().errc() == Errc::timed_out);
  auto future = Newer::pay::async_call(shop.link(), {}, 1);
  static_cast<void>(future.wait_for(std::chrono::nanoseconds::min()));
  CHECK(future.wait_for(std::chrono::nanoseconds::max()));
  CHECK(future.get() == 1);
}

TEST_CASE("a holder keeps a struct of any type through a call") {
  Shop shop;
  shmidl::Holder holder;
  CHECK_FALSE(Newer::keep::call(shop.link(), holder));
  CHECK(holder.get<Empty>()->left == 0);
  shmidl::Holder denied;
  denied.set(Denied{"x", {"y"}});
  const shmidl::Holder copy = denied;
  const shmidl::Holder back = Newer::keep::call(shop.link(), denied);
  CHECK(back == copy);
  CHECK(back.name() == "till.Denied");
  CHECK(back.get<Denied>() == Denied{"x", {"y"}});
  CHECK_FALSE(back.get<Empty>());
  const shmidl::Holder wrong("till.Denied", shmidl::stub::EncodedBytes(7));
  CHECK_THROWS_AS(wrong.get<Denied>(), Error);
}

TEST_CASE("a type of the user's own travels by its Codec, whose exceptions are errors of the call") {
  Shop shop;
  CHECK(Newer::price::call(shop.link(), Money{5}).cents == 6);
  const auto unsent = Newer::price::try_call(shop.link(), {}, Money{-1});
  REQUIRE_FALSE(unsent);
  CHECK(unsent.error().execution() == Execution::no);
  CHECK_THAT(unsent.error().what(), has_text("`till.Money`") && has_text("debts"));
  const auto unread = Newer::price::try_call(shop.link(), {}, Money{13});
  REQUIRE_FALSE(unread);
  CHECK(unread.error().errc() == Errc::schema_mismatch);
  CHECK(unread.error().execution() == Execution::no);
  const auto result = Newer::price::try_call(shop.link(), {}, Money{12});
  REQUIRE_FALSE(result);
  CHECK(result.error().execution() == Execution::yes);
  CHECK_THAT(result.error().what(), has_text("thirteen"));
  CHECK(shop.lives());
}

TEST_CASE("trees go out and come back, and what is too deep is told to whom it concerns") {
  Shop shop;
  CHECK_FALSE(Newer::tree::call(shop.link(), std::nullopt));
  const wire::Node node = ladder(100);
  const auto got = Newer::tree::call(shop.link(), std::optional<wire::Node>(node));
  REQUIRE(got);
  CHECK(*got->next == node);
  CHECK(Newer::tree::try_call(shop.link(), {}, std::optional<wire::Node>(ladder(129))).error().execution() == Execution::no);
  const auto result = Newer::tree::try_call(shop.link(), {}, std::optional<wire::Node>(ladder(128)));
  REQUIRE_FALSE(result);
  CHECK(result.error().errc() == Errc::too_large);
  CHECK(result.error().execution() == Execution::yes);
  const auto oneway = Newer::note::try_send(shop.link(), {}, wire::Shape());
  CHECK(oneway);
  CHECK(shop.lives());
}
