// Reads a stream of a server that may lie, then one of the good server "feed": stream_victim NAME numbers|words|files|many. Says how many items it
// read, how many were too large, and the end or the number of the error; then "good" if the good server's stream came. With "many" it counts streams
// that it opens and drops.
#include "feed.shmidl.hpp"
#include "relay.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

constexpr shmidl::ClientOptions kOptions{.timeout = 10s, .connect_timeout = 10s};

std::string name_of(const shmidl::Error& error) { return "error " + std::to_string(static_cast<int>(error.errc())); }

/// One step: an item, a refusal, or how the stream ended.
template <class T>
std::string step(shmidl::Stream<T>& stream, int& items, int& refused) {
  try {
    if (!stream.next_for(10s)) return "end";
    ++items;
  } catch (const shmidl::Error& error) {
    if (error.errc() != shmidl::Errc::too_large) return name_of(error);
    ++refused;
  }
  return {};
}

template <class T>
std::string read_all(shmidl::Result<shmidl::Stream<T>> opened) {
  if (!opened) return "closed, " + name_of(opened.error());
  shmidl::Stream<T> stream = std::move(*opened);
  int items = 0;
  int refused = 0;
  std::string end;
  while (end.empty()) end = step(stream, items, refused);
  for (int again = 0; again < 3; ++again) {
    if (step(stream, items, refused) != end) end += " and another one";
  }
  return std::to_string(items) + " items, " + std::to_string(refused) + " refused, " + end;
}

std::string open_many(feed::Feed::Client& feed) {
  for (int i = 0;; ++i) {
    const auto opened = feed.try_count(1'000'000);
    if (!opened) return std::to_string(i) + " streams, " + name_of(opened.error());
  }
}

std::string read(const std::string& address, const std::string& what) {
  if (what == "numbers") return read_all(shmidl::connect<feed::Feed>(address, kOptions)->try_count(1'000'000));
  if (what == "many") return open_many(*shmidl::connect<feed::Feed>(address, kOptions));
  if (what == "words") return read_all(shmidl::connect<relay::Relay>(address, kOptions)->try_words("any"));
  return read_all(shmidl::connect<relay::Relay>(address, kOptions)->try_files(1'000'000));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto good = shmidl::connect<feed::Feed>("feed", kOptions);
  auto stream = good->count(100);
  static_cast<void>(stream.next());
  std::string said = read(argv[1], argv[2]);
  for (std::int32_t i = 1; i < 100; ++i) {
    if (stream.next() != i) said += ", bad";
  }
  std::cout << said << (stream.next() ? ", bad" : ", good") << std::endl;
}
