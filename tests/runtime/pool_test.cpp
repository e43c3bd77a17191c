// A server's pool whose threads are stopped as by a scheduler that gives their core to others.
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include <pthread.h>
#include <signal.h>

#include "echo.hpp"
#include "os/barrier.hpp"
#include "os/futex.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace std::chrono_literals;
using namespace shmidl;

namespace {

std::atomic<std::uint32_t> stopped{0};  // 1: whoever gets the signal stays in its handler
std::atomic<bool> stands{false};        // somebody does

void stand_still(int) {
  stands = true;
  while (stopped.load() != 0) os::wait_private(os::word_of(stopped), 1, os::Deadline::never());
  stands = false;
}

/// Knows the threads that run it.
class Service final : public echo::Echo {
 public:
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  /// Two calls at a time: each waits for the other, so two threads run them.
  std::string say(std::int32_t id, std::string_view) override {
    threads[id] = ::pthread_self();
    ++inside;
    while (inside < 2) std::this_thread::yield();
    return {};
  }
  Array<std::uint8_t> load(std::int32_t, std::span<const std::uint8_t>) override { return {}; }
  void note(std::int32_t) override {}

  pthread_t threads[2] = {};
  std::atomic<int> inside{0};
};

class Stop {
 public:
  explicit Stop(pthread_t thread) {
    stopped = 1;
    ::pthread_kill(thread, SIGUSR1);
    while (!stands) std::this_thread::yield();
  }
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;
  ~Stop() {
    stopped = 0;
    os::wake(os::word_of(stopped), os::kWakeAll, true);
    while (stands) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("calls are served while any one of a pool's threads is stopped") {
  if (!os::can_fence_all_threads()) return;  // there a leader that is stopped holds up the others
  struct sigaction action {};
  action.sa_handler = stand_still;
  REQUIRE(::sigaction(SIGUSR1, &action, nullptr) == 0);
  const test::TempDir dir;
  const std::string name = "shm:" + dir.path().string() + "/pool.sock";
  Service service;
  Server server(name, {.threads = 2, .wait = Wait::poll});
  server.serve(service);
  std::thread runs([&] { server.run(); });
  const auto client = connect<echo::Echo>(name, {.wait = Wait::block, .connect_timeout = 10s, .in_process = InProcess::copies});  // on threads of the pool
  std::thread first([&] { client->say(0, ""); });
  client->say(1, "");
  first.join();
  REQUIRE(::pthread_equal(service.threads[0], service.threads[1]) == 0);

  // Whoever leads is stopped at least in every other turn. One that is stopped in the midst of taking a call, which is rare, keeps the others
  // waiting: then once more.
  for (int turn = 0; turn < 8; ++turn) {
    int answered = 0;
    for (int attempt = 0; attempt < 20 && answered == 0; ++attempt) {
      const Stop stop(service.threads[turn % 2]);
      const auto sum = client->try_add(turn, 1, {.timeout = 1s});
      answered = sum ? *sum : 0;
    }
    CHECK(answered == turn + 1);
  }
  server.stop();
  runs.join();
}
