// Holders, bounds, handles and errors of calls, as a peer without manners writes them.
#include <random>

#include <fcntl.h>
#include <unistd.h>

#include "rpc/error_content.hpp"
#include "support/catch.hpp"
#include <shmidl/stub/blob_wire.hpp>

#include "till.hpp"
#include "wire_support.hpp"

using namespace wire;
using shmidl::Errc;
using shmidl::Error;
using shmidl::Execution;
using shmidl::Holder;
using shmidl::rpc::ErrorContent;
using shmidl::rpc::pack_error;
using shmidl::rpc::unpack_error;
using shmidl::stub::Bounded;
using shmidl::stub::EncodedBytes;
using shmidl::stub::EncodedError;
using shmidl::test::has_text;

namespace {

Holder holder() {
  Holder made;
  made.set(till::Denied{"who", {"a", "b"}});
  return made;
}

}  // namespace

TEST_CASE("holders arrive, and one that is cut or whose lengths do not add up is nonsense") {
  CHECK(arrives(Holder()));
  CHECK(arrives(holder()));
  CHECK(arrives(std::vector<Holder>{holder(), Holder(), holder()}));
  const Packed good = pack<Holder>(holder());
  for (std::size_t end = 0; end < good.body.size(); ++end) {
    Packed cut = good;
    cut.body.resize(end);
    CHECK_FALSE(Received<Holder>(cut).good());
  }
  const auto with = [&](std::size_t at, std::uint32_t value) {
    Packed packed = good;
    packed.put(at, value);
    return Received<Holder>(packed).good();
  };
  CHECK(with(8, good.at<std::uint32_t>(8)));
  for (const std::uint32_t length : {0u, 1u, 100u, 0xffff'fff8u, 0xffff'ffffu}) {
    CHECK_FALSE(with(4, length));   // the Ref's
    CHECK_FALSE(with(8, length));   // the name's
    CHECK_FALSE(with(12, length));  // the value's
  }
  CHECK_FALSE(with(0, 4u));
}

TEST_CASE("what a holder holds is checked when it is taken out, whatever its bytes") {
  const Holder good = holder();
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    EncodedBytes bytes{std::span<const std::byte>(good.bytes().data(), random() % (good.bytes().size() + 1))};
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      if (random() % 8 == 0) bytes[at] = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 32);
    }
    try {
      static_cast<void>(Holder("till.Denied", bytes).get<till::Denied>());
    } catch (const Error& error) {
      CHECK(error.errc() == Errc::protocol_error);
    }
  }
}

TEST_CASE("an unknown member of a union inside a holder is told as such") {
  Holder held;
  held.set(Shape::make<Shape::Tag::stat>(Stat{}));
  REQUIRE(held.name() == "wire.Shape");
  try {
    static_cast<void>(held.get<OldShape>());
    FAIL("it was taken out");
  } catch (const Error& error) {
    CHECK(error.errc() == Errc::schema_mismatch);
  }
}

TEST_CASE("what passes a bound is refused at both ends, by its length") {
  using Few = Bounded<std::vector<std::string>, 2>;
  using Maybe4 = Bounded<std::optional<std::string>, 4>;
  using Numbers = Bounded<shmidl::Array<std::int32_t>, 2000>;
  const std::vector<std::string> three{"a", "b", "c"};
  CHECK_THROWS_AS(pack<Few>(shmidl::List<std::string_view>(three)), Error);
  CHECK_THROWS_AS(pack<Maybe4>(std::optional<std::string_view>("fives")), Error);
  const auto refused = [](const auto& received) {
    if (received.good() || !received.frame().refused()) return std::string("not refused");
    CHECK(received.frame().refusal(Execution::no).errc() == Errc::too_large);
    return std::string(received.frame().refusal(Execution::no).what());
  };
  CHECK_THAT(refused(Received<Few>(pack<std::vector<std::string>>(shmidl::List<std::string_view>(three)))), has_text("3 elements came where at most 2"));
  CHECK_THAT(refused(Received<Maybe4>(pack<std::optional<std::string>>(std::optional<std::string_view>("fives")))), has_text("5 bytes of text"));
  CHECK_THAT(refused(Received<Numbers>(pack<shmidl::Array<std::int32_t>>(shmidl::Array<std::int32_t>(2001)))), has_text("2001 elements"));
  CHECK(Received<Numbers>(pack<Numbers>(shmidl::Array<std::int32_t>(2000))).good());
  CHECK(Received<Maybe4>(pack<Maybe4>(std::nullopt)).good());
  CHECK(Received<Maybe4>(pack<Maybe4>(std::optional<std::string_view>("four"))).good());
}

