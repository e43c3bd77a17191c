// Nothing is copied of large arrays made in the arena, wherever in the data they stand.
#include "planes.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>

#include <utility>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPlanes = 2;
constexpr std::size_t kCount = std::size_t{1} << 20;  // 8 MiB in each array
constexpr int kArrays = kPlanes + 2;

struct Pair {
  explicit Pair(const shmidl::ClientOptions& options) : server(PLANES_SERVER, {"planes"}) {
    server.expect_line("ready");
    client = shmidl::connect<Planes>("planes", options);
  }
  Services services;
  Process server;
  std::shared_ptr<Planes::Client> client;
};

Stack stack_in_arena(Planes::Client& client, std::size_t count) {
  return make_stack(
      kPlanes, count, [&](std::size_t n) { return client.allocate<double>(n); }, [&](std::size_t n) { return client.allocate<Dot>(n); });
}

}  // namespace

TEST_CASE("arrays that the client makes in the arena are sent as they are, inside structs and lists of structs, and read in place") {
  // Four arrays of 8 MiB in what this side may hand over: there is no room for a copy of any.
  Pair pair({.connect_timeout = 10s, .max_own_bytes = std::size_t{38} << 20});
  const Stack stack = stack_in_arena(*pair.client, kCount);
  const double* const before = stack.planes[1].samples.data();
  for (int i = 0; i < 3; ++i) {
    std::int32_t in_place = 0;
    CHECK(pair.client->look(stack, in_place) == sum_of_stack(kPlanes, kCount));
    CHECK(in_place == kArrays);
  }
  CHECK(stack.planes[1].samples.data() == before);
  // One from private memory would have to be copied, and finds no room.
  const Stack other = make_stack(
      0, kCount, [](std::size_t n) { return shmidl::Array<double>(n); }, [](std::size_t n) { return shmidl::Array<Dot>(n); });
  std::int32_t in_place = 0;
  const auto refused = pair.client->try_look(other, in_place);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == shmidl::Errc::no_resources);
}

TEST_CASE("arrays that a handler makes in the arena are sent as they are, and the client reads them in place") {
  Pair pair({.connect_timeout = 10s, .max_peer_bytes = std::size_t{38} << 20});
  for (int i = 0; i < 3; ++i) {
    const Stack stack = pair.client->make(kPlanes, kCount);
    const Seen seen = look_at(stack);
    CHECK(seen.sum == sum_of_stack(kPlanes, kCount));
    CHECK(seen.in_place == kArrays);
  }
  // Made in private memory, each needs its copy, of which there is room for four as well.
  const Stack copied = pair.client->copy(kPlanes, kCount);
  CHECK(look_at(copied).sum == sum_of_stack(kPlanes, kCount));
  CHECK(look_at(copied).in_place == kArrays);
}

TEST_CASE("what was received is sent on without changing where it lies, by one copy") {
  Pair pair({.connect_timeout = 10s});
  const Stack stack = pair.client->make(kPlanes, 100'000);
  const double* const before = stack.planes[0].samples.data();
  std::int32_t in_place = 0;
  CHECK(pair.client->look(stack, in_place) == sum_of_stack(kPlanes, 100'000));
  CHECK(in_place == kArrays);
  CHECK(stack.planes[0].samples.data() == before);
  CHECK(permissions_at(before) == "r--s");
}

TEST_CASE("up to 4 KiB an array is copied by its receiver, one element more is read in place") {
  Pair pair({.connect_timeout = 10s});
  constexpr std::size_t kMost = 4096 / sizeof(double);
  static_assert(sizeof(Dot) == sizeof(double));
  for (const std::size_t count : {std::size_t{1}, kMost, kMost + 1}) {
    const int expected = count > kMost ? kArrays : 0;
    std::int32_t in_place = -1;
    CHECK(pair.client->look(stack_in_arena(*pair.client, count), in_place) == sum_of_stack(kPlanes, count));
    CHECK(in_place == expected);
    CHECK(look_at(pair.client->make(kPlanes, static_cast<std::int32_t>(count))).in_place == expected);
  }
}
