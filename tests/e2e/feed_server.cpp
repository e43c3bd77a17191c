// Streams of every kind. Arguments: name, threads (0: in an event loop), block|latest|disconnect (of endless streams).
#include "feed.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <poll.h>

namespace {

using shmidl::Stream;

std::atomic<int> living{0};
std::atomic<std::int64_t> items{0};

/// What a stream keeps while it lives.
struct Open {
  Open() { ++living; }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() { --living; }
};

class FeedImpl final : public feed::Feed {
 public:
  explicit FeedImpl(const shmidl::StreamOptions& endless) : endless_(endless) {}

  Stream<std::int32_t> count(std::int32_t count) override {
    const Open open;
    for (std::int32_t i = 0; i < count; ++i) {
      ++items;
      co_yield i;
    }
  }
  Stream<std::int32_t> pulled(std::int32_t count) override {
    return Stream<std::int32_t>::pull([open = std::make_unique<Open>(), i = 0, count]() mutable -> std::optional<std::int32_t> {
      if (i == count) return std::nullopt;
      ++items;
      return i++;
    });
  }
  Stream<std::int32_t> pushed(std::int32_t count) override {
    return Stream<std::int32_t>::push(
        [count](shmidl::Sink<std::int32_t>& sink) {
          const Open open;
          for (std::int32_t i = 0; i < count; ++i) {
            ++items;
            sink.put(i);
          }
        },
        endless_);
  }
  Stream<std::int64_t> forever() override { return endless().with(endless_); }
  Stream<std::string> words(std::string_view text) override {
    const Open open;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      co_yield std::string(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  Stream<feed::Sample> samples(std::int32_t count) override {
    for (std::int32_t i = 0; i < count; ++i) {
      feed::Sample sample;
      sample.when = i;
      sample.value = i * 0.5;
      co_yield sample;
    }
  }
  Stream<feed::Row> rows(const feed::Row::View& like, std::int32_t count) override {
    for (std::int32_t i = 0; i < count; ++i) {
      feed::Row row = like.copy();
      row.number = i;
      co_yield row;
    }
  }
  Stream<feed::Event> events(std::int32_t count) override {
    using Tag = feed::Event::Tag;
    for (std::int32_t i = 0; i < count; ++i) {
      if (i % 2 == 0) co_yield feed::Event::make<Tag::ticks>(i);
      else co_yield feed::Event::make<Tag::text>(std::to_string(i));
    }
  }
  Stream<shmidl::Array<std::int64_t>> arrays(std::int32_t count, std::int32_t elements) override { return arrays_of(count, elements).with(endless_); }
  Stream<std::int32_t> fails(std::int32_t count) override {
    for (std::int32_t i = 0; i < count; ++i) co_yield i;
    throw std::runtime_error("out of order");
  }
  Stream<std::int32_t> ends(std::int32_t count, std::string_view why) override {
    if (count < 0) throw feed::Ended{std::string(why), -1};
    return ends_after(count, std::string(why));
  }
  Stream<std::int32_t> late(std::int32_t wait_ms) override {
    if (wait_ms < 0) {
      server->stop();
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    return endless_ints();
  }
  std::int32_t open() override { return living; }
  std::int64_t made() override { return items; }

  shmidl::Server* server = nullptr;

 private:
  static Stream<std::int64_t> endless() {
    const Open open;
    for (std::int64_t i = 1;; ++i) {
      ++items;
      co_yield i;
    }
  }
  static Stream<std::int32_t> endless_ints() {
    const Open open;
    for (std::int32_t i = 1;; ++i) co_yield i;
  }
  static Stream<shmidl::Array<std::int64_t>> arrays_of(std::int32_t count, std::int32_t elements) {
    const Open open;
    for (std::int32_t i = 0; i < count; ++i) {
      auto array = shmidl::this_call().allocate<std::int64_t>(static_cast<std::size_t>(elements));
      for (auto& element : array) element = i;
      ++items;
      co_yield array;
    }
  }
  static Stream<std::int32_t> ends_after(std::int32_t count, std::string why) {
    for (std::int32_t i = 0; i < count; ++i) co_yield i;
    throw feed::Ended{why, count};
  }

  const shmidl::StreamOptions endless_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto threads = static_cast<unsigned>(std::atoi(argv[2]));
  shmidl::StreamOptions endless;
  if (std::string_view(argv[3]) == "latest") endless = {.slow_reader = shmidl::SlowReader::latest, .window = 1};
  if (std::string_view(argv[3]) == "disconnect") endless = {.slow_reader = shmidl::SlowReader::disconnect, .window = 8};
  FeedImpl impl(endless);
  shmidl::Server server(argv[1], {.threads = threads == 0 ? 1 : threads});
  impl.server = &server;
  server.serve(impl);
  std::cout << "ready" << std::endl;
  if (threads != 0) return server.run(), 0;
  for (const int fd = server.poll_fd(); !server.stopped();) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, -1) == 1) server.dispatch_ready();
  }
}
