// Descriptors that travel with calls: wherever a value may stand, in every form of a call, and none is left behind.
#include "hands.hpp"
#include "support/catch.hpp"

#include <array>
#include <csignal>
#include <cstring>

#include <sys/resource.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Fd;

TEST_CASE("a descriptor arrives as another one of the same open file, in all forms of a call") {
  HandsPair pair;
  const Fd file = pipe_with("hello");
  CHECK(pair.client->read(file) == "hello");
  CHECK(file.get() >= 0);  // still the caller's
  CHECK(text_of(pair.client->echo(pipe_with("echo"))) == "echo");
  CHECK(pair.client->try_read(pipe_with("tried"), {.timeout = 10s}).value() == "tried");
  auto future = pair.client->async_echo(pipe_with("later"));
  const Fd later = future.get();
  CHECK(text_of(later) == "later");
  CHECK((::fcntl(later.get(), F_GETFD) & FD_CLOEXEC) != 0);
  Fd second;
  const Fd first = pair.client->pipe("first", second);
  CHECK(text_of(first) == "first");
  CHECK(text_of(second) == "second");
  Fd both = pipe_with("before");
  pair.client->exchange(both);
  CHECK(text_of(both) == "exchanged");
  CHECK_FALSE(pair.client->echo(Fd()));  // none is none
  auto [one, two] = pair.client->async_pipe("one").get();
  CHECK(text_of(one) == "one");
  CHECK(text_of(two) == "second");
}

TEST_CASE("descriptors travel in structs, lists, optional values and unions") {
  HandsPair pair;
  Parcel parcel;
  parcel.name = "parcel";
  parcel.file = pipe_with("file");
  parcel.spare = pipe_with("spare");
  for (int i = 0; i < 40; ++i) parcel.files.push_back(pipe_with("file " + std::to_string(i)));
  const Parcel back = pair.client->parcel(parcel);
  CHECK(text_of(back.file) == "file");
  REQUIRE(back.spare);
  CHECK(text_of(*back.spare) == "spare");
  REQUIRE(back.files.size() == 40);
  CHECK(text_of(back.files[0]) == "file 0");
  CHECK(text_of(back.files[39]) == "file 39");
  const Parcel empty = pair.client->parcel(Parcel{});
  CHECK_FALSE(empty.file);
  CHECK_FALSE(empty.spare);

  const Either either = pair.client->either(Either::make<Either::Tag::file>(pipe_with("chosen")));
  REQUIRE(either.tag() == Either::Tag::file);
  CHECK(text_of(either.get<Either::Tag::file>()) == "chosen");
  CHECK(pair.client->either(Either::make<Either::Tag::number>(7)).get<Either::Tag::number>() == 7);

  std::vector<Fd> sent;
  for (int i = 0; i < 64; ++i) sent.push_back(pipe_with("x"));
  std::vector<Fd> returned;
  pair.client->several(sent, returned);
  REQUIRE(returned.size() == 64);
  CHECK(text_of(returned[63]) == "x");
  sent.push_back(pipe_with("one more"));
  const auto refused = pair.client->try_several(sent, returned);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().errc() == Errc::too_large);
  CHECK(refused.error().execution() == shmidl::Execution::no);
}

TEST_CASE("oneway calls bring descriptors, also the last ones of a process that ends") {
  HandsPair pair;
  Pipe pipe;
  for (int i = 0; i < 200; ++i) {
    std::vector<Fd> files;
    files.push_back(pipe.writing.dup().value());
    pair.client->post(files, "x");
  }
  std::string all;
  while (all.size() < 200) all += text_of(pipe.reading);
  CHECK(all == std::string(200, 'x'));
  for (int round = 0; round < 10; ++round) {
    auto leaving = shmidl::connect<Hands>("hands");
    std::vector<Fd> files;
    files.push_back(pipe.writing.dup().value());
    leaving->post(files, "bye");
    leaving.reset();
    CHECK(text_of(pipe.reading) == "bye");
  }
}

