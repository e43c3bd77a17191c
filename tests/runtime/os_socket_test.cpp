#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/process.hpp"
#include "os/socket.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using namespace std::chrono_literals;
using os::Deadline;
using os::Message;

namespace {

struct Pair {
  Fd a;
  Fd b;
  Pair() { std::tie(a, b) = os::make_socket_pair().value(); }
};

struct Room {
  std::array<std::byte, 256> bytes{};
  std::string text(const Message& message) const { return {reinterpret_cast<const char*>(bytes.data()), message.bytes}; }
};

/// Puts descriptors into a message as no correct peer does: any number.
void send_raw(const Fd& socket, std::size_t bytes, std::size_t fds) {
  std::vector<int> numbers(fds, STDIN_FILENO);
  std::vector<std::byte> control(CMSG_SPACE(fds * sizeof(int)));
  std::array<char, 1> text{'x'};
  iovec part{text.data(), bytes};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (fds > 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const at = CMSG_FIRSTHDR(&header);
    at->cmsg_level = SOL_SOCKET;
    at->cmsg_type = SCM_RIGHTS;
    at->cmsg_len = CMSG_LEN(fds * sizeof(int));
    std::copy(numbers.begin(), numbers.end(), reinterpret_cast<int*>(CMSG_DATA(at)));
  }
  REQUIRE(::sendmsg(socket.get(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes));
}

void fill(const Fd& socket) {
  const std::vector<std::byte> large(4096);
  while (os::send(socket, large)) {
  }
}

}  // namespace

TEST_CASE("a message arrives whole, and keeps its borders") {
  const Pair pair;
  REQUIRE(os::send(pair.a, bytes_of("one")));
  REQUIRE(os::send(pair.a, bytes_of("three")));
  Room room;
  Message message = os::recv(pair.b, room.bytes).value();
  CHECK(room.text(message) == "one");
  CHECK(!message.eof);
  CHECK(!message.sender);
  CHECK(message.fds.empty());
  message = os::recv(pair.b, room.bytes).value();
  CHECK(room.text(message) == "three");
}

TEST_CASE("an empty queue is would_block and the closed end is eof") {
  Pair pair;
  Room room;
  CHECK(tells(told(os::recv(pair.b, room.bytes)), Errc::would_block));
  REQUIRE(os::send(pair.a, bytes_of("last")));
  pair.a.reset();
  CHECK(room.text(os::recv(pair.b, room.bytes).value()) == "last");
  CHECK(os::recv(pair.b, room.bytes).value().eof);
  CHECK(tells(told(os::send(pair.b, bytes_of("x"))), Errc::peer_died));
}

TEST_CASE("an end that closed with unread messages is eof too") {
  Pair pair;
  REQUIRE(os::send(pair.b, bytes_of("unread")));
  pair.a.reset();
  Room room;
  CHECK(os::recv(pair.b, room.bytes).value().eof);
}

TEST_CASE("descriptors arrive in order and close-on-exec") {
  const Pair pair;
  const Pair sent;
  const std::array<int, 2> numbers{sent.a.get(), sent.b.get()};
  REQUIRE(os::send(pair.a, bytes_of("fds"), numbers));
  Room room;
  const Message message = os::recv(pair.b, room.bytes).value();
  REQUIRE(message.fds.size() == 2);
  CHECK((::fcntl(message.fds[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(os::send(message.fds[0], bytes_of("through")));
  CHECK(room.text(os::recv(message.fds[1], room.bytes).value()) == "through");
}

TEST_CASE("sixteen descriptors go, seventeen are too_large") {
  const Pair pair;
  Room room;
  const std::vector<int> most(os::kMaxMessageFds, STDIN_FILENO);
  REQUIRE(os::send(pair.a, bytes_of("x"), most, true));
  CHECK(os::recv(pair.b, room.bytes).value().fds.size() == os::kMaxMessageFds);
  const std::vector<int> more(os::kMaxMessageFds + 1, STDIN_FILENO);
  CHECK(tells(told(os::send(pair.a, bytes_of("x"), more)), Errc::too_large));
}

TEST_CASE("I7: a message with too many descriptors is a protocol_error and leaks none") {
  const Pair pair;
  Room room;
  const std::size_t before = open_fds();
  for (std::size_t count : {std::size_t{17}, std::size_t{28}, std::size_t{64}, std::size_t{253}}) {
    send_raw(pair.a, 1, count);
    CHECK(tells(told(os::recv(pair.b, room.bytes)), Errc::protocol_error));
    CHECK(open_fds() == before);
  }
}

TEST_CASE("I7: a message longer than its room is a protocol_error and leaks no descriptor") {
  const Pair pair;
  std::array<std::byte, 4> small{};
  const std::size_t before = open_fds();
  const std::array<int, 1> fd{STDIN_FILENO};
  REQUIRE(os::send(pair.a, bytes_of("12345"), fd));
  CHECK(tells(told(os::recv(pair.b, small)), Errc::protocol_error));
  CHECK(open_fds() == before);
  REQUIRE(os::send(pair.a, bytes_of("1234")));
  CHECK(os::recv(pair.b, small).value().bytes == 4);
}

TEST_CASE("I7: an empty message with descriptors is not taken for the end") {
  const Pair pair;
  Room room;
  const std::size_t before = open_fds();
  send_raw(pair.a, 0, 1);
  CHECK(tells(told(os::recv(pair.b, room.bytes)), Errc::protocol_error));
  CHECK(open_fds() == before);
  CHECK(tells(told(os::send(pair.a, {})), Errc::protocol_error));
}

TEST_CASE("descriptors lost at this process's own limit are a protocol_error") {
  const std::string text = in_child([] {
    const Pair pair;
    const std::array<int, 2> fds{STDIN_FILENO, STDIN_FILENO};
    os::send(pair.a, bytes_of("x"), fds).value();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NOFILE, &none);
    Room room;
    return told(os::recv(pair.b, room.bytes));
  });
  CHECK(tells(text, Errc::protocol_error));
  CHECK_THAT(text, has_text("ulimit -n"));
}

TEST_CASE("a full queue is would_block, and timed_out at the deadline") {
  const Pair pair;
  fill(pair.a);
  CHECK(tells(told(os::send(pair.a, bytes_of("x"))), Errc::would_block));
  CHECK(tells(told(os::send(pair.a, bytes_of("x"), Deadline::in(1ms))), Errc::timed_out));
  CHECK(os::wait_writable(pair.a, Deadline::in(0ms)) == false);
}

TEST_CASE("a full queue takes the message once there is room") {
  Pair pair;
  fill(pair.a);
  const Child reader{[&] {
    std::vector<std::byte> room(8192);
    while (os::recv(pair.b, room)) {
    }
  }};
  CHECK(told(os::send(pair.a, bytes_of("x"), Deadline::in(10s))) == "ok");
}

TEST_CASE("I5: a wait for room ends when the peer closes its end") {
  Pair pair;
  fill(pair.a);
  pair.b.reset();
  CHECK(tells(told(os::send(pair.a, bytes_of("x"), Deadline::never())), Errc::peer_died));
}

TEST_CASE("a message that is too large for the socket says so") {
  const Pair pair;
  const std::vector<std::byte> large(std::size_t{64} << 20);
  CHECK(tells(told(os::send(pair.a, large)), Errc::too_large));
}

TEST_CASE("a wait for a message ends by message, by deadline and by the end") {
  Pair pair;
  CHECK(os::wait_readable(pair.b, Deadline::in(1ms)) == false);
  CHECK(os::wait_readable(pair.b, Deadline::in(-1s)) == false);
  REQUIRE(os::send(pair.a, bytes_of("x")));
  CHECK(os::wait_readable(pair.b, Deadline::never()) == true);
  Room room;
  REQUIRE(os::recv(pair.b, room.bytes));
  pair.a.reset();
  CHECK(os::wait_readable(pair.b, Deadline::never()) == true);
  CHECK(tells(told(os::wait_readable(Fd{1'000'000'000}, Deadline::in(1s))), Errc::bad_address));
}

TEST_CASE("both ends know who made the pair") {
  const Pair pair;
  const os::Credentials self{::getpid(), ::geteuid(), ::getegid()};
  CHECK(os::peer_credentials(pair.a) == self);
  CHECK(!os::peer_credentials(Fd{}));
}

TEST_CASE("a message names its sender when it is asked for, and a message sent before that too") {
  const Pair pair;
  Room room;
  pid_t child = 0;
  REQUIRE(os::send(pair.a, bytes_of("early"), {}, true));
  REQUIRE(os::pass_credentials(pair.b));
  {
    const Child sender{[&] { os::send(pair.a, bytes_of("hello"), {}, true).value(); }};
    child = sender.pid();
    const Message early = os::recv(pair.b, room.bytes).value();
    CHECK(early.sender == os::Credentials{::getpid(), ::geteuid(), ::getegid()});
    const Message hello = os::recv(pair.b, room.bytes).value();
    REQUIRE(hello.sender);
    CHECK(hello.sender->pid == child);
    if (hello.sender_pidfd) {
      CHECK(!os::has_exited(hello.sender_pidfd));
    }
  }
  REQUIRE(os::pass_credentials(pair.b, false));
  REQUIRE(os::send(pair.a, bytes_of("plain")));
  const Message plain = os::recv(pair.b, room.bytes).value();
  CHECK(!plain.sender);
  CHECK(!plain.sender_pidfd);
}

TEST_CASE("another user's sender is named by the kernel, not by itself") {
  if (!can_change_user()) {
    return;
  }
  const Pair pair;
  REQUIRE(os::pass_credentials(pair.b));
  REQUIRE(as_user(kNobody, [&] { return told(os::send(pair.a, bytes_of("x"))); }) == "ok");
  Room room;
  const Message message = os::recv(pair.b, room.bytes).value();
  REQUIRE(message.sender);
  CHECK(message.sender->uid == kNobody);
}
