// The service of the stress tests, and calls of every kind of it whose answers are known.
#pragma once

#include "whole.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace whole {

inline constexpr std::int32_t kMostLetters = 100'000;  // of an item: whoever asks may lie

/// Tells `began` of each call's id. Threads: any.
class Service final : public Whole {
 public:
  using Began = std::function<void(std::int64_t id)>;
  explicit Service(Began began = [](std::int64_t) {}) : began_(std::move(began)) {}

  std::int64_t add(std::int64_t id, std::int64_t amount) override {
    began_(id);
    return id + amount;
  }
  std::int64_t add_again(std::int64_t id, std::int64_t amount) override { return add(id, amount); }
  std::string say(std::int64_t id, std::string_view text) override {
    began_(id);
    return std::string(text.rbegin(), text.rend());
  }
  shmidl::Array<std::uint8_t> load(std::int64_t id, std::span<const std::uint8_t> bytes) override {
    began_(id);
    auto back = shmidl::this_call().allocate<std::uint8_t>(bytes.size());
    std::reverse_copy(bytes.begin(), bytes.end(), back.data());
    return back;
  }
  void note(std::int64_t id) override { began_(id); }
  void note_text(std::int64_t id, std::string_view) override { began_(id); }
  shmidl::Stream<std::int64_t> count(std::int64_t id, std::int32_t items) override {
    began_(id);
    return numbers(items);
  }
  shmidl::Stream<std::string> texts(std::int64_t id, std::int32_t items, std::int32_t letters) override {
    began_(id);
    return words(items, letters);
  }
  std::int64_t call_back(std::int64_t id, std::shared_ptr<Listener> listener, std::int32_t times) override {
    began_(id);
    std::int64_t sum = 0;
    for (std::int32_t i = 1; i <= times && listener != nullptr; ++i) sum += listener->told(i);
    return sum;
  }
  shmidl::Blob turn(std::int64_t id, const shmidl::Blob& data) override {
    began_(id);
    if (data.size() == 0) return {};
    shmidl::BlobBuilder builder(data.size());
    std::reverse_copy(data.bytes().begin(), data.bytes().end(), builder.bytes().begin());
    return builder.seal();
  }
  shmidl::Fd same(std::int64_t id, const shmidl::Fd& file) override {
    began_(id);
    return shmidl::FdView(file).dup().value();
  }
  void refuse(std::int64_t id, std::string_view why) override {
    began_(id);
    throw Refused{std::string(why)};
  }
  void stay(std::int64_t id, std::int32_t milliseconds) override {
    began_(id);
    const auto stop = shmidl::this_call().stop_token();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) ::usleep(500);
  }
  std::int64_t split(std::int64_t id) override {
    began_(id);
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::alarm(60);
    for (;;) ::pause();
  }

 private:
  static shmidl::Stream<std::int64_t> numbers(std::int32_t items) {
    for (std::int64_t i = 0; i < items; ++i) co_yield i;
  }
  static shmidl::Stream<std::string> words(std::int32_t items, std::int32_t letters) {
    for (std::int32_t i = 0; i < items; ++i) co_yield std::string(static_cast<std::size_t>(std::clamp(letters, 0, kMostLetters)), static_cast<char>('a' + i % 26));
  }

  const Began began_;
};

class Doubler final : public Listener {
 public:
  std::int64_t told(std::int64_t number) override { return 2 * number; }
};

enum class Kind { small, string, array, oneway, long_oneway, numbers, texts, upcall, blob, file, thrown };
inline constexpr Kind kKinds[] = {Kind::small,   Kind::string, Kind::array,  Kind::oneway, Kind::long_oneway, Kind::numbers,
                                  Kind::texts, Kind::upcall, Kind::blob, Kind::file,   Kind::thrown};

inline std::string_view name_of(Kind kind) {
  constexpr std::string_view names[] = {"small", "string", "array", "oneway", "long oneway", "numbers", "texts", "upcall", "blob", "file", "thrown"};
  return names[static_cast<std::size_t>(kind)];
}

/// How a call ended: by its answer, and whether that was the right one, or by an error.
struct Outcome {
  bool answered = false;
  bool right = false;
  shmidl::Errc errc{};
  shmidl::Execution execution = shmidl::Execution::yes;
  std::string text{};  ///< of the error
};

