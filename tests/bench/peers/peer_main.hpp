// The rows of any library: what it can do (peer.hpp) measured in the way that is the same for all.
#pragma once

#include "peers/peer.hpp"
#include "support/contender.hpp"
#include "support/pages.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace shmidl::bench {

/// A connection, with the server and what else the library needs to run: as long as the process.
template <class Peer>
class Session {
 public:
  Session(const Context& context, Waiting waiting, std::size_t payload_bytes = 0) : setup_{context.dir / "peer", waiting, payload_bytes} {
    if (payload_bytes > 0) keep_pages();
    if constexpr (requires { typename Peer::Daemon; }) {
      daemon().emplace(setup_);
    }
    server_.emplace(context, role());
    if constexpr (requires { Peer::join(); }) Peer::join();
    client_ = std::make_unique<typename Peer::Client>(setup_);
  }

  [[nodiscard]] typename Peer::Client& client() { return *client_; }
  [[nodiscard]] const Setup& setup() const { return setup_; }
  [[nodiscard]] pid_t server() const { return server_->pid(); }
  /// The server, and the library's daemon if it has one.
  [[nodiscard]] std::vector<pid_t> others() const {
    if constexpr (requires { daemon()->pid(); }) return {server_->pid(), daemon()->pid()};
    return {server_->pid()};
  }
  [[nodiscard]] std::string waiting() const { return name_of(setup_.waiting); }
  static std::string name_of(Waiting waiting) { return waiting == Waiting::poll ? "poll" : "block"; }

  /// What the server was told, in its own process.
  static Setup setup_from(const ServerContext& context) {
    Setup setup{context.dir / "peer", Waiting::poll, 0};
    std::istringstream words(context.role);
    std::string waiting;
    if (!(words >> waiting >> setup.payload_bytes)) throw std::invalid_argument("a server without a role");
    if (waiting == "block") setup.waiting = Waiting::block;
    return setup;
  }

 private:
  /// Outlives the library's own static objects, which join() and Client make later.
  static auto& daemon() requires requires { typename Peer::Daemon; }
  {
    static std::optional<typename Peer::Daemon> one;
    return one;
  }
  [[nodiscard]] std::string role() const { return name_of(setup_.waiting) + ' ' + std::to_string(setup_.payload_bytes); }

  Setup setup_;
  std::optional<ServerProcess> server_;
  std::unique_ptr<typename Peer::Client> client_;
};

template <class Peer>
Result measure_add(const Context& context, Waiting waiting) {
  Session<Peer> session(context, waiting);
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    total = session.client().add(total, 1);
    ++calls;
  });
  check_add(total, calls);
  return {std::move(samples), session.waiting()};
}

template <class Peer>
Result measure_sum(const Context& context) {
  const auto [bytes, filling] = sum_row(context.row);
  Session<Peer> session(context, Peer::kWaits.front(), bytes);
  auto& client = session.client();
  std::uint32_t seed = 0;
  const auto exchange = [&, bytes = bytes, filling = filling] {
    const std::span<std::uint8_t> room = client.room(bytes, filling);
    if (filling == Filling::unread) {
      check_sum(client.hand_over(Verb::take), bytes);
    } else {
      fill(room, ++seed);
      check_sum(client.hand_over(Verb::sum), sum_of(bytes, seed));
    }
  };
  return {sample(context.seconds, exchange), session.waiting()};
}

template <class Peer>
Result measure_oneway(const Context& context) {
  Session<Peer> session(context, Peer::kWaits.front());
  std::uint64_t expected = 0;
  const auto send = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) session.client().log(static_cast<std::int32_t>(i));
    expected += std::uint64_t{count} * (count - 1) / 2;
    check_sum(session.client().logged(), expected);
  };
  return {sample_rate(context.seconds, send), session.waiting()};
}

template <class Peer>
Result measure_pipelined(const Context& context) {
  Session<Peer> session(context, Peer::kWaits.front());
  const auto send = [&](std::size_t count) { check_sum(session.client().add_many(count), std::uint64_t{count} * (count - 1) / 2 + count); };
  return {sample_rate(context.seconds, send), session.waiting()};
}

/// Each thread has a connection of its own: few of these libraries let two threads use one.
template <class Peer>
Result measure_threads(const Context& context) {
  const std::size_t threads = threads_of(context.row);
  yield_when_relaxing() = threads > 1;
  Session<Peer> session(context, Peer::kWaits.front());
  std::vector<std::function<void()>> callers;
  for (std::size_t i = 0; i < threads; ++i) {
    // A client belongs to the thread that made it, which is gone in the end: the process's end frees it.
    callers.emplace_back([&setup = session.setup(), client = static_cast<typename Peer::Client*>(nullptr), total = 0]() mutable {
      if (client == nullptr) client = std::make_unique<typename Peer::Client>(setup).release();
      check_add(client->add(total, 1), total + 1);
      ++total;
    });
  }
  const std::string waiting = session.waiting() + (threads > 1 && session.waiting() == "poll" ? ", yielding" : "");
  return {sample_threads(context, callers), waiting, {{"clients", threads}}};
}

template <class Peer>
void call_a_little(Session<Peer>& session) {
  constexpr std::int32_t kCalls = 1000;
  for (std::int32_t i = 0; i < kCalls; ++i) check_add(session.client().add(i, 1), i + 1);
}

/// Asleep where the library can sleep.
template <class Peer>
Result measure_idle_of(const Context& context) {
  Session<Peer> session(context, Peer::kWaits.back());
  call_a_little(session);
  return measure_idle(session.others(), session.waiting());
}

template <class Peer>
Result measure_memory_of(const Context& context) {
  Session<Peer> session(context, Peer::kWaits.back());
  call_a_little(session);
  Result result = measure_memory(session.server(), session.waiting());
  if (session.others().size() > 1) result.extra["daemon_pss_bytes"] = pss_bytes(session.others().back());
  return result;
}

/// All rows that the library can do.
template <class Peer>
std::map<std::string, Measure> rows_of() {
  std::map<std::string, Measure> rows{{"idle", measure_idle_of<Peer>}, {"memory", measure_memory_of<Peer>}};
  for (const Waiting waiting : Peer::kWaits) {
    const Measure add = [waiting](const Context& context) { return measure_add<Peer>(context, waiting); };
    rows["add." + Session<Peer>::name_of(waiting)] = add;
    if (waiting == Waiting::block) rows["add.block.onecore"] = add;
  }
  for (const std::string& row : call_rows()) {
    if (row.starts_with("sum.") && (Peer::kInPlace || !row.ends_with(".inplace"))) rows[row] = measure_sum<Peer>;
    if (row.starts_with("threads.") && (!Peer::kOneClient || row == "threads.1")) rows[row] = measure_threads<Peer>;
  }
  if constexpr (requires(typename Peer::Client & client) { client.log(1); }) rows["oneway"] = measure_oneway<Peer>;
  if constexpr (requires(typename Peer::Client & client) { client.add_many(1); }) rows["pipelined"] = measure_pipelined<Peer>;
  return rows;
}

template <class Peer>
int peer_main(int argc, char** argv) {
  return contender_main(argc, argv, Peer::name, Peer::version(), rows_of<Peer>(), [](ServerContext& context) {
    const Setup setup = Session<Peer>::setup_from(context);
    if (setup.payload_bytes > 0) keep_pages();
    if constexpr (requires { Peer::join(); }) Peer::join();
    Peer::serve(setup, [&context] { context.ready(); });
  });
}

}  // namespace shmidl::bench
