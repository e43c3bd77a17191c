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
