// How long a caller waits, as it stands in a cell.
#include "shm/timeout.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <limits>

using namespace shmidl::shm;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST_CASE("a timeout is never shortened, and never longer by more than one part in 16,384 and a microsecond") {
  constexpr std::int64_t kLongest = 70'000'000'000'000;  // microseconds: two years
  for (std::int64_t count = 1; count < kLongest; count += count / 13 + 1) {
    for (const std::int64_t near : {count - 1, count, count + 1}) {
      const auto packed = pack_timeout(microseconds(near), 0);
      REQUIRE(packed);
      const std::int64_t got = unpack_timeout(*packed).count();
      REQUIRE(got >= near);
      REQUIRE(got <= near + near / 16'384 + 1);
    }
  }
  CHECK(unpack_timeout(*pack_timeout(nanoseconds(1), 0)) == microseconds(1));
  CHECK(unpack_timeout(*pack_timeout(nanoseconds(0), 0)) == microseconds(0));
  CHECK(unpack_timeout(*pack_timeout(nanoseconds::min(), 0)) == microseconds(0));
  CHECK_FALSE(pack_timeout(nanoseconds::max(), 0));
}

TEST_CASE("whatever stands in a cell is a timeout") {
  for (std::uint64_t word = 0; word <= std::numeric_limits<std::uint32_t>::max(); word += 0x7ff) {
    REQUIRE(unpack_timeout(static_cast<std::uint32_t>(word)).count() >= 0);
    REQUIRE(unpack_timeout(static_cast<std::uint32_t>(word)).count() < nanoseconds::max().count() / 1000);
  }
}

TEST_CASE("a call waits for the oneway call before it, also across the numbers' wrap, with a timeout and without") {
  for (const bool timed : {false, true}) {
    for (const std::uint32_t after : {0u, 5u, 0xfffu, 0x1000u, 0x7fff'ffffu, 0xffff'fff0u, 0xffff'ffffu}) {
      CellBody request;
      request.flags = timed ? kAfterOneway | kTimeout : kAfterOneway;
      request.after_or_slot = timed ? *pack_timeout(microseconds(77), after) : after;
      CHECK_FALSE(in_order(request, after - 64));
      CHECK_FALSE(in_order(request, after - 1));
      CHECK(in_order(request, after));
      CHECK(in_order(request, after + 1));
      CHECK(in_order(request, after + 1'500));
    }
  }
}
