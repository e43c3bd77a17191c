// A service that is called within one process and from another, and where a test finds it.
#pragma once

#include "near.shmidl.hpp"
#include "near_source.hpp"

#include <shmidl/shmidl.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <unistd.h>

namespace e2e {

/// Counts who is inside.
class Inside {
 public:
  /// Stays for a moment, in which others come if they may.
  void stay() {
    const int now = ++inside_;
    int most = most_.load();
    while (now > most && !most_.compare_exchange_weak(most, now)) {}
    for (int i = 0; i < 50; ++i) std::this_thread::yield();
    --inside_;
  }
  [[nodiscard]] int most() const { return most_; }

 private:
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
};

class NearService final : public Near {
 public:
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  std::string join(std::string_view a, std::string_view b) override { return std::string(a) + std::string(b); }
  Line mirrored(const Line::View& line) override {
    Line result{std::string(line.name), {}};
    for (const Point& point : line.points) result.points = add_point(result.points, {-point.x, point.y});
    return result;
  }
  std::int64_t sum(std::span<const std::int64_t> numbers) override {
    std::int64_t sum = 0;
    for (const std::int64_t number : numbers) sum += number;
    return sum;
  }
  void split(std::int32_t number, std::int32_t& half, std::int32_t& rest) override {
    half = number / 2;
    rest = number % 2;
  }
  void shout(std::string& text) override { text += "!"; }
  std::int64_t fill(std::int64_t start, std::span<std::int64_t> numbers) override {
    for (std::int64_t& number : numbers) number = start++;
    return start;
  }
  Line long_line(std::int32_t size) override {
    shmidl::Array<Point> points = shmidl::this_call().allocate<Point>(static_cast<std::size_t>(size));
    for (std::int32_t i = 0; i < size; ++i) points[static_cast<std::size_t>(i)] = {i, -i};
    return {"long", points};
  }
  std::string at_most_eight(std::string_view text) override { return std::string(text); }
  std::string of_size(std::int32_t bytes) override { return std::string(static_cast<std::size_t>(bytes), 'x'); }

