// A Hub in a process of its own, and a Listener in this one.
#pragma once

#include "hands.hpp"
#include "upcalls.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace e2e {

struct HubPair {
  /// `waits` in the server: "poll", "block", or "" for adaptive.
  explicit HubPair(const std::string& threads = "1", shmidl::ClientOptions options = {}, const std::string& waits = "")
      : server(UPCALLS_SERVER, waits.empty() ? std::vector<std::string>{"hub", threads} : std::vector<std::string>{"hub", threads, waits}) {
    server.expect_line("ready");
    options.connect_timeout = std::chrono::seconds(10);
    hub = shmidl::connect<Hub>("hub", options);
  }

  Services services;
  shmidl::test::Process server;
  std::shared_ptr<Hub::Client> hub;
};

class Ear final : public Listener {
 public:
  Ear() { ++living; }
  ~Ear() override { --living; }
  std::int32_t changed(std::int32_t number) override {
    on_thread = std::this_thread::get_id();
    ++calls;
    std::this_thread::sleep_for(takes);
    return 2 * number;
  }
  std::string named(std::string_view name, std::span<const std::uint8_t> data) override {
    return std::string(name) + " " + std::to_string(std::accumulate(data.begin(), data.end(), 0u)) + std::string(data.size(), '.');
  }
  void fails(bool typed) override {
    if (typed) throw Refused{"not now"};
    throw std::runtime_error("on purpose");
  }
  std::int32_t deeper(std::int32_t left) override { return left == 0 ? 0 : 1 + descend(left - 1); }
  void noted(std::int32_t number) override { last_noted = number; }
  void quiet() override {}

  std::function<int(int)> descend;
  std::thread::id on_thread;
  int calls = 0;
  std::chrono::milliseconds takes{0};
  std::atomic<int> last_noted{0};
  static inline std::atomic<int> living{0};
};

}  // namespace e2e
