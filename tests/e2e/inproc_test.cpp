// Servers that are reached by `inproc:` names.
#include "near_places.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;

namespace {

Errc errc_of(const std::string& address, shmidl::ClientOptions options = {}) {
  try {
    static_cast<void>(shmidl::connect<Near>(address, options));
  } catch (const shmidl::Error& error) {
    return error.errc();
  }
  return Errc{};
}

/// What the child says by its exit status.
int in_child(const std::function<int()>& child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a server without a socket is found by its name, in its process alone") {
  const Services services;
  const NearServer server("inproc:here");
  CHECK(shmidl::connect<Near>("inproc:here")->add(1, 2) == 3);
  CHECK(errc_of("here") == Errc::not_found);
  CHECK(errc_of("inproc:there") == Errc::not_found);
  CHECK(std::filesystem::is_empty(services.path()));
  // Another server of the bare name is another server.
  const NearServer other("here");
  CHECK(errc_of("here") == Errc{});
}

TEST_CASE("an inproc: name is one server's at a time") {
  NearServer server("inproc:once");
  try {
    const shmidl::Server second("inproc:once");
    FAIL("a second server took the name");
  } catch (const shmidl::Error& error) {
    CHECK(error.errc() == Errc::name_in_use);
  }
  server.stop();
  CHECK_THROWS_AS(shmidl::Server("inproc:once"), shmidl::Error);  // until its end
  {
    const NearServer next("inproc:next");
  }
  const NearServer again("inproc:next");
  CHECK(shmidl::connect<Near>("inproc:next")->add(1, 2) == 3);
}

TEST_CASE("an inproc: name follows the rules of names") {
  CHECK(errc_of("inproc:") == Errc::bad_address);
  CHECK(errc_of("inproc:a/b") == Errc::bad_address);
  CHECK_THROWS_AS(shmidl::Server("inproc:.x"), shmidl::Error);
}

TEST_CASE("who connects before run() waits for it, and connect_timeout waits for a server without a socket") {
  shmidl::Server server("inproc:later");
  NearService near;
  server.serve(near);
  std::thread client([] { CHECK(shmidl::connect<Near>("inproc:later")->add(1, 2) == 3); });
  std::thread early([] { CHECK(shmidl::connect<Near>("inproc:latest", {.connect_timeout = 20s})->add(1, 2) == 3); });
  std::thread runs([&] { server.run(); });
  client.join();
  {
    const NearServer latest("inproc:latest");
    early.join();
  }
  server.stop();
  runs.join();
}

TEST_CASE("a server without a socket runs in an event loop") {
  shmidl::Server server("inproc:loop");
  NearService near;
  server.serve(near);
  static_cast<void>(server.poll_fd());
  const std::thread::id loop = std::this_thread::get_id();
  std::atomic<bool> done{false};
  std::thread client([&] {
    CHECK(shmidl::connect<Near>("inproc:loop")->add(1, 2) == 3);
    done = true;
  });
  while (!done) server.dispatch_ready();
  CHECK(loop == std::this_thread::get_id());
  client.join();
}

TEST_CASE("a server without a socket may refuse its own process") {
  shmidl::ServerOptions options;
  options.allow = [](const shmidl::Caller& caller) { return caller.pid != ::getpid(); };
  shmidl::Server server("inproc:shy", options);
  NearService near;
  server.serve(near);
  std::thread runs([&] { server.run(); });
  CHECK(errc_of("inproc:shy") == Errc::permission_denied);
  server.stop();
  runs.join();
  CHECK(errc_of("inproc:shy", {.expect_uid = ::geteuid() + 1}) == Errc::permission_denied);
}

TEST_CASE("ServerOptions::allow may drain its server, and is told that it cannot connect to its own process") {
  const std::string address = GENERATE("inproc:hooked", "hooked");
  const Services services;
  NearServer other("inproc:beside");
  std::atomic<int> asked{0};
  shmidl::Server* self = nullptr;
  Errc beside{};
  Errc itself{};
  shmidl::ServerOptions options;
  options.allow = [&](const shmidl::Caller&) {
    if (++asked > 1) return true;
    beside = errc_of("inproc:beside");
    itself = errc_of(address);
    self->drain(10s);
    return true;
  };
  shmidl::Server server(address, options);
  self = &server;
  NearService near;
  server.serve(near);
  std::thread runs([&] { server.run(); });
  const Errc outcome = errc_of(address);
  runs.join();  // drained
  CHECK((outcome == Errc::not_found || outcome == Errc::draining));
  CHECK(beside == Errc::would_block);
  CHECK(itself == Errc::would_block);
  CHECK(asked == 1);
  CHECK(shmidl::connect<Near>("inproc:beside")->add(1, 2) == 3);
}

TEST_CASE("a forked child has neither its parent's connections nor its servers") {
  const NearServer server("inproc:parent");
  const auto near = shmidl::connect<Near>("inproc:parent");
  CHECK(near->add(1, 2) == 3);
  CHECK(in_child([&] { return near->try_add(1, 2).error().errc() == Errc::forked ? 0 : 1; }) == 0);
  CHECK(in_child([&] { return errc_of("inproc:parent") == Errc::not_found ? 0 : 1; }) == 0);
  CHECK(in_child([&] {
          const NearServer own("inproc:parent");
          return shmidl::connect<Near>("inproc:parent")->add(3, 4) == 7 ? 0 : 1;
        }) == 0);
  CHECK(near->add(1, 2) == 3);
}
