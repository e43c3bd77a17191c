#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/connect.hpp"
#include "os/listener.hpp"
#include "os/socket_path.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using os::Listener;
using os::Place;
using os::ServiceDir;

namespace {

/// A directory in which everybody may create files, as /tmp is.
struct SharedServices : TempDir {
  SharedServices() { ::chmod(string().c_str(), 01777); }
  ServiceDir dir(std::optional<uid_t> expect_uid = {}) const { return ServiceDir::for_path(string(), expect_uid).value(); }
};

}  // namespace

TEST_CASE("no server is not_found at once, and names the path") {
  const TempDir dir;
  const std::string text = told(os::connect_to(ServiceDir::for_path(dir.string()).value(), "arith"));
  CHECK(tells(text, Errc::not_found));
  CHECK_THAT(text, has_text("no server runs under the name `arith`") && has_text((dir / "arith.sock").string()));
}

TEST_CASE("no server in the default directories names both") {
  const TempDir dir;
  const Environment own{"SHMIDL_DIR", dir.string().c_str()};
  const std::string text = told(os::connect_to(Place{"", "no-such-server-for-this-test"}));
  CHECK(tells(text, Errc::not_found));
  CHECK_THAT(text, has_text(dir.string()) && has_text("/run/shmidl"));
}

TEST_CASE("a default directory that does not exist is not_found") {
  const TempDir dir;
  const Environment own{"SHMIDL_DIR", (dir / "none").c_str()};
  const std::string text = told(os::connect_to(Place{"", "no-such-server-for-this-test"}));
  CHECK(tells(text, Errc::not_found));
  CHECK_THAT(text, has_text((dir / "none").string()));
}

TEST_CASE("a server is found by its name in the default directory") {
  const TempDir dir;
  const Environment own{"SHMIDL_DIR", (dir / "services").c_str()};
  const Listener listener = Listener::open(ServiceDir::for_serving().value(), "arith").value();
  CHECK(os::connect_to(os::parse_place("arith").value()));
  CHECK(os::connect_to(os::parse_place("shm:" + listener.path()).value()));
}

TEST_CASE("a refused directory is an answer, not a reason to look elsewhere") {
  const TempDir dir;
  REQUIRE(::chmod(dir.string().c_str(), 0777) == 0);
  const Environment own{"SHMIDL_DIR", dir.string().c_str()};
  CHECK(tells(told(os::connect_to(Place{"", "x"})), Errc::permission_denied));
}

TEST_CASE("a name against the rules is bad_address wherever it comes from") {
  const TempDir dir;
  CHECK(tells(told(os::connect_to(ServiceDir::for_path(dir.string()).value(), "../x")), Errc::bad_address));
  CHECK(tells(told(os::connect_to(Place{dir.string(), "a/b"})), Errc::bad_address));
}

TEST_CASE("a file that is not a socket, a link, and a socket of another kind are protocol errors") {
  const TempDir dir;
  const ServiceDir services = ServiceDir::for_path(dir.string()).value();
  dir.write("file.sock", "");
  CHECK(tells(told(os::connect_to(services, "file")), Errc::protocol_error));
  const Listener listener = Listener::open(services, "real").value();
  std::filesystem::create_symlink(dir / "real.sock", dir / "link.sock");
  CHECK(tells(told(os::connect_to(services, "link")), Errc::protocol_error));
  const Fd stream{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const os::SocketPath path = os::SocketPath::in(services.fd(), "stream.sock");
  REQUIRE(::bind(stream.get(), path.address(), path.bytes()) == 0);
  REQUIRE(::listen(stream.get(), 1) == 0);
  CHECK(tells(told(os::connect_to(services, "stream")), Errc::protocol_error));
}

TEST_CASE("a full queue is overloaded") {
  const TempDir dir;
  const ServiceDir services = ServiceDir::for_path(dir.string()).value();
  const Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  const os::SocketPath path = os::SocketPath::in(services.fd(), "x.sock");
  REQUIRE(::bind(socket.get(), path.address(), path.bytes()) == 0);
  REQUIRE(::listen(socket.get(), 0) == 0);
  std::vector<Fd> clients;
  std::string text = "ok";
  while (text == "ok" && clients.size() < 10) {
    Result<Fd> client = os::connect_to(services, "x");
    text = told(client);
    if (client) {
      clients.push_back(*std::move(client));
    }
  }
  CHECK(tells(text, Errc::overloaded));
}

TEST_CASE("a process at its limit of descriptors is told so") {
  const TempDir dir;
  const ServiceDir services = ServiceDir::for_path(dir.string()).value();
  const Listener listener = Listener::open(services, "x").value();
  const std::string text = in_child([&] {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NOFILE, &none);
    return told(os::connect_to(services, "x"));
  });
  CHECK(tells(text, Errc::no_resources));
  CHECK_THAT(text, has_text("ulimit -n"));
}

TEST_CASE("a socket that is not for this user is permission_denied and says whose it is") {
  if (!can_change_user()) {
    return;
  }
  const TempDir dir;
  REQUIRE(::chmod(dir.string().c_str(), 0755) == 0);
  const ServiceDir services = ServiceDir::for_path(dir.string()).value();
  const Listener own = Listener::open(services, "own").value();
  const Listener open = Listener::open(services, "open", os::kEveryone).value();
  const std::string text = as_user(kNobody, [&] { return told(os::connect_to(services, "own")); });
  CHECK(tells(text, Errc::permission_denied));
  CHECK_THAT(text, has_text(own.path()) && has_text("owner 0, mode 0600") && has_text("user 65534"));
  CHECK(as_user(kNobody, [&] { return told(os::connect_to(services, "open")); }) == "ok");
}

TEST_CASE("in a shared directory the owner of the socket counts") {
  if (!can_change_user()) {
    return;
  }
  const SharedServices services;
  const Listener own = Listener::open(services.dir(), "x", os::kEveryone).value();
  CHECK(os::connect_to(services.dir(), "x"));
  REQUIRE(::chown(own.path().c_str(), kNobody, kNobody) == 0);
  const std::string text = told(os::connect_to(services.dir(), "x"));
  CHECK(tells(text, Errc::permission_denied));
  CHECK_THAT(text, has_text("owner 65534") && has_text("expect_uid"));
  CHECK(os::connect_to(services.dir(kNobody), "x"));
}

TEST_CASE("a directory of root that is closed to this user is no finding") {
  if (!can_change_user()) {
    return;
  }
  const TempDir closed;
  CHECK(tells(as_user(kNobody, [&] { return told(os::connect_to(Place{closed.string(), "x"})); }), Errc::permission_denied));
}
