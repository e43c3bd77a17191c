// Objects that are handed over: called from the other side while a call waits, and afterwards; and what becomes of them.
#include "support/catch.hpp"
#include "upcalls.hpp"

#include <csignal>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;

TEST_CASE("a handler calls its caller's object, on the thread that waits") {
  HubPair pair;
  const auto ear = std::make_shared<Ear>();
  CHECK(pair.hub->call_back(ear, 10) == 90);
  CHECK(ear->calls == 10);
  CHECK(ear->on_thread == std::this_thread::get_id());
  CHECK(pair.hub->call_back(nullptr, 10) == -1);
  CHECK(pair.hub->try_call_back(ear, 3, {.timeout = 10s}).value() == 6);
  const std::vector<std::shared_ptr<Listener>> ears{ear, nullptr, ear, std::make_shared<Ear>()};
  CHECK(pair.hub->count(ears) == 6);
}

TEST_CASE("whoever waits long for an upcall's answer is told of it, in every way to wait") {
  const std::string server = GENERATE(as<std::string>(), "poll", "block");
  const auto wait = GENERATE(shmidl::Wait::poll, shmidl::Wait::adaptive, shmidl::Wait::block);
  HubPair pair("1", {.wait = wait}, server);
  const auto ear = std::make_shared<Ear>();
  ear->takes = 20ms;  // longer than anybody looks for it without a sleep
  for (int i = 0; i < 3; ++i) CHECK(pair.hub->call_back(ear, 2) == 2);
}

