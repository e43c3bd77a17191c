// Serves Again: again_server NAME THREADS [other | UID]; with "other" it serves Other in its place, with a UID it becomes that user.
// Says "ready" as soon as clients can connect, "drained" when run() has returned.
#include "again.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>

#include <unistd.h>

namespace {

void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << line << std::endl;
}

struct Impl final : e2e::Again {
  explicit Impl(std::unique_ptr<shmidl::Server>& serving) : server(serving) {}

  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  std::int32_t pid() override { return ::getpid(); }

  std::int32_t work(std::int32_t milliseconds) override {
    say("working " + std::to_string(shmidl::this_call().id()));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return ::getpid();
  }
  std::int32_t work_once(std::int32_t milliseconds) override { return work(milliseconds); }

  std::int64_t sum(std::span<const std::uint8_t> bytes, const shmidl::Fd& from, std::int32_t milliseconds, std::string& read) override {
    char text[64];
    const auto got = ::pread(from.get(), text, sizeof text, 0);
    read.assign(text, got > 0 ? static_cast<std::size_t>(got) : 0);
    const auto sum = std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0});
    work(milliseconds);
    return sum;
  }

  void die() override {
    say("dying");
    ::_exit(0);
  }

  std::int64_t id() override { return static_cast<std::int64_t>(shmidl::this_call().id()); }
  std::int64_t plain_id() override { return id(); }

  void count(std::int32_t n) override { sum_of_counts += n; }
  void count_all(std::span<const std::int32_t> numbers) override { sum_of_counts += std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0}); }
  std::int64_t counted() override { return sum_of_counts; }

  bool hold() override {
    const std::stop_token stop = shmidl::this_call().stop_token();
    const std::stop_callback wakes(stop, [this] { changed.notify_all(); });
    say("holding");
    std::unique_lock lock(mutex);
    while (!released && !stop.stop_requested()) changed.wait_for(lock, std::chrono::milliseconds(10));
    if (stop.stop_requested()) say("stopped");
    return stop.stop_requested();
  }
  void release() override {
    const std::lock_guard lock(mutex);
    released = true;
    changed.notify_all();
  }

  void drain(std::int32_t milliseconds) override {
    server->drain(std::chrono::milliseconds(milliseconds));
    say("draining");
  }

  void destroy() override {
    server.reset();
    say("destroyed");
  }
  std::int32_t add_at(std::string_view service, std::int32_t milliseconds) override {
    const auto other = shmidl::connect<e2e::Again>(service);
    const auto sum = other->try_add(1, 2, {.timeout = std::chrono::milliseconds(milliseconds)});
    return sum ? *sum : -static_cast<std::int32_t>(sum.error().errc());
  }

  std::unique_ptr<shmidl::Server>& server;
  std::atomic<std::int64_t> sum_of_counts{0};
  std::mutex mutex;
  std::condition_variable changed;
  bool released = false;
};

struct OtherImpl final : e2e::Other {
  std::int32_t other() override { return 1; }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: again_server NAME THREADS [other | UID]\n";
    return 2;
  }
  const std::string what = argc == 4 ? argv[3] : "";
  if (!what.empty() && what != "other" && ::setuid(static_cast<uid_t>(std::stoul(what))) != 0) return 2;
  auto server = std::make_unique<shmidl::Server>(argv[1], shmidl::ServerOptions{.threads = static_cast<unsigned>(std::stoul(argv[2]))});
  Impl impl(server);
  OtherImpl other;
  if (what == "other") server->serve(other);
  else server->serve(impl);
  say("ready");
  server->run();
  say("drained");
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
