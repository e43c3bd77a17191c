// What a connection costs while nobody calls.
#include "maps.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <memory>
#include <vector>

#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;

TEST_CASE("an idle connection takes at most 64 KiB of memory on both sides together") {
  constexpr std::size_t kConnections = 200;
  const Services services;
  const ServerProcess server("idle");
  // What the first ones cost once is not theirs: threads, tables, the code that is paged in.
  std::vector<std::shared_ptr<Probe::Client>> clients;
  const auto open = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(connect_probe("idle"));
      CHECK(clients.back()->add(1, 2) == 3);
    }
  };
  open(20);
  const auto resident = [&] { return resident_bytes(::getpid()) + resident_bytes(server.process.pid()); };
  // A page that both map counts half on each side, so nothing counts twice.
  const std::size_t before = resident();
  open(kConnections);
  const std::size_t each = (resident() - before) / kConnections;
  WARN("an idle connection takes " << each << " bytes");
  CHECK(each > 2 * 24 * 1024);  // its two segments: else the measure is wrong
  CHECK(each <= 64 * 1024);

  // The bytes of files that no process maps would not be seen above: none are left open.
  CHECK(memory_files(::getpid()).size() == 2 * (20 + kConnections));
  CHECK(memory_files(server.process.pid()).size() == 2 * (20 + kConnections));
}