TEST_CASE("an upcall carries arguments and results of any size, and exceptions") {
  HubPair pair;
  const auto ear = std::make_shared<Ear>();
  for (const int bytes : {0, 10, 1000, 100'000, 3'000'000}) {
    const std::string text = pair.hub->call_named(ear, bytes);
    CHECK(text.size() == ("hub " + std::to_string(7 * bytes)).size() + static_cast<std::size_t>(bytes));
  }
  CHECK(pair.hub->call_failing(ear, true) == "refused: not now");
  CHECK(pair.hub->call_failing(ear, false).find("on purpose") != std::string::npos);
  CHECK(pair.hub->call_back(ear, 1) == 0);
}

TEST_CASE("callbacks call back, ten deep and as deep as may be, with one thread on each side") {
  HubPair pair;
  const auto ear = std::make_shared<Ear>();
  ear->descend = [&](int left) { return pair.hub->descend(ear, left); };
  CHECK(pair.hub->descend(ear, 10) == 10);
  CHECK(pair.hub->descend(ear, 16) == 16);
  try {
    pair.hub->descend(ear, 17);
    FAIL("seventeen calls wait for each other");
  } catch (const shmidl::Error& error) {
    CHECK(std::string(error.what()).find("16 calls") != std::string::npos);
  }
  CHECK(pair.hub->descend(ear, 16) == 16);  // nothing is left behind
}

TEST_CASE("a callback may send more oneway calls than the ring holds to the server's only thread, which waits for it") {
  HubPair pair;
  const auto counter = pair.hub->counter(0);
  const auto ear = std::make_shared<Ear>();
  ear->descend = [&](int) {
    for (int i = 0; i < 500; ++i) counter->later(1);
    return counter->value();
  };
  CHECK(pair.hub->try_descend(ear, 2, {.timeout = 10s}).value() == 502);
}

TEST_CASE("a callback may read a stream that the server's only thread makes, which waits for it") {
  const auto wait = GENERATE(shmidl::Wait::poll, shmidl::Wait::adaptive, shmidl::Wait::block);
  HubPair pair("1", {.wait = wait});
  const auto counter = pair.hub->counter(0);
  const auto ear = std::make_shared<Ear>();
  ear->descend = [&](int) {
    for (const std::int32_t number : pair.hub->numbers(1000)) counter->later(number);
    return counter->value();
  };
  CHECK(pair.hub->try_descend(ear, 2, {.timeout = 20s}).value() == 499'502);
}

TEST_CASE("a server makes objects, which live as long as their clients") {
  HubPair pair;
  auto one = pair.hub->counter(10);
  auto two = pair.hub->counter(20);
  CHECK(one->add(1) == 11);
  CHECK(two->add(1) == 21);
  one->later(100);
  CHECK(one->value() == 111);
  CHECK(dynamic_cast<Counter::Client&>(*one).try_add(1).value() == 112);
  CHECK(dynamic_cast<Counter::Client&>(*one).async_add(1).get() == 113);
  CHECK(pair.hub->living() == 2);
  // Handed back, it is the original; handed over again, it is the same proxy.
  CHECK(pair.hub->is_same(one, one));
  CHECK_FALSE(pair.hub->is_same(one, two));
  CHECK(pair.hub->back(one) == one);
  CHECK(pair.hub->use(two, 4) == 25);
  one->later(1);
  one.reset();  // also when a oneway call is on its way
  CHECK(soon([&] { return pair.hub->living() == 1; }));
  two.reset();
  CHECK(soon([&] { return pair.hub->living() == 0; }));
}

TEST_CASE("a process that dies leaves no objects behind") {
  HubPair pair;
  const auto program = [&] {
    Process client(UPCALLS_CLIENT, {"hub"});
    client.expect_line("holds 3");
    CHECK(pair.hub->living() == 3);
    client.kill();
    static_cast<void>(client.wait());
  };
  program();
  CHECK(soon([&] { return pair.hub->living() == 0; }));
}

TEST_CASE("a client's object ends with its last reference in either process") {
  HubPair pair;
  {
    const auto ear = std::make_shared<Ear>();
    pair.hub->keep(ear);
    CHECK(pair.hub->kept(5) == 10);
    CHECK(pair.hub->kept_listener() == ear);
    // A forwarded one: this process's own, as it comes back.
    pair.hub->keep(pair.hub->kept_listener());
    CHECK(pair.hub->kept_listener() == ear);
  }
  CHECK(Ear::living == 1);
  CHECK(pair.hub->kept(6) == 12);
  pair.hub->forget();
  CHECK(soon([&] { return pair.hub->kept_listener() == nullptr && Ear::living == 0; }));
}

TEST_CASE("a call that nobody waits for would block until somebody serves, and runs there") {
  HubPair pair("1", {.wait = GENERATE(shmidl::Wait::poll, shmidl::Wait::adaptive, shmidl::Wait::block)});
  const std::string refused = "error " + std::to_string(static_cast<int>(Errc::would_block));
  const auto ear = std::make_shared<Ear>();
  pair.hub->keep(ear);
  CHECK(pair.hub->kept_on_thread(4) == refused + " " + refused);
  {
    auto link = shmidl::link(*pair.hub);
    std::thread serving([&] { link.run(); });
    CHECK(soon([&] { return pair.hub->kept_on_thread(4) == "8 sent"; }));
    CHECK(soon([&] { return ear->last_noted == 4; }));
    for (int i = 0; i < 100; ++i) CHECK(pair.hub->kept_on_thread(i) == std::to_string(2 * i) + " sent");
    const std::thread::id id = serving.get_id();
    link.stop();
    serving.join();
    CHECK(ear->on_thread == id);
  }
  CHECK(pair.hub->kept_on_thread(4) == refused + " " + refused);
  CHECK(pair.hub->kept(4) == 8);  // chained to this call
}

TEST_CASE("an upcall whose caller has gone ends, and nothing is left behind") {
  HubPair pair;
  const auto ear = std::make_shared<Ear>();
  for (int i = 0; i < 3; ++i) {
    CHECK(pair.hub->try_slow_call(ear, {.timeout = 20ms}).error().errc() == Errc::timed_out);
    CHECK(pair.server.read_line().value_or("").starts_with("error "));
  }
  // Nor does anybody wait for an asynchronous call's answer.
  auto future = pair.hub->async_slow_call(ear);
  CHECK(pair.server.read_line() == "error " + std::to_string(static_cast<int>(Errc::would_block)));
  static_cast<void>(future.get());
  CHECK(pair.hub->call_back(ear, 10) == 90);
}

TEST_CASE("1,000 rounds of objects leave no descriptor and no object behind") {
  HubPair pair;
  const auto round = [&] {
    const auto counter = pair.hub->counter(1);
    const auto ear = std::make_shared<Ear>();
    pair.hub->call_back(ear, 1);
    pair.hub->keep(ear);
    return pair.hub->use(counter, 1);
  };
  CHECK(round() == 2);
  const std::size_t mine = open_files(::getpid());
  const std::size_t theirs = open_files(pair.server.pid());
  for (int i = 0; i < 1000; ++i) REQUIRE(round() == 2);
  pair.hub->forget();
  CHECK(soon([&] { return pair.hub->kept_listener() == nullptr && pair.hub->living() == 0 && Ear::living == 0; }));
  CHECK(open_files(::getpid()) <= mine);
  CHECK(open_files(pair.server.pid()) <= theirs);
}