TEST_CASE("a handle that names nothing is nonsense") {
  using Object = std::shared_ptr<shmidl::Object>;
  CHECK(Received<Object>(pack<Object>(nullptr)).good());
  CHECK(Received<shmidl::Fd>(pack<shmidl::Fd>(shmidl::FdView())).good());
  CHECK(Received<shmidl::Blob>(pack<shmidl::Blob>(shmidl::Blob())).good());
  const auto refuses_each_byte = [](Packed absent, auto received, std::size_t bytes) {
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      Packed packed = absent;
      packed.body[byte] = std::byte{1};
      CHECK_FALSE(received(packed));
    }
  };
  refuses_each_byte(pack<Object>(nullptr), [](const Packed& packed) { return Received<Object>(packed).good(); }, 8);
  refuses_each_byte(pack<shmidl::Fd>(shmidl::FdView()), [](const Packed& packed) { return Received<shmidl::Fd>(packed).good(); }, 4);
  refuses_each_byte(pack<shmidl::Blob>(shmidl::Blob()), [](const Packed& packed) { return Received<shmidl::Blob>(packed).good(); }, 8);
}

TEST_CASE("an attachment is claimed once, and only as what it is") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  {
    shmidl::stub::Frame frame;
    REQUIRE(frame.add_attachment({nullptr, ends[0]}));
    REQUIRE(frame.add_attachment({nullptr, ends[1]}));
    using Kind = shmidl::stub::External::Kind;
    CHECK_FALSE(frame.claim_attachment(0, Kind::descriptor));
    CHECK_FALSE(frame.claim_attachment(3, Kind::descriptor));
    CHECK_FALSE(frame.claim_attachment(1, Kind::blob));
    CHECK_FALSE(frame.claim_external(0, 0, 1, false));
    CHECK(frame.claim_attachment(1, Kind::descriptor));
    CHECK_FALSE(frame.claim_attachment(1, Kind::descriptor));
    CHECK(frame.take_descriptor(1) == ends[0]);
    CHECK(frame.take_descriptor(1) == -1);
  }
  CHECK(::fcntl(ends[0], F_GETFD) >= 0);   // taken
  CHECK(::fcntl(ends[1], F_GETFD) == -1);  // closed with its frame
  ::close(ends[0]);
}

TEST_CASE("the content of an error comes back, with its struct and without") {
  const auto plain = unpack_error(pack_error({std::byte{2}, "why", nullptr}), Errc::service_error, 4096);
  REQUIRE(plain);
  CHECK(*plain == Error(Errc::service_error, "why", Execution::yes));
  const Error thrown = shmidl::stub::error_of(till::Denied{"me", {"x"}});
  const auto* encoded = dynamic_cast<const EncodedError*>(shmidl::detail::ErrorAccess::payload(thrown).get());
  REQUIRE(encoded != nullptr);
  const auto back = unpack_error(pack_error({std::byte{2}, thrown.what(), encoded}), Errc::service_error, 4096);
  REQUIRE(back);
  CHECK(*back == thrown);
  const Error decoded = shmidl::stub::Outcome<till::Throws<void, till::Empty, till::Denied>>::decode(*back);
  REQUIRE(decoded.as<till::Denied>() != nullptr);
  CHECK(decoded.as<till::Denied>()->why == std::vector<std::string>{"x"});
}

TEST_CASE("the content of an error that is cut or changed does no harm") {
  const Error thrown = shmidl::stub::error_of(till::Denied{"me", {"x", "y"}});
  const auto* encoded = dynamic_cast<const EncodedError*>(shmidl::detail::ErrorAccess::payload(thrown).get());
  const auto good = pack_error({std::byte{2}, thrown.what(), encoded});
  for (std::size_t end = 0; end < good.size(); ++end) {
    const std::vector<std::byte> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(end));
    CHECK_FALSE(unpack_error(cut, Errc::service_error, 4096));
  }
  CHECK_FALSE(unpack_error(good, Errc::service_error, 3));
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = good;
    for (std::size_t times = 1 + random() % 4; times-- > 0;) bytes[random() % bytes.size()] = static_cast<std::byte>(random() % 64);
    bytes[0] = std::byte{0x82};
    const auto error = unpack_error(bytes, Errc::service_error, 4096);
    if (!error) continue;
    const Error decoded = shmidl::stub::Outcome<till::Throws<void, till::Denied>>::decode(*error);
    CHECK(decoded.errc() == Errc::service_error);
  }
}
