// Calls its clients back, makes objects for them, and keeps theirs.
#include "upcalls.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <cstdlib>
#include <future>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<int> living{0};

class CounterImpl final : public Counter {
 public:
  explicit CounterImpl(int start) noexcept : value_(start) { ++living; }
  ~CounterImpl() override { --living; }
  std::int32_t add(std::int32_t amount) override { return value_ += amount; }
  std::int32_t value() override { return value_; }
  void later(std::int32_t amount) override { value_ += amount; }

 private:
  std::atomic<int> value_;
};

class HubImpl final : public Hub {
 public:
  std::int32_t call_back(std::shared_ptr<Listener> listener, std::int32_t times) override {
    if (listener == nullptr) return -1;
    int sum = 0;
    for (int i = 0; i < times; ++i) sum += listener->changed(i);
    return sum;
  }
  std::string call_named(std::shared_ptr<Listener> listener, std::int32_t bytes) override {
    const std::vector<std::uint8_t> data(static_cast<std::size_t>(bytes), 7);
    return listener->named("hub", data);
  }
  std::string call_failing(std::shared_ptr<Listener> listener, bool typed) override {
    try {
      listener->fails(typed);
    } catch (const Refused& refused) {
      return "refused: " + refused.why;
    } catch (const shmidl::Error& error) {
      return "error: " + std::string(error.what());
    }
    return "no error";
  }
  std::int32_t descend(std::shared_ptr<Listener> listener, std::int32_t left) override { return left == 0 ? 0 : 1 + listener->deeper(left - 1); }
  shmidl::Stream<std::int32_t> numbers(std::int32_t count) override {
    for (std::int32_t i = 0; i < count; ++i) co_yield i;
  }
  std::shared_ptr<Counter> counter(std::int32_t start) override { return std::make_shared<CounterImpl>(start); }
  std::int32_t living() override { return ::living; }
  bool is_same(std::shared_ptr<Counter> one, std::shared_ptr<Counter> other) override { return one == other; }
  std::shared_ptr<Counter> back(std::shared_ptr<Counter> counter) override { return counter; }
  std::int32_t use(std::shared_ptr<Counter> counter, std::int32_t amount) override { return counter->add(amount); }
  void keep(std::shared_ptr<Listener> listener) override { kept_ = std::move(listener); }
  void forget() override { kept_ = nullptr; }
  std::int32_t kept(std::int32_t number) override { return kept_->changed(number); }
  std::string kept_on_thread(std::int32_t number) override {
    std::string text;
    std::thread([&] {
      Listener::Client& client = dynamic_cast<Listener::Client&>(*kept_);
      const auto called = client.try_changed(number);
      text = called ? std::to_string(*called) : "error " + std::to_string(static_cast<int>(called.error().errc()));
      const auto sent = client.try_noted(number);
      text += sent ? " sent" : " error " + std::to_string(static_cast<int>(sent.error().errc()));
    }).join();
    return text;
  }
  std::string slow_call(std::shared_ptr<Listener> listener) override {
    // Its caller has gone meanwhile.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto called = dynamic_cast<Listener::Client&>(*listener).try_changed(1);
    std::cout << (called ? "answered" : "error " + std::to_string(static_cast<int>(called.error().errc()))) << std::endl;
    return "";
  }
  std::shared_ptr<Listener> kept_listener() override { return kept_; }
  std::int32_t count(const shmidl::List<std::shared_ptr<Listener>>& listeners) override {
    int sum = 0;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      if (listeners[i] != nullptr) sum += listeners[i]->changed(1);
    }
    return sum;
  }

 private:
  std::shared_ptr<Listener> kept_;
};

}  // namespace

int main(int argc, char** argv) try {
  shmidl::ServerOptions options;
  if (argc > 2) options.threads = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3) options.wait = std::string(argv[3]) == "poll" ? shmidl::Wait::poll : shmidl::Wait::block;
  shmidl::Server server{argv[1], options};
  HubImpl hub;
  server.serve(hub);
  std::cout << "ready" << std::endl;
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
