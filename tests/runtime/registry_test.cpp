// Places for clients: how many, and of whom.
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "rpc/registry.hpp"
#include "support/catch.hpp"

using namespace shmidl;

namespace {

using Places = std::vector<std::shared_ptr<void>>;

const uid_t kOwn = ::geteuid();
const uid_t kOther = kOwn + 1000;
const uid_t kThird = kOwn + 2000;

Caller of(uid_t uid) { return Caller{uid, 0, 1}; }

/// Takes places until one is refused; with the text that says why.
std::string fill(rpc::Registry& registry, uid_t uid, Places& places) {
  for (;;) {
    auto place = registry.admit(of(uid));
    if (place) {
      places.push_back(std::move(*place));
      continue;
    }
    CHECK(place.error().errc() == Errc::overloaded);
    return place.error().what();
  }
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("one uid takes no more of a server's places than are for one, and others find theirs") {
  ServerOptions options;
  options.max_clients = 10;
  options.max_clients_per_uid = 3;
  rpc::Registry registry("crowded", options);
  Places others;
  const std::string why = fill(registry, kOther, others);
  CHECK(others.size() == 3);
  CHECK(says(why, "`crowded`"));
  CHECK(says(why, "uid " + std::to_string(kOther)));
  CHECK(says(why, "one uid, 3"));
  Places thirds;
  fill(registry, kThird, thirds);
  CHECK(thirds.size() == 3);

  others.pop_back();
  CHECK(registry.admit(of(kOther)));  // given back at once
  CHECK(registry.admit(of(kOther)));
}

TEST_CASE("the server's own uid and root may have every place there is, and no more") {
  const uid_t uid = GENERATE(as<uid_t>(), ::geteuid(), 0u);
  ServerOptions options;
  options.max_clients = 10;
  options.max_clients_per_uid = 3;
  rpc::Registry registry("crowded", options);
  Places others;
  fill(registry, kOther, others);
  Places own;
  const std::string why = fill(registry, uid, own);
  CHECK(own.size() == 7);
  CHECK(says(why, "as many clients as it takes, 10"));
  own.clear();
  CHECK(registry.admit(of(uid)));
}

TEST_CASE("a place outlives the registry that gave it") {
  ServerOptions options;
  auto registry = std::make_unique<rpc::Registry>("brief", options);
  auto place = registry->admit(of(kOther));
  REQUIRE(place);
  registry.reset();
  place->reset();
}
