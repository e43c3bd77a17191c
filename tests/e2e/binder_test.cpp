// Objects that come as IBinder, seen as what they are: those of a server, those of a client, in two processes and in one.
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/soon.hpp"
#include "zoo/zoo.hpp"

#include <memory>
#include <optional>
#include <string>

using namespace e2e;
using namespace shmidl::test;
using shmidl::Errc;
using shmidl::Object;
using zoo::IAnimal;
using zoo::IPlant;
using zoo::IZoo;

namespace {

struct ZooPair {
  explicit ZooPair(bool in_this_process, const char* program = ZOO_SERVER_NEW) {
    if (in_this_process) {
      here.emplace("inproc:zoo");
    } else {
      process = std::make_unique<Process>(program, std::vector<std::string>{"zoo"});
      process->expect_line("ready");
    }
    zoo = shmidl::connect<IZoo>(in_this_process ? "inproc:zoo" : "zoo");
  }

  Services services;
  std::unique_ptr<Process> process;
  std::optional<ZooServer> here;
  std::shared_ptr<IZoo::Client> zoo;
};

bool either_place() {
  const bool in_this_process = GENERATE(false, true);
  INFO((in_this_process ? "in one process" : "in two processes"));
  return in_this_process;
}

Errc errc_of(const std::shared_ptr<Object>& object) {
  const auto plant = shmidl::try_as_interface<IPlant>(object);
  return plant ? Errc{} : plant.error().errc();
}

}  // namespace

TEST_CASE("an IBinder of the server's is called as what it is, and is one object however often it is asked for") {
  ZooPair pair(either_place());
  const int before = pair.zoo->living();
  {
    std::shared_ptr<Object> object = pair.zoo->find("rex");
    const auto animal = shmidl::as_interface<IAnimal>(object);
    CHECK(animal->name() == "rex");
    CHECK(animal->walk(3) == 3);
    CHECK(shmidl::as_interface<IAnimal>(object) == animal);
    CHECK(shmidl::as_interface<IAnimal>(animal) == animal);
    CHECK(shmidl::as_interface<IAnimal>(pair.zoo->back(object)) == animal);
    CHECK(shmidl::as_interface<IAnimal>(pair.zoo->back(animal)) == animal);
    // Each of the two keeps the object.
    object.reset();
    CHECK(animal->walk(4) == 7);
    CHECK(pair.zoo->living() == before + 1);
    const auto other = shmidl::as_interface<IAnimal>(pair.zoo->find("rex"));
    CHECK(other != animal);
    CHECK(other->walk(1) == 1);
  }
  CHECK(soon([&] { return pair.zoo->living() == before; }));
}

TEST_CASE("an IBinder of the client's is called by the server as what it is, on the thread that waits") {
  ZooPair pair(either_place());
  const auto animal = std::make_shared<Animal>("mine");
  CHECK(pair.zoo->walk_with(animal, 5) == 10);
  CHECK(animal->walk(0) == 10);
  const std::shared_ptr<Object> back = pair.zoo->back(animal);
  CHECK(back == animal);
  CHECK(shmidl::as_interface<IAnimal>(back) == animal);
  CHECK(shmidl::as_interface<IAnimal>(nullptr) == nullptr);
  CHECK(pair.zoo->back(nullptr) == nullptr);
}

TEST_CASE("an IBinder of another interface says which") {
  ZooPair pair(either_place());
  const std::string expected = "the object is a `zoo.IAnimal`, not a `zoo.IPlant`";
  const std::shared_ptr<Object> theirs = pair.zoo->find("rex");
  const auto mine = std::make_shared<Animal>("mine");
  for (const std::shared_ptr<Object>& object : {theirs, std::shared_ptr<Object>(mine), std::shared_ptr<Object>(shmidl::as_interface<IAnimal>(theirs))}) {
    CHECK(errc_of(object) == Errc::schema_mismatch);
    CHECK(pair.zoo->why_no_plant(object) == std::to_string(static_cast<int>(Errc::schema_mismatch)) + " " + expected);
    try {
      static_cast<void>(shmidl::as_interface<IPlant>(object));
      FAIL("an animal is a plant");
    } catch (const shmidl::Error& error) {
      CHECK(std::string(error.what()) == expected);
      CHECK(error.execution() == shmidl::Execution::no);
    }
  }
  CHECK(pair.zoo->why_no_plant(std::make_shared<Plant>()) == "");
  CHECK(shmidl::as_interface<IPlant>(pair.zoo->find("plant"))->leaves() == 12);
  CHECK(shmidl::as_interface<IAnimal>(theirs)->walk(1) == 1);  // nothing was broken
}

TEST_CASE("an IBinder of another version is called where the two agree") {
  ZooPair pair(false, ZOO_SERVER_OLD);
  const auto animal = shmidl::as_interface<IAnimal>(pair.zoo->find("rex"));
  CHECK(animal->name() == "rex");
  CHECK(animal->walk(2) == 2);
  auto& client = dynamic_cast<IAnimal::Client&>(*animal);
  CHECK(client.try_jump().error().errc() == Errc::unknown_method);
  const auto age = client.try_age(3);
  CHECK(age.error().errc() == Errc::schema_mismatch);
  CHECK(std::string(age.error().what()).find("age") != std::string::npos);
  CHECK(pair.zoo->walk_with(std::make_shared<Animal>("mine"), 5) == 10);
}

TEST_CASE("an IBinder is handed on to a third process as what it is, or not at all") {
  ZooPair pair(false);
  Process other(ZOO_SERVER_NEW, {"other"});
  other.expect_line("ready");
  const auto animal = std::make_shared<Animal>("mine");
  pair.zoo->keep(animal);
  CHECK(pair.zoo->hand_on("other", true).find("as_interface") != std::string::npos);
  CHECK(pair.zoo->hand_on("other", false) == "2");  // through the first zoo, whose caller waits
  CHECK(animal->walk(0) == 2);
  CHECK(pair.zoo->kept() == animal);
}

TEST_CASE("an IBinder whose process has gone is seen as what it was, and its calls end") {
  ZooPair pair(false);
  const std::shared_ptr<Object> object = pair.zoo->find("rex");
  pair.process->kill();
  const auto animal = shmidl::as_interface<IAnimal>(object);
  try {
    animal->walk(1);
    FAIL("a dead process answered");
  } catch (const shmidl::Error& error) {
    CHECK(error.errc() == Errc::not_executed);
  }
}
