// A client that lies: the server drops it, or answers with an error, and goes on with the others.
#include "intruder.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::rpc::MessageKind;
using shmidl::rpc::seal_message;
using shmidl::shm::CellBody;

namespace {

const shmidl::stub::Interface& probe_interface() { return shmidl::stub::interface_of<Probe>(); }

/// A server, a good client that was there first, and the proof that both still work.
struct Victim {
  Services services;
  ServerProcess server{"victim"};
  std::shared_ptr<Probe::Client> friendly = connect_probe("victim");

  void check_alive() {
    CHECK(friendly->add(20, 22) == 42);
    CHECK(connect_probe("victim")->add(1, 2) == 3);
    CHECK(server.process.running());
  }
};

CellBody add_request() {
  CellBody body;
  body.content_bytes = 8;
  return body;
}

template <class T>
void put(CellBody& body, std::size_t at, const T& value) {
  std::memcpy(body.content + at, &value, sizeof value);
}

}  // namespace

TEST_CASE("I7: a hand-made good call is answered: the intruder speaks the protocol") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  CellBody body = add_request();
  put(body, 0, std::int32_t{2});
  put(body, 4, std::int32_t{3});
  intruder.request(0, 1, body);
  REQUIRE(intruder.answered(0, 1));
  std::int32_t sum = 0;
  const CellBody reply = intruder.reply(0);
  std::memcpy(&sum, reply.content, sizeof sum);
  CHECK(sum == 5);
  victim.check_alive();
}

