#include <cerrno>
#include <csignal>
#include <string>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/connect.hpp"
#include "os/listener.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using namespace std::chrono_literals;

TEST_CASE("a pidfd tells a living process from one that ended") {
  Child child;
  const Fd pidfd = os::open_pidfd(child.pid()).value();
  CHECK(!os::has_exited(pidfd));
  ::kill(child.pid(), SIGSTOP);
  CHECK(!os::has_exited(pidfd));
  child.kill(false);
  CHECK(os::has_exited(pidfd));  // a zombie
  child.kill();
  CHECK(os::has_exited(pidfd));
}

TEST_CASE("a pidfd becomes readable at the process's end") {
  Child child;
  const Fd pidfd = os::open_pidfd(child.pid()).value();
  CHECK(os::wait_readable(pidfd, os::Deadline::in(1ms)) == false);
  child.kill(false);
  CHECK(os::wait_readable(pidfd, os::Deadline::in(10s)) == true);
}

TEST_CASE("a process that is gone is peer_died") {
  Child child;
  const pid_t pid = child.pid();
  child.kill();
  CHECK(tells(told(os::open_pidfd(pid)), Errc::peer_died));
}

TEST_CASE("a process that cannot be named here is a protocol_error") {
  CHECK(tells(told(os::open_pidfd(0)), Errc::protocol_error));
  CHECK(tells(told(os::open_pidfd(-1)), Errc::protocol_error));
}

TEST_CASE("the peer's pidfd is the client's, also when a copy of its socket lives on") {
  const TempDir dir;
  const os::ServiceDir services = os::ServiceDir::for_path(dir.string()).value();
  const os::Listener listener = os::Listener::open(services, "x").value();
  Fd kept;
  Child client{[&] { kept = os::connect_to(services, "x").value(); }};
  const Fd accepted = listener.accept().value();
  CHECK(os::peer_credentials(accepted)->pid == client.pid());
  const Fd pidfd = os::open_peer_pidfd(accepted).value();
  CHECK(!os::has_exited(pidfd));
  client.kill();
  CHECK(os::has_exited(pidfd));
}

#if defined(SYS_getsockopt) && defined(__LP64__)  // with 32 bits libc goes by socketcall
TEST_CASE("on a kernel that keeps no pidfd of the peer it is opened by number, and checked") {
  const std::string text = in_child([&]() -> std::string {
    constexpr std::uint32_t kPeerPidfd = 77;
    refuse({.system_call = SYS_getsockopt, .error = ENOPROTOOPT, .argument = 2, .value = kPeerPidfd});
    auto [a, b] = os::make_socket_pair().value();
    const Result<Fd> living = os::open_peer_pidfd(a);
    if (!living || os::has_exited(*living)) {
      return "living: " + told(living);
    }
    b.reset();
    return told(os::open_peer_pidfd(a));
  });
  CHECK(tells(text, Errc::peer_died));
}
#endif

TEST_CASE("the pidfd of what is not a socket is an error") { CHECK(!os::open_peer_pidfd(Fd{})); }
