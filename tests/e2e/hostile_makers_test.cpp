// Makers of streams that lie: their reader gets an error in time, and reads other streams on.
#include "feed.hpp"
#include "liar.hpp"
#include "relay.shmidl.hpp"
#include "support/catch.hpp"

#include <shmidl/stub/encoded.hpp>

#include "shm/slots.hpp"
#include "shm/stream.hpp"

#include <cstring>
#include <new>
#include <string>

using namespace e2e;
using namespace shmidl::test;
using shmidl::Errc;
using shmidl::shm::CellBody;
namespace shm = shmidl::shm;

namespace {

constexpr std::uint32_t kCells = 64;

std::string error(Errc errc) { return "error " + std::to_string(static_cast<int>(errc)) + ", good"; }

CellBody number_item(std::int32_t number) {
  CellBody body;
  body.content_bytes = sizeof number;
  std::memcpy(body.content, &number, sizeof number);
  return body;
}

CellBody end_item(std::uint16_t status = 0) {
  CellBody body;
  body.flags = shm::kStreamEnd;
  body.method_or_status = status;
  return body;
}

/// An item that names one thing beside it.
CellBody handed_item(const shm::Descriptor& entry, std::uint32_t handle) {
  CellBody body;
  body.descriptors = 1;
  body.content_bytes = sizeof entry + sizeof handle;
  std::memcpy(body.content, &entry, sizeof entry);
  std::memcpy(body.content + sizeof entry, &handle, sizeof handle);
  return body;
}

/// A maker by hand: its block stands at the beginning of its arena.
struct Maker {
  explicit Maker(const std::string& what, const shmidl::stub::Interface& interface = shmidl::stub::interface_of<feed::Feed>())
      : victim(STREAM_VICTIM, {"liar", what}) {
    liar.let_in(interface);
    liar.await_request();
    head = new (liar.mine().arena) shm::StreamHead{};
    cells = reinterpret_cast<shm::Cell*>(liar.mine().arena + sizeof(shm::StreamHead));
    for (std::uint32_t i = 0; i < kCells; ++i) new (cells + i) shm::Cell{};
    place.block = {0, shm::kArena, 0, sizeof(shm::StreamHead) + kCells * sizeof(shm::Cell), shm::kArenaOffset};
    place.cells = kCells;
  }

  /// Says where the items are.
  void open(std::uint32_t sequence = 1) {
    CellBody reply;
    reply.flags = flags;
    reply.after_or_slot = shm::pack_slot(slot, 1);
    reply.content_bytes = sizeof place;
    std::memcpy(reply.content, &place, sizeof place);
    liar.reply(reply, sequence);
  }
  void put(std::uint32_t cell, std::uint32_t sequence, const CellBody& body) {
    shm::publish<Liar::Access>(cells[cell % kCells], body, sequence);
    shmidl::os::wake(shmidl::os::word_of(cells[cell % kCells].sequence), shmidl::os::kWakeAll);
  }
  void put(std::uint32_t number, const CellBody& body) { put(number, number, body); }
  void put_three() {
    for (std::uint32_t number = 1; number <= 3; ++number) put(number, number_item(static_cast<std::int32_t>(number)));
    put(4, end_item());
  }
  /// What the victim said, which then ended as it should, and the good server with it.
  std::string said() {
    const std::string line = victim.read_line().value_or("nothing");
    CHECK(victim.wait() == 0);
    CHECK(good.process.running());
    return line;
  }

  Services services;
  FeedServer good;
  Liar liar{"liar"};
  Process victim;
  shm::StreamHead* head = nullptr;
  shm::Cell* cells = nullptr;
  shm::StreamReply place;
  std::uint8_t flags = shm::kHasSlot;
  std::uint32_t slot = 0;
};

}  // namespace

TEST_CASE("I7: a stream that is made by hand is read: the liar speaks the protocol") {
  Maker maker("numbers");
  maker.open();
  maker.put_three();
  CHECK(maker.said() == "3 items, 0 refused, end, good");
}

TEST_CASE("I7: a stream whose cells do not lie in what was handed over is not opened") {
  Maker maker("numbers");
  SECTION("past the end") { maker.place.block.offset = shm::kSegmentBytes - 64; }
  SECTION("around the end of all numbers") { maker.place.block.offset = ~std::uint64_t{63}; }
  SECTION("beside a line") { maker.place.block.offset += 4; }
  SECTION("in no region") { maker.place.block.region = 9; }
  SECTION("in what is no memory") { maker.place.block.kind = shm::kAttachedBlob; }
  SECTION("of another length") { maker.place.block.length -= 64; }
  SECTION("none") { maker.place.cells = 0; }
  SECTION("as many as no mask has") { maker.place.cells = 63; }
  SECTION("one") {
    maker.place.cells = 1;
    maker.place.block.length = 128;
  }
  SECTION("too many") {
    maker.place.cells = 16'384;
    maker.place.block.length = 64 + 16'384 * 64;
  }
  SECTION("without a slot") { maker.flags = 0; }
  SECTION("in a slot that does not exist") { maker.slot = 5000; }
  maker.open();
  maker.put_three();
  CHECK(maker.said() == "closed, " + error(Errc::protocol_error));
}

