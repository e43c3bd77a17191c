// A server that lies to its client: the client's call ends with an error, and the client lives.
#include "liar.hpp"
#include "probe.shmidl.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>

#include <cstring>
#include <string>

using namespace e2e;
using namespace shmidl::test;
using shmidl::Errc;
using shmidl::rpc::MessageKind;
using shmidl::rpc::seal_message;
using shmidl::shm::CellBody;

namespace {

const shmidl::stub::Interface& probe_interface() { return shmidl::stub::interface_of<Probe>(); }

std::string error(Errc errc, const std::string& execution) { return "error " + std::to_string(static_cast<int>(errc)) + " " + execution; }

struct Victim {
  explicit Victim(const std::string& call) : client(VICTIM_CLIENT, {"liar", call}) {}

  /// What the client said, which then ended as it should.
  std::string said() {
    const std::string line = client.read_line().value_or("nothing");
    CHECK(client.wait() == 0);
    return line;
  }

  Services services;
  Liar liar{"liar"};
  Process client;
};

/// The reply to add(1, 2).
CellBody sum_reply() {
  CellBody body;
  body.content_bytes = 4;
  const std::int32_t sum = 3;
  std::memcpy(body.content, &sum, sizeof sum);
  return body;
}

}  // namespace

TEST_CASE("I7: a hand-made good reply is taken: the liar speaks the protocol") {
  const std::string call = GENERATE("add", "async", "then", "again");
  Victim victim(call);
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  victim.liar.reply(sum_reply());
  CHECK(victim.said() == "ok");
}

TEST_CASE("I7: welcomes that are none end the connecting") {
  Victim victim("add");
  Liar& liar = victim.liar;
  liar.meet();
  SECTION("another layout") {
    auto welcome = liar.welcome(probe_interface());
    welcome.layout ^= 1;
    liar.send(welcome, liar.own->descriptor().get());
    CHECK(victim.said() == error(Errc::version_mismatch, "no"));
  }
  SECTION("no segment") {
    liar.send(liar.welcome(probe_interface()), -1);
    CHECK(victim.said() == error(Errc::protocol_error, "no"));
  }
  SECTION("something that is no segment") {
    const shmidl::Fd other = shmidl::os::create_segment(4096).value();
    liar.send(liar.welcome(probe_interface()), other.get());  // neither sealed nor large enough
    CHECK(victim.said() == error(Errc::protocol_error, "no"));
  }
  SECTION("a description that does not come") {
    auto welcome = liar.welcome(probe_interface());
    welcome.fingerprint ^= 1;
    liar.send(welcome, liar.own->descriptor().get());
    CHECK(victim.said() == error(Errc::protocol_error, "no"));
  }
  SECTION("another message") {
    shmidl::rpc::BellMessage bell;
    liar.send(seal_message(bell, MessageKind::bell));
    CHECK(victim.said() == error(Errc::protocol_error, "no"));
  }
  SECTION("bytes") {
    const std::array<std::byte, 100> bytes{};
    liar.send(bytes);
    CHECK(victim.said() == error(Errc::protocol_error, "no"));
  }
  SECTION("a refusal with no known reason") {
    shmidl::rpc::Refuse refuse;
    refuse.errc = 4711;
    liar.send(seal_message(refuse, MessageKind::refuse));
    CHECK(victim.said() == error(Errc::protocol_error, "no"));
  }
}

TEST_CASE("I7: replies that are nonsense end the call with protocol_error") {
  const std::string call = GENERATE("add", "async", "then", "again");
  Victim victim(call);
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  CellBody body = sum_reply();
  std::uint32_t sequence = 1;
  SECTION("of another size") { body.content_bytes = 8; }
  SECTION("longer than a cell") { body.content_bytes = 100; }
  SECTION("with an error that does not exist") { body.method_or_status = 999; }
  SECTION("with an error of no bytes") {
    body.method_or_status = static_cast<std::uint16_t>(Errc::service_error);
    body.content_bytes = 0;
  }
  SECTION("with descriptors and nothing that they are") { body.descriptors = 64; }
  SECTION("in memory that was never handed over") {
    body.flags = shmidl::shm::kContentInArena;
    const shmidl::shm::Descriptor nowhere{7, shmidl::shm::kArena, 0, 4096, 0};
    std::memcpy(body.content, &nowhere, sizeof nowhere);
    body.content_bytes = 4096;
  }
  SECTION("past the end of the segment") {
    body.flags = shmidl::shm::kContentInArena;
    const shmidl::shm::Descriptor past{0, shmidl::shm::kArena, 0, 4096, shmidl::shm::kSegmentBytes - 64};
    std::memcpy(body.content, &past, sizeof past);
    body.content_bytes = 4096;
  }
  victim.liar.reply(body, sequence);
  CHECK(victim.said() == error(Errc::protocol_error, "maybe"));
}

