// Serves Terms and Turns: terms_server NAME WAIT|loop THREADS. Says "ready" as soon as clients can connect.
#include "terms.shmidl.hpp"
#include "words.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <numeric>
#include <set>
#include <stop_token>
#include <string>

#include <poll.h>

namespace {

void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << line << std::endl;
}

/// Names that handlers wait for.
class Gates {
 public:
  void release(std::string_view name) {
    {
      const std::lock_guard lock(mutex_);
      released_.emplace(name);
    }
    changed_.notify_all();
  }

  /// True if a stop was requested.
  bool hold(const std::string& name, const std::stop_token& stop) {
    say("holding " + name);
    std::unique_lock lock(mutex_);
    const bool released = changed_.wait(lock, stop, [&] { return released_.count(name) != 0; });
    say((released ? "released " : "stopped ") + name);
    return !released;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string, std::less<>> released_;
};

Gates gates;
std::atomic<int> most_turns{0};

std::int64_t left_of_this_call() {
  const auto deadline = shmidl::this_call().deadline();
  if (!deadline) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(*deadline - std::chrono::steady_clock::now());
  return std::max<std::int64_t>(0, left.count());
}

std::shared_ptr<e2e::Terms::Client> connect_terms(std::string_view service) {
  return shmidl::connect<e2e::Terms>(service, {.connect_timeout = std::chrono::seconds(10)});
}

struct Impl final : e2e::Terms {
  explicit Impl(shmidl::Server& serving) : server(serving) {}

  std::int64_t left() override { return left_of_this_call(); }
  std::int64_t left_by_default() override { return left_of_this_call(); }
  std::int64_t left_with(std::span<const std::uint8_t>) override { return left_of_this_call(); }
  std::int64_t left_of(std::string_view service) override { return connect_terms(service)->left(); }

  void mark(std::int32_t n) override { say("marked " + std::to_string(n)); }

  bool hold(std::string_view name) override { return gates.hold(std::string(name), shmidl::this_call().stop_token()); }
  bool hold_deaf(std::string_view name) override {
    gates.hold(std::string(name), {});
    const bool requested = shmidl::this_call().stop_token().stop_requested();
    say(requested ? "knows" : "knows nothing");
    return requested;
  }
  bool hold_inline(std::string_view name) override { return hold(name); }
  void release(std::string_view name) override { gates.release(name); }
  void hold_bytes(std::span<const std::uint8_t> bytes, std::string_view name) override {
    gates.hold(std::string(name), {});
    say("sum " + std::to_string(std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0})));
  }
  void hold_at(std::string_view service, std::string_view name) override {
    const auto result = connect_terms(service)->try_hold(name);
    if (result) say("nested returned");
    else if (result.error().errc() == shmidl::Errc::cancelled) say("nested cancelled");
    else if (result.error().errc() == shmidl::Errc::timed_out) say("nested timed out");
    else say(result.error().what());
  }

  void note(std::int32_t n) override {
    if (notes >= 0 && n == notes + 1) notes = n;
    else notes = -1;
  }
  std::int64_t noted() override { return notes; }
  std::int32_t most_turns() override { return ::most_turns; }
  void stop() override { server.stop(); }

  shmidl::Server& server;
  std::atomic<std::int64_t> notes{0};
};

struct TurnsImpl final : e2e::Turns {
  struct Inside {
    explicit Inside(std::atomic<int>& count) : inside(count) {
      const int now = ++inside;
      for (int most = most_turns; most < now && !most_turns.compare_exchange_weak(most, now);) {
      }
    }
    ~Inside() { --inside; }
    std::atomic<int>& inside;
  };

  bool hold(std::string_view name) override {
    const Inside turn(inside);
    return gates.hold(std::string(name), shmidl::this_call().stop_token());
  }
  std::int32_t turn(std::int32_t n) override {
    const Inside turn(inside);
    return n;
  }

  std::atomic<int> inside{0};
};

void run_in_loop(shmidl::Server& server) {
  pollfd one{server.poll_fd(), POLLIN, 0};
  while (!server.stopped()) {
    if (::poll(&one, 1, -1) == 1) server.dispatch_ready();
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: terms_server NAME WAIT THREADS\n";
    return 2;
  }
  const bool in_loop = std::string_view(argv[2]) == "loop";
  const shmidl::Wait wait = in_loop ? shmidl::Wait::adaptive : e2e::wait_from(argv[2]);
  const auto on_slow_inline = [](std::string_view interface, std::string_view method) { say("slow " + std::string(interface) + "." + std::string(method)); };
  shmidl::Server server{argv[1], {.threads = static_cast<unsigned>(std::stoul(argv[3])), .on_slow_inline = on_slow_inline, .wait = wait}};
  Impl impl(server);
  TurnsImpl turns;
  server.serve(impl);
  server.serve(turns);
  if (in_loop) static_cast<void>(server.poll_fd());
  say("ready");
  if (in_loop) run_in_loop(server);
  else server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
