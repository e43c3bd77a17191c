// A client that lies about objects: the server drops it or answers with an error, and goes on with the others.
#include "intruder.hpp"
#include "support/catch.hpp"
#include "upcalls.hpp"

using namespace e2e;
using namespace shmidl::test;
using shmidl::rpc::MessageKind;
using shmidl::rpc::seal_message;
using shmidl::shm::CellBody;
using shmidl::shm::Descriptor;

namespace {

constexpr std::uint16_t kCallBack = 0;  // methods, in the order of the file
constexpr std::uint16_t kLiving = 5;

struct Hostile {
  HubPair pair;
  std::unique_ptr<Intruder> intruder = std::make_unique<Intruder>("hub");

  Hostile() { intruder->enter(shmidl::stub::interface_of<Hub>()); }

  void announce(std::uint32_t number, std::string_view interface = "Listener", std::uint64_t fingerprint = 1) {
    shmidl::rpc::ObjectMessage message;
    message.number = number;
    message.name_bytes = static_cast<std::uint32_t>(interface.size());
    message.fingerprint = fingerprint;
    interface.copy(message.name.data(), interface.size());
    intruder->send(seal_message(message, MessageKind::object));
  }
  static CellBody call_back(const Descriptor& entry, std::uint64_t handle = 1) {
    CellBody body;
    body.method_or_status = kCallBack;
    body.descriptors = 1;
    body.content_bytes = sizeof entry + 12;
    std::memcpy(body.content, &entry, sizeof entry);
    std::memcpy(body.content + sizeof entry, &handle, sizeof handle);
    return body;
  }
  void check_alive() const { CHECK(pair.hub->living() == 0); }
};

Descriptor theirs(std::uint64_t number) { return {0, shmidl::shm::kSendersObject, 0, 0, number}; }
Descriptor yours(std::uint64_t number) { return {0, shmidl::shm::kReceiversObject, 0, 0, number}; }

}  // namespace

TEST_CASE("a hand-made good call with an object is answered") {
  Hostile hostile;
  hostile.announce(7);
  hostile.intruder->request(0, 1, Hostile::call_back(theirs(7)));
  REQUIRE(hostile.intruder->answered(0, 1));
  CHECK(hostile.intruder->reply(0).method_or_status == 0);
  hostile.check_alive();
}

TEST_CASE("objects that are nonsense drop the link") {
  Hostile hostile;
  SECTION("one that was never announced") { hostile.intruder->request(0, 1, Hostile::call_back(theirs(7))); }
  SECTION("one of the server's that it never gave") { hostile.intruder->request(0, 1, Hostile::call_back(yours(7))); }
  SECTION("one of another interface") {
    hostile.announce(7, "Counter");
    hostile.intruder->request(0, 1, Hostile::call_back(theirs(7)));
  }
  SECTION("a number past all") { hostile.intruder->request(0, 1, Hostile::call_back(theirs(std::uint64_t{1} << 40))); }
  SECTION("a handle that names nothing") {
    hostile.announce(7);
    hostile.intruder->request(0, 1, Hostile::call_back(theirs(7), 2));
  }
  SECTION("two under one number") {
    hostile.announce(7);
    hostile.announce(7);
  }
  SECTION("number 0") { hostile.announce(0); }
  SECTION("two interfaces with one fingerprint") {
    hostile.announce(7);
    hostile.announce(8, "Counter");
  }
  SECTION("dropped though never given") {
    shmidl::rpc::DropObjectMessage message;
    message.number = 7;
    message.times = 1;
    hostile.intruder->send(seal_message(message, MessageKind::drop_object));
  }
  SECTION("forgotten though never announced") {
    shmidl::rpc::NumberMessage message;
    message.number = 7;
    hostile.intruder->send(seal_message(message, MessageKind::forget));
  }
  SECTION("a call given up in a lane that is no chain lane") {
    shmidl::rpc::NumberMessage message;
    message.number = 3;
    hostile.intruder->send(seal_message(message, MessageKind::abandon));
  }
  CHECK(hostile.intruder->dropped());
  hostile.check_alive();
}

TEST_CASE("a call to an object that is not there is answered with an error") {
  Hostile hostile;
  shmidl::shm::Extension extension;
  extension.object = 99;
  std::memcpy(&hostile.intruder->mine().control.extension[0], &extension, sizeof extension);
  CellBody body;
  body.method_or_status = kLiving;
  body.flags = shmidl::shm::kExtended;
  hostile.intruder->request(0, 1, body);
  REQUIRE(hostile.intruder->answered(0, 1));
  CHECK(hostile.intruder->reply(0).method_or_status == static_cast<std::uint16_t>(shmidl::Errc::not_executed));
  hostile.check_alive();
}