TEST_CASE("I7: hellos that are none end that connection only") {
  Victim victim;
  Intruder intruder("victim");
  auto hello = intruder.hello(probe_interface());
  SECTION("noise") {
    const std::vector<std::byte> noise(777, std::byte{0x5a});
    intruder.send(noise);
  }
  SECTION("half of one") { intruder.send(seal_message(hello, MessageKind::hello).first(100)); }
  SECTION("no segment") { intruder.send(seal_message(hello, MessageKind::hello)); }
  SECTION("a pipe for a segment") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    intruder.send(seal_message(hello, MessageKind::hello), std::span(ends, 1));
    ::close(ends[0]);
    ::close(ends[1]);
  }
  SECTION("a segment without seals") {
    const int plain = ::memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    REQUIRE(::ftruncate(plain, static_cast<off_t>(shmidl::shm::kSegmentBytes)) == 0);
    intruder.send(seal_message(hello, MessageKind::hello), std::span(&plain, 1));
    ::close(plain);
  }
  SECTION("a segment of no bytes") {
    const int empty = ::memfd_create("empty", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    REQUIRE(::fcntl(empty, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0);
    intruder.send(seal_message(hello, MessageKind::hello), std::span(&empty, 1));
    ::close(empty);
  }
  SECTION("sixteen descriptors") {
    const std::vector<int> many(16, STDIN_FILENO);
    intruder.send(seal_message(hello, MessageKind::hello), many);
  }
  SECTION("another protocol version") {
    hello.protocol = 99;
    const int in = STDIN_FILENO;
    intruder.send(seal_message(hello, MessageKind::hello), std::span(&in, 1));
  }
  SECTION("a name longer than itself") {
    hello.name_bytes = 0xffff'ffffu;
    const int in = STDIN_FILENO;
    intruder.send(seal_message(hello, MessageKind::hello), std::span(&in, 1));
  }
  CHECK(intruder.dropped());
  victim.check_alive();
}

TEST_CASE("I7: silence instead of a hello ends after a while, and holds nobody up") {
  Victim victim;
  std::vector<std::unique_ptr<Intruder>> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(std::make_unique<Intruder>("victim"));
  CHECK(victim.friendly->add(1, 2) == 3);
  CHECK(silent.front()->dropped(20s));
  silent.clear();
  victim.check_alive();
}

TEST_CASE("I7: requests that are nonsense drop the link") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  CellBody body = add_request();
  const shmidl::shm::Descriptor good{0, shmidl::shm::kArena, 0, 64, shmidl::shm::kArenaOffset};
  SECTION("a sequence from the future") { intruder.request(0, 2, body); }
  SECTION("a sequence from the past") { intruder.request(0, 0xffff'ffffu, body); }
  SECTION("more content than a cell has") {
    body.content_bytes = 49;
    intruder.request(0, 1, body);
  }
  SECTION("less content than the parameters") {
    body.content_bytes = 4;
    intruder.request(0, 1, body);
  }
  SECTION("255 descriptors in 8 bytes") {
    body.descriptors = 255;
    intruder.request(0, 1, body);
  }
  const auto request_in_arena = [&](const shmidl::shm::Descriptor& where, std::uint32_t bytes = 64) {
    body.flags = shmidl::shm::kContentInArena;
    body.content_bytes = bytes;
    put(body, 0, where);
    intruder.request(0, 1, body);
  };
  SECTION("content beyond the segment") { request_in_arena({0, shmidl::shm::kArena, 0, 64, shmidl::shm::kSegmentBytes - 32}); }
  SECTION("content whose end wraps around") { request_in_arena({0, shmidl::shm::kArena, 0, 64, ~std::uint64_t{0} - 16}); }
  SECTION("content of another length than its descriptor says") { request_in_arena(good, 0xffff'fff0u); }
  SECTION("a region that was never handed over") { request_in_arena({7, shmidl::shm::kArena, 0, 64, shmidl::shm::kArenaOffset}); }
  SECTION("a region number past the table") { request_in_arena({0xffff, shmidl::shm::kArena, 0, 64, shmidl::shm::kArenaOffset}); }
  SECTION("a descriptor of an unknown kind") { request_in_arena({0, 9, 0, 64, shmidl::shm::kArenaOffset}); }
  SECTION("a string that ends beyond the body") {
    body.method_or_status = 7;  // refuse(string)
    body.content_bytes = 16;
    put(body, 0, shmidl::stub::Ref{8, 9});
    intruder.request(0, 1, body);
  }
  SECTION("an array whose length overflows") {
    body.method_or_status = 1;  // sum(bytes)
    body.content_bytes = 16;
    put(body, 0, shmidl::stub::Ref{8, 0xffff'ffffu});
    intruder.request(0, 1, body);
  }
  SECTION("an external that is not there") {
    body.method_or_status = 1;
    body.content_bytes = 8;
    put(body, 0, shmidl::stub::Ref{shmidl::stub::kExternal | 3, 5000});
    intruder.request(0, 1, body);
  }
  SECTION("a oneway method as a call") {
    body.method_or_status = 5;
    body.content_bytes = 8;
    intruder.request(0, 1, body);
  }
  SECTION("a call as a oneway") { intruder.oneway(1, body); }
  SECTION("a region announced without its memory") {
    shmidl::rpc::RegionMessage region;
    region.region = 1;
    region.bytes = 4096;
    intruder.send(seal_message(region, MessageKind::region));
  }
  SECTION("the first region again") {
    shmidl::rpc::RegionMessage region;
    region.bytes = shmidl::shm::kSegmentBytes;
    const int in = intruder.own->descriptor().get();
    intruder.send(seal_message(region, MessageKind::region), std::span(&in, 1));
  }
  const auto region_message = [&](MessageKind kind, std::uint32_t region) {
    shmidl::rpc::DropMessage message;
    message.region = region;
    intruder.send(seal_message(message, kind));
  };
  SECTION("a region dropped that was never handed over") { region_message(MessageKind::drop, 1); }
  SECTION("a region dropped whose number is past the table") { region_message(MessageKind::drop, 64); }
  SECTION("the first segment dropped") { region_message(MessageKind::drop, 0); }
  SECTION("a region dropped twice") {
    intruder.add_region(1, 1 << 20);
    region_message(MessageKind::drop, 1);
    region_message(MessageKind::drop, 1);
  }
  SECTION("a region given up that was not asked for") { region_message(MessageKind::dropped, 1); }
  SECTION("the first segment given up") { region_message(MessageKind::dropped, 0); }
  SECTION("a region given up whose number is past the table") { region_message(MessageKind::dropped, 0xffff'ffffu); }
  SECTION("a region named after it was dropped") {
    intruder.add_region(1, 1 << 20);
    region_message(MessageKind::drop, 1);
    request_in_arena({1, shmidl::shm::kArena, 0, 64, 0});
  }
  SECTION("a message of no kind") {
    const std::vector<std::byte> noise(64, std::byte{1});
    intruder.send(noise);
  }
  CHECK(intruder.dropped());
  victim.check_alive();
}

TEST_CASE("I7: a region that is dropped under a call is read to its end, and given up then") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  constexpr std::uint32_t kBytes = 32 << 20;
  std::byte* const memory = intruder.add_region(1, kBytes);
  std::fill_n(memory, kBytes, std::byte{1});
  CellBody body;
  body.method_or_status = 1;  // sum(bytes)
  body.descriptors = 1;
  body.content_bytes = sizeof(shmidl::shm::Descriptor) + sizeof(shmidl::stub::Ref);
  put(body, 0, shmidl::shm::Descriptor{1, shmidl::shm::kArena, 0, kBytes, 0});
  put(body, sizeof(shmidl::shm::Descriptor), shmidl::stub::Ref{shmidl::stub::kExternal, kBytes});
  intruder.request(0, 1, body);
  while (shmidl::shm::DirectAccess::acquire(intruder.peer->segment().control.started[0]) != 1) shmidl::shm::pause();
  shmidl::rpc::DropMessage message;
  message.region = 1;
  intruder.send(seal_message(message, MessageKind::drop));
  CHECK(intruder.told(MessageKind::dropped, message));
  CHECK(message.region == 1);
  REQUIRE(intruder.answered(0, 1));  // before it was given up
  std::int64_t sum = 0;
  const CellBody reply = intruder.reply(0);
  std::memcpy(&sum, reply.content, sizeof sum);
  CHECK(sum == kBytes);
  // The number may be used again, the memory counts no more.
  for (int i = 0; i < 20; ++i) {
    intruder.add_region(1, kBytes);
    intruder.send(seal_message(message, MessageKind::drop));
    REQUIRE(intruder.told(MessageKind::dropped, message));
  }
  victim.check_alive();
}

TEST_CASE("I7: what is odd but harmless is answered") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  SECTION("a method that does not exist answers unknown_method") {
    CellBody body = add_request();
    body.method_or_status = 999;
    intruder.request(0, 1, body);
    REQUIRE(intruder.answered(0, 1));
    CHECK(intruder.reply(0).method_or_status == static_cast<std::uint16_t>(shmidl::Errc::unknown_method));
  }
  SECTION("lanes_used beyond the lanes") {
    intruder.request(shmidl::shm::kCallLanes - 1, 1, add_request(), 0xffff'ffffu);
    CHECK(intruder.answered(shmidl::shm::kCallLanes - 1, 1));
  }
  SECTION("a reply of 2^60 elements is refused") {
    CellBody body;
    body.method_or_status = 2;  // ramp
    body.content_bytes = 8;
    put(body, 0, std::uint64_t{1} << 60);
    intruder.request(0, 1, body);
    REQUIRE(intruder.answered(0, 1));
    CHECK(intruder.reply(0).method_or_status == static_cast<std::uint16_t>(shmidl::Errc::too_large));
  }
  SECTION("releases of slots that were never given") {
    for (auto& word : intruder.mine().control.released) Intruder::Access::release(word, 0x1234);
    intruder.request(0, 1, add_request());
    CHECK(intruder.answered(0, 1));
  }
  victim.check_alive();
}

TEST_CASE("I7: a client that never takes its large replies back stops itself, not the server") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  bool refused = false;
  for (std::uint32_t sequence = 1; sequence <= 400 && !refused; ++sequence) {
    CellBody body;
    body.method_or_status = 2;  // ramp
    body.content_bytes = 8;
    put(body, 0, std::uint64_t{8192});
    intruder.request(0, sequence, body);
    REQUIRE(intruder.answered(0, sequence));
    refused = intruder.reply(0).method_or_status == static_cast<std::uint16_t>(shmidl::Errc::no_resources);
  }
  CHECK(refused);
  victim.check_alive();
}

TEST_CASE("I7: cancels of calls that are not there are dropped, and those that cannot be drop the link") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  const auto cancel = [&](std::uint32_t lane, std::uint32_t sequence, shmidl::Errc why) {
    shmidl::rpc::CancelMessage message;
    message.lane = lane;
    message.sequence = sequence;
    message.errc = static_cast<std::uint32_t>(why);
    intruder.send(shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::cancel));
  };
  // Of calls that never were, or ended; again and again.
  for (std::uint32_t i = 0; i < 1'000; ++i) cancel(i % 64, 7 * i + 9, i % 2 == 0 ? shmidl::Errc::cancelled : shmidl::Errc::timed_out);
  victim.check_alive();
  CellBody body = add_request();
  body.flags = shmidl::shm::kTimeout;
  body.after_or_slot = 0xffff'ffff;  // the longest that can be said
  intruder.request(0, 1, body);
  REQUIRE(intruder.answered(0, 1));
  CHECK(intruder.reply(0).method_or_status == 0);
  cancel(0, 1, shmidl::Errc::cancelled);
  body.after_or_slot = 0;  // no time at all
  intruder.request(0, 2, body);
  REQUIRE(intruder.answered(0, 2));
  CHECK(intruder.reply(0).method_or_status == static_cast<std::uint16_t>(shmidl::Errc::timed_out));
  const bool bad_lane = GENERATE(true, false);
  cancel(bad_lane ? 64 : 0, 3, bad_lane ? shmidl::Errc::cancelled : shmidl::Errc::protocol_error);
  CHECK(intruder.dropped());
  victim.check_alive();
}

TEST_CASE("I7: bells without end neither wake nor delay the others") {
  Victim victim;
  Intruder intruder("victim");
  intruder.enter(probe_interface());
  for (int i = 0; i < 20'000; ++i) {
    shmidl::rpc::BellMessage message;
    intruder.send(seal_message(message, MessageKind::bell));
    intruder.ring_bell();
    if (i % 100 == 0) CHECK(victim.friendly->add(i, 1) == i + 1);
  }
  victim.check_alive();
}