TEST_CASE("after 1,000 rounds of every kind both processes have as many descriptors as before") {
  HandsPair pair({"2"});
  const auto round = [&](int i) {
    Fd second;
    Parcel parcel;
    parcel.file = pipe_with("file");
    parcel.files.push_back(pipe_with("a"));
    parcel.files.push_back(Fd());
    CHECK(text_of(pair.client->parcel(parcel).files.at(0)) == "a");
    CHECK(text_of(pair.client->pipe("first", second)) == "first");
    CHECK_FALSE(pair.client->try_fail(second));
    auto dropped = pair.client->async_pipe("nobody reads it");
    std::vector<Fd> files;
    files.push_back(pipe_with("no writer"));
    static_cast<void>(pair.client->try_post(files, ""));
    static_cast<void>(pair.client->try_pipe("too late", second, {.timeout = std::chrono::nanoseconds(i % 3 == 0 ? 0 : 20'000)}));
  };
  round(0);
  pair.client->echo(Fd());
  const std::size_t mine = open_files(::getpid());
  const std::size_t theirs = open_files(pair.server.pid());
  for (int i = 1; i <= 1000; ++i) round(i);
  CHECK(soon([&] { return open_files(::getpid()) <= mine && open_files(pair.server.pid()) <= theirs; }));
  CHECK(text_of(pair.client->echo(pipe_with("alive"))) == "alive");
}

TEST_CASE("a descriptor that comes after its caller went away is closed, though no further call is made") {
  HandsPair pair;
  pair.client->echo(Fd());
  const std::size_t before = open_files(::getpid());
  Pipe gate;
  const auto late = pair.client->try_late(gate.reading, "late", {.timeout = 30ms});
  REQUIRE_FALSE(late);
  CHECK(late.error().errc() == Errc::timed_out);
  {
    auto dropped = pair.client->async_late(gate.reading, "dropped");
  }
  REQUIRE(::write(gate.writing.get(), "12", 2) == 2);
  gate = Pipe();
  CHECK(soon([&] { return open_files(::getpid()) == before + 2; }));
  CHECK(text_of(pair.client->echo(pipe_with("alive"))) == "alive");
}

TEST_CASE("what came with calls that were given up before they began is closed") {
  HandsPair pair;
  pair.client->echo(Fd());
  const std::size_t mine = open_files(::getpid());
  const std::size_t theirs = open_files(pair.server.pid());
  {
    Pipe gate;
    auto first = pair.client->async_late(gate.reading, "first");  // the server's only thread waits
    const Fd file = pipe_with("nobody reads it");
    const shmidl::Blob blob(std::as_bytes(std::span("nor this")));
    for (int i = 0; i < 10; ++i) {
      CHECK(pair.client->try_read(file, {.timeout = 1ms}).error().errc() == Errc::timed_out);
      CHECK(pair.client->try_sum(blob, {.timeout = 1ms}).error().errc() == Errc::timed_out);
      auto dropped = pair.client->async_read(file);
    }
    REQUIRE(::write(gate.writing.get(), "1", 1) == 1);
    CHECK(text_of(first.get()) == "first");
  }
  CHECK(text_of(pair.client->echo(pipe_with("alive"))) == "alive");
  CHECK(soon([&] { return open_files(::getpid()) <= mine && open_files(pair.server.pid()) <= theirs; }));
}

TEST_CASE("a process at its limit of open files gets an error for that call, on either side, and goes on") {
  HandsPair pair;
  const Fd sent = pipe_with("sent");
  pair.client->echo(Fd());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  SECTION("nobody") { CHECK(text_of(pair.client->echo(pipe_with("echo"))) == "echo"); }
#ifndef SHMIDL_SANITIZED  // a sanitizer opens pipes to look at memory
  SECTION("the caller") {
    rlimit now = before;
    now.rlim_cur = static_cast<rlim_t>(::dup(STDIN_FILENO));  // the lowest that is free
    ::close(static_cast<int>(now.rlim_cur));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
    const auto refused = pair.client->try_echo(sent);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE_FALSE(refused);
    INFO(refused.error().what());
    CHECK(refused.error().errc() == Errc::no_resources);
    CHECK(refused.error().execution() == shmidl::Execution::yes);
    CHECK(std::string(refused.error().what()).find("ulimit") != std::string::npos);
  }
  SECTION("the server") {
    rlimit theirs{};
    REQUIRE(::prlimit(pair.server.pid(), RLIMIT_NOFILE, nullptr, &theirs) == 0);
    rlimit now = theirs;
    now.rlim_cur = 3;
    REQUIRE(::prlimit(pair.server.pid(), RLIMIT_NOFILE, &now, nullptr) == 0);
    const auto refused = pair.client->try_read(sent);
    REQUIRE(::prlimit(pair.server.pid(), RLIMIT_NOFILE, &theirs, nullptr) == 0);
    REQUIRE_FALSE(refused);
    INFO(refused.error().what());
    CHECK(refused.error().errc() == Errc::no_resources);
    CHECK(refused.error().execution() == shmidl::Execution::no);
  }
#endif
  CHECK(pair.client->read(sent) == "sent");
  CHECK(text_of(pair.client->echo(pipe_with("again"))) == "again");
}

TEST_CASE("a number that is no descriptor is an error of its call, and sends nothing") {
  HandsPair pair;
  const Fd good = pipe_with("good");
  Fd bad(::dup(good.get()));
  ::close(bad.get());
  const auto refused = pair.client->try_read(bad);
  static_cast<void>(bad.release());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().errc() == Errc::bad_address);
  CHECK(refused.error().execution() == shmidl::Execution::no);
  CHECK(pair.client->read(good) == "good");
}

TEST_CASE("a server that died under a call takes the descriptors along") {
  HandsPair pair;
  const std::size_t before = open_files(::getpid());
  Pipe gate;
  auto late = pair.client->async_late(gate.reading, "never");
  pair.server.kill();
  CHECK_FALSE(late.try_get());
  late = {};
  gate = Pipe();
  CHECK(soon([&] { return open_files(::getpid()) <= before + 2; }));
}
