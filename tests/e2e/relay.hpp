// A service whose streams hand descriptors, blobs and objects over; both sides of a test have one.
#pragma once

#include "pipes.hpp"
#include "relay.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2e {

class CounterOf final : public relay::Counter {
 public:
  explicit CounterOf(int start) noexcept : value_(start) { ++living; }
  CounterOf(const CounterOf&) = delete;
  CounterOf& operator=(const CounterOf&) = delete;
  ~CounterOf() override { --living; }
  std::int32_t add(std::int32_t amount) override { return value_ += amount; }

  static inline std::atomic<int> living{0};

 private:
  std::atomic<int> value_;
};

inline shmidl::Blob blob_of(int number, int bytes) {
  shmidl::BlobBuilder builder(static_cast<std::size_t>(bytes));
  std::memset(builder.bytes().data(), number, builder.bytes().size());
  return builder.seal();
}

inline relay::Crate crate_of(int number) {
  relay::Crate crate;
  crate.number = number;
  crate.name = "crate " + std::to_string(number);
  crate.file = pipe_with(std::to_string(number));
  if (number % 2 == 1) crate.spare = pipe_with("spare");
  crate.data = blob_of(number, 5000);
  crate.counter = std::make_shared<CounterOf>(number);
  return crate;
}

/// Its number, if all that is in it says the same.
inline std::int64_t value_of(const relay::Crate& crate) {
  const bool whole = crate.name == "crate " + std::to_string(crate.number) && text_of(crate.file) == std::to_string(crate.number) &&
                     crate.spare.has_value() == (crate.number % 2 == 1) && (!crate.spare || text_of(*crate.spare) == "spare") && crate.data.size() == 5000 &&
                     crate.data.as<std::uint8_t>()[4999] == static_cast<std::uint8_t>(crate.number) && crate.counter->add(1) == crate.number + 1;
  return whole ? crate.number : -1'000'000;
}

class RelayService final : public relay::Relay {
 public:
  template <class T>
  using Stream = shmidl::Stream<T>;

  explicit RelayService(const shmidl::StreamOptions& options = {}) : options_(options) {}

  Stream<shmidl::Fd> files(std::int32_t count) override { return make_files(count).with(options_); }
  Stream<std::vector<shmidl::Fd>> bundles(std::int32_t count, std::int32_t each) override {
    for (std::int32_t i = 0; i < count; ++i) {
      std::vector<shmidl::Fd> files;
      for (std::int32_t k = 0; k < each; ++k) files.push_back(pipe_with(std::to_string(i * each + k)));
      ++made_;
      co_yield files;
    }
  }
  Stream<shmidl::Blob> blobs(std::int32_t count, std::int32_t bytes) override { return make_blobs(count, bytes).with(options_); }
  Stream<shmidl::Blob> same(std::int32_t count, const shmidl::Blob& data) override {
    for (std::int32_t i = 0; i < count; ++i) co_yield data;
  }
  Stream<std::shared_ptr<relay::Counter>> counters(std::int32_t count) override { return make_counters(count).with(options_); }
  Stream<relay::Crate> crates(std::int32_t count, std::int32_t made_by) override {
    if (made_by == 0) return make_crates(count).with(options_);
    if (made_by == 1) {
      return Stream<relay::Crate>::pull(
          [this, i = 0, count]() mutable -> std::optional<relay::Crate> {
            if (i == count) return std::nullopt;
            ++made_;
            return crate_of(i++);
          },
          options_);
    }
    return Stream<relay::Crate>::push(
        [this, count](shmidl::Sink<relay::Crate>& sink) {
          for (int i = 0; i < count; ++i) {
            ++made_;
            sink.put(crate_of(i));
          }
        },
        options_);
  }
  Stream<relay::Load> loads(std::int32_t count) override {
    using Tag = relay::Load::Tag;
    for (std::int32_t i = 0; i < count; ++i) {
      if (i % 4 == 0) co_yield relay::Load::make<Tag::number>(i);
      if (i % 4 == 1) co_yield relay::Load::make<Tag::file>(pipe_with(std::to_string(i)));
      if (i % 4 == 2) co_yield relay::Load::make<Tag::data>(blob_of(i, 100));
      if (i % 4 == 3) co_yield relay::Load::make<Tag::counter>(std::make_shared<CounterOf>(i));
    }
  }
  Stream<std::string> words(std::string_view text) override {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      co_yield std::string(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  Stream<shmidl::Array<std::uint8_t>> blocks(std::span<const std::uint8_t> sizes) override {
    return Stream<shmidl::Array<std::uint8_t>>::push([sizes](auto& sink) {
      for (const std::uint8_t size : sizes) sink.put(std::vector<std::uint8_t>(size, size));
    });
  }
  std::int64_t empty(std::shared_ptr<relay::Relay> from, std::int32_t count, std::int32_t made_by, std::int32_t read) override {
    std::int64_t sum = 0;
    if (read == 0) return sum;
    for (const relay::Crate& crate : from->crates(count, made_by)) {
      sum += value_of(crate);
      if (--read == 0) break;
    }
    return sum;
  }
  shmidl::Fd file(std::int32_t number) override { return pipe_with(std::to_string(number)); }
  std::int32_t living() override { return CounterOf::living; }
  std::int64_t made() override { return made_; }

 private:
  Stream<shmidl::Fd> make_files(int count) {
    for (int i = 0; i < count; ++i) {
      ++made_;
      co_yield pipe_with(std::to_string(i));
    }
  }
  Stream<shmidl::Blob> make_blobs(int count, int bytes) {
    for (int i = 0; i < count; ++i) {
      ++made_;
      co_yield blob_of(i, bytes);
    }
  }
  Stream<std::shared_ptr<relay::Counter>> make_counters(int count) {
    for (int i = 0; i < count; ++i) {
      ++made_;
      co_yield std::make_shared<CounterOf>(i);
    }
  }
  Stream<relay::Crate> make_crates(int count) {
    for (int i = 0; i < count; ++i) {
      ++made_;
      const relay::Crate crate = crate_of(i);
      co_yield crate;
    }
  }

  const shmidl::StreamOptions options_;
  std::atomic<std::int64_t> made_{0};
};

/// How a service of the tests treats slow readers: "block", "latest" or "disconnect".
inline shmidl::StreamOptions relay_options(std::string_view slow) {
  if (slow == "latest") return {.slow_reader = shmidl::SlowReader::latest, .window = 1};
  if (slow == "disconnect") return {.slow_reader = shmidl::SlowReader::disconnect, .window = 8};
  return {};
}

}  // namespace e2e
