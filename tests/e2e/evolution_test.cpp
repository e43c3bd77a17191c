// Two versions of one interface, in two processes, old and new on each side.
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

using namespace e2e;

namespace {

void speak(const char* server, const char* client, const std::string& peer) {
  const Services services;
  shmidl::test::Process serving(server, {"evolution"});
  serving.expect_line("ready");
  shmidl::test::Process calling(client, {"evolution", peer});
  calling.expect_line("done");
  CHECK(calling.wait() == 0);
}

}  // namespace

TEST_CASE("an old client speaks to an old server") { speak(EVOLUTION_SERVER_OLD, EVOLUTION_CLIENT_OLD, "1"); }
TEST_CASE("an old client speaks to a new server") { speak(EVOLUTION_SERVER_NEW, EVOLUTION_CLIENT_OLD, "2"); }
TEST_CASE("a new client speaks to an old server") { speak(EVOLUTION_SERVER_OLD, EVOLUTION_CLIENT_NEW, "1"); }
TEST_CASE("a new client speaks to a new server") { speak(EVOLUTION_SERVER_NEW, EVOLUTION_CLIENT_NEW, "2"); }