  std::int32_t fails(std::int32_t kind) override {
    switch (kind) {
      case 0: throw std::runtime_error("it broke");
      case 1: throw Refused{"no entry", 7};
      case 2: throw shmidl::Error(shmidl::Errc::timed_out, "an inner call was late");
      case 3: throw 42;
      case 4: throw std::runtime_error(std::string(10'000, 'e'));
      case 5: throw std::bad_alloc();
      default: return kind;
    }
  }
  void writes_and_fails(std::string& text, std::int32_t& number, std::span<std::int64_t> numbers) override {
    text = "written";
    number = 1;
    for (std::int64_t& each : numbers) each = 1;
    throw Refused{"after all", 8};
  }

  std::int32_t open_door() override { return 1; }
  std::int32_t secret_door() override { return 2; }
  std::int32_t forbidden() override { return 3; }

  void note(std::int32_t number) override {
    std::this_thread::yield();
    const std::int64_t last = noted_;
    noted_ = last >= 0 && number == last + 1 ? number : -1;
  }
  std::int64_t noted() override { return noted_; }

  std::int64_t thread() override { return ::gettid(); }
  std::int64_t thread_at(std::string_view address) override { return shmidl::connect<Near>(address)->thread(); }
  std::string caller() override {
    const shmidl::Caller who = shmidl::this_call().caller();
    return std::to_string(who.uid) + " " + std::to_string(who.gid) + " " + std::to_string(who.pid);
  }
  bool has_deadline() override { return shmidl::this_call().deadline().has_value(); }
  bool has_own_deadline() override { return has_deadline(); }

  bool hold(std::string_view name) override {
    const std::stop_token stop = shmidl::this_call().stop_token();
    std::unique_lock lock(mutex_);
    held_[std::string(name)] = true;
    changed_.notify_all();
    const std::stop_callback wake(stop, [this] {
      const std::lock_guard inner(mutex_);
      changed_.notify_all();
    });
    changed_.wait(lock, [&] { return stop.stop_requested() || !held_.at(std::string(name)); });
    held_[std::string(name)] = false;
    changed_.notify_all();
    const bool stopped = stop.stop_requested();
    lock.unlock();  // the callback's end waits for it
    return stopped;
  }
  void release(std::string_view name) override { release_here(name); }
  bool held(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(std::string(name));
    return found != held_.end() && found->second;
  }

  std::int32_t add_at(std::string_view address, std::int32_t a, std::int32_t b) override {
    const auto other = shmidl::connect<Near>(address);
    return b < 0 ? other->fails(a) : other->add(a, b);
  }
  shmidl::Stream<std::string> words(std::string_view text) override {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      co_yield std::string(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  shmidl::Stream<std::int32_t> count(std::int32_t count, bool fails) override {
    for (std::int32_t i = 0; i < count; ++i) co_yield i;
    if (fails) throw Refused{"at the end", 9};
  }
  shmidl::Stream<std::int32_t> numbers(std::int32_t count, std::int32_t made_by, std::int32_t slow, bool fails) override {
    return streams_.numbers(count, made_by, slow, fails);
  }
  shmidl::Stream<shmidl::Array<std::int64_t>> arrays(std::int32_t count, std::int32_t elements) override { return streams_.arrays(count, elements); }
  std::int32_t streams_open() override { return streams_.open; }
  std::int64_t items_made() override { return streams_.made; }
  std::int64_t drain(std::shared_ptr<Source> source, std::int32_t count, std::int32_t made_by, bool fails, std::int32_t read) override {
    std::int64_t sum = 0;
    auto stream = source->numbers(count, made_by, 0, fails);
    for (; read != 0; --read) {
      const auto number = stream.try_next();
      if (!number && number.error().as<Refused>() != nullptr) return -sum;
      if (!number) throw Refused{number.error().what(), static_cast<std::int32_t>(number.error().errc())};
      if (!*number) break;
      sum += **number;
    }
    return sum;
  }
  std::int32_t tell(std::shared_ptr<Hearer> hearer, std::int32_t number) override { return hearer->heard(number); }
  void keep(std::shared_ptr<Hearer> hearer) override { kept_ = std::move(hearer); }
  std::int32_t tell_kept(std::int32_t number) override { return kept_->heard(number); }
  void forget() override { kept_.reset(); }

  std::int32_t most() override { return inside_.most(); }
  std::int32_t moment(std::int32_t number) override {
    inside_.stay();
    return number;
  }

  /// For a test in this process.
  void wait_until_held(const std::string& name) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_.contains(name) && held_.at(name); });
  }
  void release_here(std::string_view name) {
    const std::lock_guard lock(mutex_);
    held_[std::string(name)] = false;
    changed_.notify_all();
  }

 private:
  static shmidl::Array<Point> add_point(const shmidl::Array<Point>& points, Point point) {
    std::vector<Point> all(points.begin(), points.end());
    all.push_back(point);
    return all;
  }

  std::atomic<std::int64_t> noted_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::string, bool> held_;
  std::shared_ptr<Hearer> kept_;
  Inside inside_;
  SourceService streams_;
};

class NearTurnsService final : public NearTurns {
 public:
  std::int32_t turn(std::int32_t number) override {
    inside_.stay();
    return number;
  }
  std::int64_t thread() override { return ::gettid(); }
  std::int32_t most() override { return inside_.most(); }

 private:
  Inside inside_;
};

inline shmidl::ServerOptions near_options(unsigned threads) {
  shmidl::ServerOptions options;
  options.threads = threads;
  options.allow_call = [](const shmidl::Caller&, std::string_view, std::string_view method) { return method != "forbidden"; };
  options.check_permission = [](const shmidl::Caller&, std::string_view permission) { return permission == "e2e.OPEN"; };
  return options;
}

/// The service, on threads of this process, until its end.
class NearServer {
 public:
  explicit NearServer(const std::string& address, unsigned threads = 1) : server_(address, near_options(threads)) {
    server_.serve(near);
    server_.serve(turns);
    thread_ = std::thread([this] { server_.run(); });
  }
  ~NearServer() {
    stop();
  }
  /// Waits for the handlers that run.
  void stop() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  NearService near;
  NearTurnsService turns;

 private:
  shmidl::Server server_;
  std::thread thread_;
};

}  // namespace e2e