TEST_CASE("I7: items under numbers that are not theirs end the connection") {
  Maker maker("numbers");
  std::string items = "0";
  SECTION("more than there is credit for") {
    for (std::uint32_t number = 1; number <= 2 * kCells; ++number) maker.put(number, number_item(1));
  }
  SECTION("the second before the first") { maker.put(1, 2, number_item(1)); }
  SECTION("any") { maker.put(1, 77, number_item(1)); }
  SECTION("one of long ago") {
    maker.put(1, number_item(1));
    maker.put(2, 0x8000'0002u, number_item(1));
    items = "1";
  }
  SECTION("one of before") {
    maker.put(1, number_item(1));
    maker.put(2, 1, number_item(1));
    items = "1";
  }
  maker.open();
  CHECK(maker.said() == items + " items, 0 refused, " + error(Errc::protocol_error));
}

TEST_CASE("I7: what comes after the end of a stream is not read") {
  Maker maker("numbers");
  maker.put_three();
  SECTION("an item") { maker.put(5, number_item(1)); }
  SECTION("another end") { maker.put(5, end_item()); }
  SECTION("an end with an error") { maker.put(5, end_item(static_cast<std::uint16_t>(Errc::draining))); }
  SECTION("nonsense") { maker.put(5, 4711, number_item(1)); }
  maker.open();
  CHECK(maker.said() == "3 items, 0 refused, end, good");
}

TEST_CASE("I7: items that do not check end the connection") {
  Maker maker("numbers");
  CellBody body = number_item(1);
  SECTION("too short") { body.content_bytes = 2; }
  SECTION("none") { body.content_bytes = 0; }
  SECTION("longer than a cell") { body.content_bytes = 100; }
  SECTION("descriptors and nothing that they are") { body.descriptors = 64; }
  SECTION("in memory that was never handed over") {
    body.flags = shm::kContentInArena;
    const shm::Descriptor nowhere{7, shm::kArena, 0, 4096, 0};
    std::memcpy(body.content, &nowhere, sizeof nowhere);
    body.content_bytes = 4096;
  }
  SECTION("with a slot that does not exist") {
    body.flags = shm::kHasSlot;
    body.after_or_slot = 0xffff'ffffu;
  }
  SECTION("an end with an error that does not exist") { body = end_item(999); }
  SECTION("an end with an error of no bytes") { body = end_item(static_cast<std::uint16_t>(Errc::service_error)); }
  maker.put(1, body);
  maker.open();
  CHECK(maker.said() == "0 items, 0 refused, " + error(Errc::protocol_error));
}

TEST_CASE("I7: items that name what was never sent, or what it is not, end the connection") {
  Maker maker("files", shmidl::stub::interface_of<relay::Relay>());
  SECTION("a descriptor") { maker.put(1, handed_item({0, shm::kAttachedDescriptor, 0, 0, 5}, 1)); }
  SECTION("a blob") { maker.put(1, handed_item({0, shm::kAttachedBlob, 0, 0, 5}, 1)); }
  SECTION("an object") { maker.put(1, handed_item({0, shm::kSendersObject, 0, 0, 5}, 1)); }
  SECTION("an object of the reader's") { maker.put(1, handed_item({0, shm::kReceiversObject, 0, 0, 5}, 1)); }
  SECTION("a range that is no descriptor") { maker.put(1, handed_item({0, shm::kArena, 0, 64, shm::kArenaOffset}, 1)); }
  SECTION("something of no kind") { maker.put(1, handed_item({0, 77, 0, 0, 5}, 1)); }
  SECTION("another place of the table") {
    shmidl::rpc::AttachMessage message;
    message.number = 5;
    message.count = 1;
    message.kind = static_cast<std::uint32_t>(shmidl::rpc::AttachmentKind::descriptor);
    const int descriptor = 0;
    static_cast<void>(shmidl::os::send(maker.liar.socket, shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::attach), std::span(&descriptor, 1)));
    maker.put(1, handed_item({0, shm::kAttachedDescriptor, 0, 0, 5}, 2));
  }
  maker.open();
  CHECK(maker.said() == "0 items, 0 refused, " + error(Errc::protocol_error));
}

TEST_CASE("I7: an item past its bound is refused by its reader, who reads on") {
  Maker maker("words", shmidl::stub::interface_of<relay::Relay>());
  std::uint32_t number = 0;
  for (const char* word : {"four", "fifth", "", "a sentence", "end"}) {
    const auto bytes = shmidl::stub::encode<std::string>(word);
    CellBody body;
    body.content_bytes = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(body.content, bytes.data(), bytes.size());
    maker.put(++number, body);
  }
  maker.put(++number, end_item());
  maker.open();
  CHECK(maker.said() == "3 items, 2 refused, end, good");
}

TEST_CASE("I7: a maker's own words mean nothing that a reader would wait or stop for") {
  Maker maker("numbers");
  SECTION("closed before the end") { Liar::Access::release(maker.head->closed, 1); }
  SECTION("closed as never before") { Liar::Access::release(maker.head->closed, 4711); }
  SECTION("waiting as nobody waits") { Liar::Access::release(maker.head->room_wanted, 4711); }
  SECTION("a flood of wakes") {
    for (int i = 0; i < 5000; ++i) maker.liar.ring();
  }
  SECTION("cancels of streams that are none") {
    for (std::uint32_t number = 0; number < 1000; ++number) {
      shmidl::rpc::NumberMessage message{{}, number, 0};
      maker.liar.send(shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::cancel_stream));
    }
  }
  maker.open();
  maker.put_three();
  CHECK(maker.said() == "3 items, 0 refused, end, good");
}

TEST_CASE("I7: a maker that never closes what was given up keeps a bounded part of its reader") {
  Maker maker("many");
  for (std::uint32_t sequence = 1; sequence <= 256; ++sequence) {
    maker.liar.await_request(sequence);
    maker.open(sequence);
  }
  CHECK(maker.said() == "256 streams, " + error(Errc::overloaded));
}

TEST_CASE("I7: a maker that leaves in the middle is a maker that left") {
  Maker maker("numbers");
  maker.put(1, number_item(1));
  maker.open();
  maker.liar.socket = {};
  CHECK(maker.said() == "1 items, 0 refused, " + error(Errc::maybe_executed));
}
