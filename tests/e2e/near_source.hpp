// Streams made in every way, by a server or by an object that its client hosts.
#pragma once

#include "near.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

namespace e2e {

class SourceService final : public Source {
 public:
  shmidl::Stream<std::int32_t> numbers(std::int32_t count, std::int32_t made_by, std::int32_t slow, bool fails) override {
    const shmidl::StreamOptions options = slow == 0 ? shmidl::StreamOptions{} : slow == 1 ? shmidl::StreamOptions{.slow_reader = shmidl::SlowReader::latest, .window = 1}
                                                                                       : shmidl::StreamOptions{.slow_reader = shmidl::SlowReader::disconnect, .window = 8};
    if (made_by == 0) return coroutine(count, fails).with(options);
    if (made_by == 1) {
      return shmidl::Stream<std::int32_t>::pull(
          [this, in = std::make_unique<Counted>(open), i = 0, count, fails]() mutable -> std::optional<std::int32_t> {
            if (i == count) return end(fails), std::nullopt;
            ++made;
            return i++;
          },
          options);
    }
    return shmidl::Stream<std::int32_t>::push(
        [this, count, fails](shmidl::Sink<std::int32_t>& sink) {
          const Counted in(open);
          for (std::int32_t i = 0; i < count; ++i) {
            ++made;
            sink.put(i);
          }
          end(fails);
        },
        options);
  }

  shmidl::Stream<shmidl::Array<std::int64_t>> arrays(std::int32_t count, std::int32_t elements) {
    const Counted in(open);
    for (std::int32_t i = 0; i < count; ++i) {
      auto array = shmidl::this_call().allocate<std::int64_t>(static_cast<std::size_t>(elements));
      for (auto& element : array) element = i;
      ++made;
      co_yield array;
    }
  }

  std::atomic<int> open{0};
  std::atomic<std::int64_t> made{0};

 private:
  struct Counted {
    explicit Counted(std::atomic<int>& what) : count(what) { ++count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --count; }
    std::atomic<int>& count;
  };

  static void end(bool fails) {
    if (fails) throw Refused{"at the end", 9};
  }
  shmidl::Stream<std::int32_t> coroutine(std::int32_t count, bool fails) {
    const Counted in(open);
    for (std::int32_t i = 0; i < count; ++i) {
      ++made;
      co_yield i;
    }
    end(fails);
  }
};

}  // namespace e2e
