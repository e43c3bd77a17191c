// Blobs: one piece of memory for all who hold it, sealed, counted per connection, and gone with the last holder.
#include "hands.hpp"
#include "support/catch.hpp"

#include <shmidl/holder.hpp>

#include <csignal>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>

#include <sys/mman.h>
#include <sys/wait.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Blob;
using shmidl::BlobBuilder;
using shmidl::Errc;

namespace {

Blob ramp(std::size_t bytes) {
  BlobBuilder builder(bytes);
  const auto to = builder.as<std::uint8_t>();
  std::iota(to.begin(), to.end(), std::uint8_t{0});
  return builder.seal();
}

std::uint64_t sum_of(const Blob& blob) {
  const auto bytes = blob.as<std::uint8_t>();
  return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
}

}  // namespace

TEST_CASE("a blob is built, sealed, shared by its handles and compared by its bytes") {
  const Blob blob = ramp(100'000);
  CHECK(blob.size() == 100'000);
  CHECK(blob.as<std::uint8_t>()[255] == 255);
  CHECK(permissions_at(blob.bytes().data()) == "r--s");
  const Blob same = blob;
  CHECK(same.bytes().data() == blob.bytes().data());
  CHECK(Blob(blob.bytes()) == blob);
  CHECK_FALSE(ramp(99'999) == blob);
  CHECK(Blob().empty());
  CHECK(Blob().bytes().empty());
  CHECK(Blob(std::span<const std::byte>()) == Blob());
  CHECK(BlobBuilder(0).seal().empty());
  CHECK_FALSE(Blob().descriptor());
}

TEST_CASE("nobody can write to a blob, or change its size, in any process") {
  HandsPair pair;
  pair.client->put("x", ramp(10'000));
  const Blob theirs = pair.client->get("x");
  const Blob mine = ramp(10'000);
  for (const Blob& blob : {mine, theirs}) {
    const int file = blob.descriptor().get();
    CHECK((::fcntl(file, F_GET_SEALS) & (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)) ==
          (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
    CHECK(::pwrite(file, "x", 1, 0) == -1);
    CHECK(::ftruncate(file, 1) == -1);
    CHECK(::ftruncate(file, 20'000) == -1);
    CHECK(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED);
    CHECK(::mprotect(const_cast<std::byte*>(blob.bytes().data()), 4096, PROT_READ | PROT_WRITE) == -1);
    const shmidl::Fd again(::open(("/proc/self/fd/" + std::to_string(file)).c_str(), O_RDWR | O_CLOEXEC));
    if (again) CHECK(::pwrite(again.get(), "x", 1, 0) == -1);
  }
}

TEST_CASE("blobs travel in every place and form, and are the same memory there and back") {
  HandsPair pair;
  const Blob blob = ramp(1 << 20);
  CHECK(pair.client->sum(blob) == sum_of(blob));
  CHECK(pair.client->try_sum(blob).value() == sum_of(blob));
  CHECK(pair.client->async_sum(blob).get() == sum_of(blob));
  CHECK(pair.client->sum(Blob()) == 0);
  const Blob reversed = pair.client->reversed(blob);
  CHECK(reversed.size() == blob.size());
  CHECK(reversed.as<std::uint8_t>()[0] == blob.as<std::uint8_t>()[blob.size() - 1]);

  Parcel parcel;
  parcel.data = blob;
  parcel.maybe = ramp(5);
  parcel.more = {ramp(1), Blob(), blob, ramp(3)};
  const Parcel back = pair.client->parcel(parcel);
  CHECK(back.data == blob);
  CHECK(inode_of(back.data.descriptor()) == inode_of(blob.descriptor()));
  REQUIRE(back.maybe);
  CHECK(*back.maybe == ramp(5));
  REQUIRE(back.more.size() == 4);
  CHECK(back.more[1].empty());
  CHECK(back.more[2] == blob);
  CHECK(back.more[3].size() == 3);
  CHECK_FALSE(pair.client->parcel(Parcel{}).maybe);
  CHECK(to_string(back).find("data=blob of 1048576 bytes") != std::string::npos);

  const Either either = pair.client->either(Either::make<Either::Tag::data>(blob));
  REQUIRE(either.tag() == Either::Tag::data);
  CHECK(either.get<Either::Tag::data>() == blob);

  pair.client->post_blob("posted", blob);
  CHECK(pair.client->get("posted") == blob);

  pair.client->small(ramp(100));
  const auto refused = pair.client->try_small(ramp(101));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().errc() == Errc::too_large);
}

TEST_CASE("a blob goes from client to server to another client without its bytes being touched") {
  HandsPair pair;
  const Blob blob = ramp(3 << 20);
  pair.client->put("x", blob);
  const auto other = shmidl::connect<Hands>("hands");
  const Blob got = other->get("x");
  CHECK(got.size() == blob.size());
  CHECK(inode_of(got.descriptor()) == inode_of(blob.descriptor()));
  CHECK_FALSE(memory_files(pair.server.pid()).contains(std::to_string(inode_of(blob.descriptor()))));  // the server never looked
  CHECK(got == blob);
  // A third process, and one after the other has gone.
  Process holder(HANDS_HOLDER, {"hands", "x"});
  CHECK(holder.read_line() == std::to_string(sum_of(blob)));
  CHECK(uses(holder.pid(), inode_of(blob.descriptor())));
}

TEST_CASE("a blob is handed over once, and again after its receiver let go of it") {
  HandsPair pair;
  pair.client->put("x", ramp(1 << 20));
  const Blob kept = pair.client->get("x");
  const std::size_t mine = open_files(::getpid());
  const std::size_t theirs = open_files(pair.server.pid());
  for (int i = 0; i < 1000; ++i) {
    const Blob again = pair.client->get("x");
    REQUIRE(again.bytes().data() == kept.bytes().data());  // the same map
    REQUIRE(pair.client->sum(again) == sum_of(kept));
  }
  CHECK(soon([&] { return open_files(::getpid()) <= mine && open_files(pair.server.pid()) <= theirs + 1; }));  // the server holds what sum() was given
}

TEST_CASE("1,000 blobs one after the other leave no descriptor and no memory behind") {
  HandsPair pair({"2"});
  pair.client->put("x", ramp(10));
  pair.client->drop("x");
  const auto settled = [&] { return std::pair(open_files(::getpid()), open_files(pair.server.pid())); };
  std::pair<std::size_t, std::size_t> before;
  const ino_t first = [&] {
    const Blob blob = ramp(4096);
    pair.client->sum(blob);
    return inode_of(blob.descriptor());
  }();
  REQUIRE(soon([&] { return !uses(::getpid(), first) && !uses(pair.server.pid(), first); }));
  before = settled();
  for (int i = 1; i <= 1000; ++i) {
    const Blob blob = ramp(static_cast<std::size_t>(i) * 100);
    pair.client->put("x", blob);
    REQUIRE(pair.client->get("x") == blob);
    pair.client->drop("x");
    if (i % 10 == 0) static_cast<void>(pair.client->try_reversed(blob, {.timeout = 10us}));
    if (i % 10 == 5) auto dropped = pair.client->async_reversed(blob);
  }
  CHECK(soon([&] {
    const auto now = settled();
    return now.first <= before.first && now.second <= before.second;
  }));
}

TEST_CASE("the memory of a blob ends with its last holder, however that ends") {
  HandsPair pair;
  ino_t inode = 0;
  {
    const Blob blob = ramp(8 << 20);
    inode = inode_of(blob.descriptor());
    pair.client->put("x", blob);
  }
  Process holder(HANDS_HOLDER, {"hands", "x"});
  REQUIRE(holder.read_line());
  pair.client->drop("x");
  // The one who made it and the one who kept it have let go: the holder alone has it.
  CHECK(soon([&] { return !uses(::getpid(), inode); }));
  CHECK(uses(holder.pid(), inode));
  CHECK(uses(pair.server.pid(), inode));  // on behalf of the holder, should it be asked for again
  holder.kill(SIGKILL);
  holder.wait();
  CHECK(soon([&] { return !uses(pair.server.pid(), inode); }));
}

TEST_CASE("a blob outlives its connection and the process that made it") {
  Blob kept;
  {
    HandsPair pair;
    kept = pair.client->reversed(ramp(100'000));
    pair.server.kill();
    pair.server.wait();
    pair.client.reset();
  }
  CHECK(kept.as<std::uint8_t>()[0] == static_cast<std::uint8_t>(99'999));
  const ino_t inode = inode_of(kept.descriptor());
  kept = {};
  CHECK_FALSE(uses(::getpid(), inode));
}

TEST_CASE("clients that are killed while they hand things over leave nothing with the server") {
  HandsPair pair({"2"});
  pair.client->put("busy", ramp(10));
  pair.client->drop("busy");
  REQUIRE(soon([&] { return memory_files(pair.server.pid()).size() <= 2; }));  // its segment and this client's
  const std::size_t before = open_files(pair.server.pid());
  for (int i = 0; i < 20; ++i) {
    Process busy(HANDS_HOLDER, {"hands", "--busy"});
    busy.expect_line("busy");
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + 7 * (i % 5)));  // somewhere
    busy.kill(SIGKILL);
    busy.wait();
  }
  pair.client->drop("busy");
  CHECK(soon([&] { return open_files(pair.server.pid()) <= before; }));
  CHECK(pair.client->sum(ramp(100)) == 4950);
}

TEST_CASE("a forked child reads the blobs of its parent, and lets go of them in silence") {
  HandsPair pair;
  pair.client->put("x", ramp(10'000));
  const Blob seen = pair.client->get("x");
  const std::uint64_t sum = sum_of(seen);
  auto unseen = std::make_unique<Blob>(pair.client->reversed(seen));
  const pid_t child = ::fork();
  if (child == 0) {
    const bool right = sum_of(seen) == sum && sum_of(*unseen) == sum;
    unseen.reset();
    const auto refused = pair.client->try_get("x");
    ::_exit(right && !refused && refused.error().errc() == Errc::forked ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(sum_of(*unseen) == sum);
  CHECK(pair.client->get("x") == seen);
}

TEST_CASE("neither a blob nor a descriptor stands inside a ParcelableHolder") {
  shmidl::Holder holder;
  Parcel parcel;
  parcel.name = "without";
  holder.set(parcel);
  CHECK(holder.get<Parcel>()->name == "without");
  const auto refused = [&] {
    try {
      holder.set(parcel);
    } catch (const shmidl::Error& error) {
      return error.errc();
    }
    return Errc::service_error;
  };
  parcel.data = ramp(1);
  CHECK(refused() == Errc::schema_mismatch);
  parcel.data = {};
  parcel.file = pipe_with("x");
  CHECK(refused() == Errc::schema_mismatch);
  CHECK(holder.get<Parcel>()->name == "without");
}

TEST_CASE("what the receiver accepts bounds what the sender hands over, and the error names both bounds") {
  HandsPair pair({"1", "3", "1000000"});
  pair.client->put("a", ramp(300'000));
  pair.client->put("b", ramp(300'000));
  const auto expect = [&](const Blob& blob, Errc errc, const char* name) {
    const auto refused = pair.client->try_put(name, blob);
    REQUIRE_FALSE(refused);
    INFO(refused.error().what());
    CHECK(refused.error().errc() == errc);
    CHECK(refused.error().execution() == shmidl::Execution::no);
    CHECK(std::string(refused.error().what()).find("3 blobs of 1000000 bytes together (max_client_blobs, max_client_blob_bytes)") != std::string::npos);
  };
  expect(ramp(500'000), Errc::no_resources, "c");
  expect(ramp(1'000'001), Errc::too_large, "c");
  pair.client->put("c", ramp(1));
  expect(ramp(1), Errc::no_resources, "d");
  CHECK(pair.client->get("b").size() == 300'000);  // the other way has bounds of its own
  pair.client->drop("a");
  CHECK(soon([&] { return pair.client->try_put("d", ramp(600'000)).has_value(); }));
}

TEST_CASE("many threads hand blobs to and fro") {
  HandsPair pair({"2"});
  const Blob shared = ramp(50'000);
  pair.client->put("shared", shared);
  std::vector<std::thread> threads;
  std::atomic<int> bad{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const Blob mine = ramp(static_cast<std::size_t>(1000 + t * 300 + i));
        if (!(pair.client->get("shared") == shared)) ++bad;
        if (pair.client->sum(mine) != sum_of(mine)) ++bad;
        if (pair.client->sum(shared) != sum_of(shared)) ++bad;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(bad == 0);
}