namespace detail {

inline Outcome failed(const shmidl::Error& error) { return {false, false, error.errc(), error.execution(), error.what()}; }

template <class T, class F>
Outcome judge(const shmidl::Result<T>& result, F&& right) {
  if (result) return {true, right()};
  return failed(result.error());
}

/// Reads a stream to its end; `is` says whether item number i is right.
template <class T, class F>
Outcome read_all(shmidl::Result<shmidl::Stream<T>> stream, std::int64_t items, std::chrono::nanoseconds patience, F&& is) {
  if (!stream) return failed(stream.error());
  bool right = true;
  std::int64_t came = 0;
  try {
    while (const std::optional<T> item = stream->next_for(patience)) right = is(came++, *item) && right;
  } catch (const shmidl::Error& error) {
    return failed(error);
  }
  return {true, right && came == items};
}

inline bool same_file(shmidl::FdView one, shmidl::FdView other) {
  struct stat a {};
  struct stat b {};
  return ::fstat(one.get(), &a) == 0 && ::fstat(other.get(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace detail

/// Makes one call of a kind; `size` is the bytes of what has a size. Never throws, but for want of memory.
inline Outcome call(Whole::Client& client, Kind kind, std::int64_t id, std::size_t size, const shmidl::CallOptions& options) {
  using namespace detail;
  constexpr std::int32_t kItems = 5;
  const std::chrono::nanoseconds patience = options.timeout.value_or(std::chrono::seconds(20));
  try {
    switch (kind) {
      case Kind::small: {
        const auto result = client.try_add(id, 100, options);
        return judge(result, [&] { return *result == id + 100; });
      }
      case Kind::string: {
        const std::string text = std::string(size, 'a') + "z";
        const auto result = client.try_say(id, text, options);
        return judge(result, [&] { return *result == std::string(text.rbegin(), text.rend()); });
      }
      case Kind::array: {
        std::vector<std::uint8_t> bytes(size + 1, 7);
        bytes[0] = 1;
        const auto result = client.try_load(id, bytes, options);
        return judge(result, [&] { return result->size() == bytes.size() && std::as_const(*result).back() == 1; });
      }
      case Kind::oneway: {
        const auto result = client.try_note(id, options);
        return judge(result, [] { return true; });
      }
      case Kind::long_oneway: {
        const auto result = client.try_note_text(id, std::string(size, 'n'), options);
        return judge(result, [] { return true; });
      }
      case Kind::numbers:
        return read_all(client.try_count(id, kItems, options), kItems, patience, [](std::int64_t i, std::int64_t item) { return i == item; });
      case Kind::texts: {
        const auto letters = static_cast<std::int32_t>(std::min<std::size_t>(size, kMostLetters));
        return read_all(client.try_texts(id, kItems, letters, options), kItems, patience, [&](std::int64_t i, const std::string& item) {
          return item == std::string(static_cast<std::size_t>(letters), static_cast<char>('a' + i % 26));
        });
      }
      case Kind::upcall: {
        const auto result = client.try_call_back(id, std::make_shared<Doubler>(), 3, options);
        return judge(result, [&] { return *result == 12; });
      }
      case Kind::blob: {
        shmidl::BlobBuilder builder(size + 1);
        builder.bytes()[0] = std::byte{1};
        const auto result = client.try_turn(id, builder.seal(), options);
        return judge(result, [&] { return result->size() == size + 1 && result->bytes().back() == std::byte{1}; });
      }
      case Kind::file: {
        const shmidl::Fd file(::open("/", O_PATH | O_CLOEXEC));
        const auto result = client.try_same(id, file, options);
        return judge(result, [&] { return same_file(*result, file); });
      }
      case Kind::thrown: {
        const auto result = client.try_refuse(id, "on purpose", options);
        if (result) return {true, false};
        const Refused* const refused = result.error().as<Refused>();
        if (refused == nullptr) return failed(result.error());
        return {true, refused->why == "on purpose"};
      }
    }
  } catch (const shmidl::Error& error) {
    return failed(error);
  }
  return {};
}

}  // namespace whole