TEST_CASE("I7: a reply of a wrong number ends the call") {
  Victim victim("add");
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  victim.liar.reply(sum_reply(), 5);
  CHECK(victim.said() == error(Errc::protocol_error, "maybe"));
}

TEST_CASE("I7: a notice without a call means nothing") {
  Victim victim("add");
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  Liar::Access::release(victim.liar.mine().replies[0].sequence, 0x8000'0000u);
  shmidl::os::wake(shmidl::os::word_of(victim.liar.mine().replies[0].sequence), shmidl::os::kWakeAll);
  victim.liar.reply(sum_reply());
  CHECK(victim.said() == "ok");
}

TEST_CASE("I7: content that does not check ends the call") {
  const std::string call = GENERATE("echo", "notes", "ramp", "sum");
  Victim victim(call);
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  CellBody body;
  SECTION("too short") { body.content_bytes = 2; }
  SECTION("references past its end") {
    body.content_bytes = 48;
    std::memset(body.content, 0x7f, sizeof body.content);
  }
  SECTION("a slot that does not exist") {
    body.flags = shmidl::shm::kHasSlot;
    body.after_or_slot = 0xffff'ffffu;
    body.content_bytes = 48;
  }
  victim.liar.reply(body);
  const std::string said = victim.said();
  // A sum is 8 bytes: longer is nonsense too.
  CHECK((said == error(Errc::protocol_error, "maybe") || (call == "sum" && said == "ok") || said == error(Errc::too_large, "yes")));
}

TEST_CASE("I7: messages that are nonsense end the connection, and with it the call") {
  const std::string call = GENERATE("add", "then");
  Victim victim(call);
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  SECTION("of no known kind") {
    shmidl::rpc::BellMessage message;
    victim.liar.send(seal_message(message, static_cast<MessageKind>(4711)));
  }
  SECTION("bytes") {
    const std::array<std::byte, 64> bytes{};
    victim.liar.send(bytes);
  }
  SECTION("a region without memory") {
    shmidl::rpc::RegionMessage message;
    message.region = 1;
    message.bytes = 1 << 20;
    victim.liar.send(seal_message(message, MessageKind::region));
  }
  SECTION("a region given back that is not there") {
    shmidl::rpc::DropMessage message;
    message.region = 3;
    victim.liar.send(seal_message(message, MessageKind::dropped));
  }
  SECTION("a cancel of a lane that is none") {
    shmidl::rpc::CancelMessage message;
    message.lane = 4711;
    message.errc = static_cast<std::uint32_t>(Errc::cancelled);
    victim.liar.send(seal_message(message, MessageKind::cancel));
  }
  CHECK(victim.said() == error(Errc::protocol_error, "maybe"));
}

TEST_CASE("I7: oneway calls that were never sent and are acknowledged end the connection") {
  Victim victim("count");
  victim.liar.let_in(probe_interface());
  Liar::Access::release(victim.liar.mine().control.taken, 1'000'000u);
  CHECK(victim.said() == error(Errc::protocol_error, "maybe"));
}

TEST_CASE("I7: a server that closes instead of answering is a server that left") {
  Victim victim("add");
  victim.liar.let_in(probe_interface());
  victim.liar.await_request();
  victim.liar.socket = {};
  CHECK(victim.said() == error(Errc::not_executed, "no"));
}

TEST_CASE("I7: a server that drains without end is left after max_resends") {
  Victim victim("again");
  CellBody body;
  body.method_or_status = static_cast<std::uint16_t>(Errc::draining);
  body.content_bytes = 1;  // not executed, no text
  for (int i = 0; i <= 16; ++i) {
    victim.liar.let_in(probe_interface());
    victim.liar.await_request();
    victim.liar.reply(body);
    // The client closes this connection when it has the next one, or ends.
  }
  CHECK(victim.said() == error(Errc::draining, "no"));
}
