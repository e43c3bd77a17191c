// Readers of streams that lie: the server drops them, and goes on with the others.
#include "feed.hpp"
#include "intruder.hpp"
#include "support/catch.hpp"

#include "shm/stream.hpp"

#include <cstring>
#include <new>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::shm::CellBody;
namespace shm = shmidl::shm;

namespace {

/// A reader by hand: its line stands at the beginning of its arena.
struct Reader {
  explicit Reader(std::uint32_t method = 0) : intruder("feed") {
    intruder.enter(shmidl::stub::interface_of<feed::Feed>());
    credit = new (intruder.mine().arena) shm::StreamCredit{};
    body.method_or_status = static_cast<std::uint16_t>(method);
    request.credit = {0, shm::kArena, 0, sizeof(shm::StreamCredit), shm::kArenaOffset};
    request.number = 7;
  }

  /// Asks for `count` numbers.
  void open(std::int32_t count = 1'000'000) {
    body.content_bytes = 8 + sizeof request;
    std::memcpy(body.content, &count, sizeof count);
    std::memcpy(body.content + 8, &request, sizeof request);
    intruder.request(0, 1, body);
  }

  /// The maker's cells, once it has answered.
  const shm::Cell* cells() {
    REQUIRE(intruder.answered(0, 1));
    const CellBody reply = intruder.reply(0);
    REQUIRE(reply.method_or_status == 0);
    REQUIRE((reply.flags & shm::kHasSlot) != 0);
    shm::StreamReply place;
    std::memcpy(&place, reply.content, sizeof place);
    REQUIRE(place.block.region == 0);
    slot = reply.after_or_slot;
    const auto* const segment = reinterpret_cast<const std::byte*>(&intruder.peer->segment());
    return reinterpret_cast<const shm::Cell*>(segment + place.block.offset + sizeof(shm::StreamHead));
  }

  Intruder intruder;
  shm::StreamCredit* credit;
  shm::StreamRequest request;
  CellBody body;
  std::uint32_t slot = 0;
};

/// A good reader in the middle of its stream beside the bad ones.
struct Victim {
  FeedPair pair;
  shmidl::Stream<std::int32_t> stream = pair.feed->count(100);

  ~Victim() {
    for (std::int32_t i = 0; i < 100; ++i) CHECK(stream.next() == i);
    CHECK(stream.next() == std::nullopt);
    CHECK(pair.server.process.running());
  }
};

bool arrives(const shm::Cell& cell, std::uint32_t number) {
  for (int i = 0; i < 10'000; ++i) {
    if (shm::arrived<Intruder::Access>(cell, number)) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

}  // namespace

TEST_CASE("I7: a stream that is opened by hand brings its items: the intruder speaks the protocol") {
  Victim victim;
  Reader reader;
  reader.open(3);
  const shm::Cell* const cells = reader.cells();
  for (std::uint32_t number = 1; number <= 3; ++number) {
    REQUIRE(arrives(cells[number], number));
    std::int32_t item = -1;
    std::memcpy(&item, cells[number].body.content, sizeof item);
    CHECK(item == static_cast<std::int32_t>(number) - 1);
  }
  REQUIRE(arrives(cells[4], 4));
  CHECK((cells[4].body.flags & shm::kStreamEnd) != 0);
}

TEST_CASE("I7: a reader's line that does not lie in what was handed over ends the connection") {
  Victim victim;
  const auto refused = [](auto&& change) {
    Reader reader;
    change(reader.request);
    reader.open();
    CHECK(reader.intruder.dropped());
  };
  refused([](shm::StreamRequest& request) { request.credit.offset = shm::kSegmentBytes; });
  refused([](shm::StreamRequest& request) { request.credit.offset = ~std::uint64_t{63}; });
  refused([](shm::StreamRequest& request) { request.credit.offset += 4; });
  refused([](shm::StreamRequest& request) { request.credit.length = 32; });
  refused([](shm::StreamRequest& request) { request.credit.region = 5; });
  refused([](shm::StreamRequest& request) { request.credit.region = 500; });
  refused([](shm::StreamRequest& request) { request.credit.kind = shm::kAttachedBlob; });
}

TEST_CASE("I7: a reader that takes what was not sent, or goes back, is dropped") {
  Victim victim;
  for (const std::uint32_t nonsense : {1000u, 0x8000'0000u, 33u}) {
    Reader reader;
    reader.open();
    REQUIRE(arrives(reader.cells()[32], 32));
    Intruder::Access::release(reader.credit->taken, nonsense);
    reader.intruder.ring_bell();
    CHECK(reader.intruder.dropped());
  }
  Reader reader;
  reader.open();
  const shm::Cell* const cells = reader.cells();
  REQUIRE(arrives(cells[32], 32));
  Intruder::Access::release(reader.credit->taken, 20);
  reader.intruder.ring_bell();
  REQUIRE(arrives(cells[52], 52));
  Intruder::Access::release(reader.credit->taken, 19);
  reader.intruder.ring_bell();
  CHECK(reader.intruder.dropped());
}

TEST_CASE("I6: a slot that is given back too early takes no memory from a stream that goes on") {
  Victim victim;
  Reader reader;
  reader.open();
  const shm::Cell* const cells = reader.cells();
  REQUIRE(arrives(cells[32], 32));
  Intruder::Access::release(reader.intruder.mine().control.released[reader.slot >> 16], reader.slot & 0xffff);
  for (std::uint32_t taken = 1; taken <= 500; ++taken) {
    REQUIRE(arrives(cells[taken % 64], taken));
    Intruder::Access::release(reader.credit->taken, taken);
    reader.intruder.ring_bell();
  }
}

TEST_CASE("I7: cancels of streams that there are not do nothing, and words that mean nothing wake nobody") {
  Victim victim;
  Reader reader;
  reader.open();
  const shm::Cell* const cells = reader.cells();
  Intruder::Access::release(reader.credit->waiting, 77);
  for (const std::uint32_t number : {0u, 8u, ~0u}) {
    shmidl::rpc::NumberMessage message{{}, number, 0};
    reader.intruder.send(shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::cancel_stream));
  }
  REQUIRE(arrives(cells[32], 32));
  CHECK(!shm::arrived<Intruder::Access>(cells[33], 33));
  shmidl::rpc::NumberMessage message{{}, 7, 0};
  reader.intruder.send(shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::cancel_stream));
  REQUIRE(arrives(cells[33], 33));
  CHECK((cells[33].body.flags & shm::kStreamEnd) != 0);
}
