// Serves Probe: probe_server NAME WAIT THREADS [MAX_CLIENT_BYTES]. Says "ready" as soon as clients can connect.
#include "probe.shmidl.hpp"
#include "words.hpp"

#include <atomic>
#include <iostream>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>

struct Impl final : e2e::Probe {
  explicit Impl(shmidl::Server& serving) : server(serving) {}

  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }

  std::int64_t sum(std::span<const std::uint8_t> bytes) override { return std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0}); }

  std::int64_t ramp(std::span<std::uint8_t> bytes) override {
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return static_cast<std::int64_t>(bytes.size());
  }

  e2e::Shape echo(const e2e::Shape::View& shape) override { return shape.copy(); }

  void work(std::int32_t milliseconds) override {
    std::cout << "working" << std::endl;
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  }

  void note(std::string_view line) override {
    const std::lock_guard lock(mutex);
    noted.emplace_back(line);
  }

  void notes(std::vector<std::string>& lines) override {
    const std::lock_guard lock(mutex);
    lines = noted;
  }

  void count(std::int32_t n) override { sum_of_counts += n; }
  std::int64_t counted() override { return sum_of_counts; }
  void refuse(std::string_view reason) override { throw std::runtime_error(std::string(reason)); }

  void stop() override { server.stop(); }

  shmidl::Server& server;
  std::mutex mutex;
  std::atomic<std::int64_t> sum_of_counts{0};
  std::vector<std::string> noted;
};

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 5) {
    std::cerr << "usage: probe_server NAME WAIT THREADS [MAX_CLIENT_BYTES]\n";
    return 2;
  }
  shmidl::ServerOptions options{.threads = static_cast<unsigned>(std::stoul(argv[3])), .wait = e2e::wait_from(argv[2])};
  if (argc == 5) options.max_client_bytes = std::stoul(argv[4]);
  shmidl::Server server{argv[1], options};
  Impl impl(server);
  server.serve(impl);
  std::cout << "ready" << std::endl;
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
