#include "floors/exchange.hpp"

#include "support/line.hpp"

#include <array>
#include <cstring>

#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Words {
  alignas(128) std::atomic<std::uint32_t> there{0};
  alignas(128) std::atomic<std::uint32_t> back{0};
};

/// A line whose first word is stored last.
struct alignas(128) Line {
  std::atomic<std::uint32_t> sequence{0};
  std::uint32_t unused = 0;
  std::array<std::uint64_t, 7> content{};
};

struct Lines {
  Line there;
  Line back;
};

void sleep_until(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  for (std::uint32_t seen = word.load(std::memory_order_acquire); seen != value; seen = word.load(std::memory_order_acquire)) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
  }
}

void store_and_wake(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  word.store(value, std::memory_order_release);
  ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void write_line(Line& line, const std::array<std::uint64_t, 7>& content, std::uint32_t sequence) {
  line.content = content;
  line.sequence.store(sequence, std::memory_order_release);
}

}  // namespace

Result line_floor(const Context& context) { return {line_exchange(context.cores, context.seconds), "poll"}; }

Result line_with_content(const Context& context) {
  const Shared<Lines> lines;
  const Process answerer([&] {
    pin(context.cores.server);
    for (std::uint32_t turn = 1;; ++turn) {
      spin_until(lines->there.sequence, turn);
      std::array<std::uint64_t, 7> content = lines->there.content;
      for (std::uint64_t& word : content) ++word;
      write_line(lines->back, content, turn);
    }
  });
  std::uint32_t turn = 0;
  std::array<std::uint64_t, 7> content{};
  Samples samples = sample(context.seconds, [&] {
    write_line(lines->there, content, ++turn);
    spin_until(lines->back.sequence, turn);
    content = lines->back.content;
  });
  for (const std::uint64_t word : content) check_add(static_cast<std::int64_t>(word), turn);
  return {std::move(samples), "poll"};
}

Result futex_exchange(const Context& context) {
  const Shared<Words> words;
  const Process answerer([&] {
    pin(context.cores.server);
    for (std::uint32_t turn = 1;; ++turn) {
      sleep_until(words->there, turn);
      store_and_wake(words->back, turn);
    }
  });
  std::uint32_t turn = 0;
  return {sample(context.seconds,
                 [&] {
                   store_and_wake(words->there, ++turn);
                   sleep_until(words->back, turn);
                 }),
          "block"};
}

Result socket_exchange(const Context& context) {
  const bool polled = context.row == "socket.poll";
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | (polled ? SOCK_NONBLOCK : 0), 0, ends.data()) != 0) fail("socketpair");
  const auto receive = [&](int end, std::array<std::byte, 64>& bytes) {
    for (;;) {
      if (::recv(end, bytes.data(), bytes.size(), 0) > 0) return;
      if (errno != EAGAIN) fail("recv");
    }
  };
  const auto send = [&](int end, const std::array<std::byte, 64>& bytes) {
    if (::send(end, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) fail("send");
  };
  const Process answerer([&] {
    pin(context.cores.server);
    std::array<std::byte, 64> bytes{};
    for (;;) {
      receive(ends[1], bytes);
      send(ends[1], bytes);
    }
  });
  std::array<std::byte, 64> bytes{};
  return {sample(context.seconds,
                 [&] {
                   send(ends[0], bytes);
                   receive(ends[0], bytes);
                 }),
          polled ? "poll" : "block"};
}

}  // namespace shmidl::bench
