#include "rows.hpp"
#include "service.hpp"

#include <array>

namespace shmidl::bench {

namespace {

Result oneway(const Context& context) {
  const ServerProcess server(context, "poll");
  const auto work = connect_work(context, "poll");
  std::int64_t sent = 0;
  return {sample_rate(context.seconds,
                      [&](std::size_t count) {
                        for (std::size_t i = 0; i < count; ++i) work->log(1);
                        sent += static_cast<std::int64_t>(count);
                        check_add(work->logged(), sent);
                      }),
          "poll"};
}

/// A window of calls that are under way: the oldest is waited for when the window is full.
Result pipelined(const Context& context) {
  constexpr std::size_t kWindow = 32;  ///< half of what one connection lets be under way
  const ServerProcess server(context, "poll");
  const auto work = connect_work(context, "poll");
  std::array<Future<std::int32_t>, kWindow> window;
  Samples samples = sample_rate(context.seconds, [&](std::size_t count) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < count + kWindow; ++i) {
      Future<std::int32_t>& oldest = window[i % kWindow];
      if (i >= kWindow) total += oldest.get();
      if (i < count) oldest = work->async_add(1, 1);
    }
    check_add(total, 2 * static_cast<std::int64_t>(count));
  });
  return {std::move(samples), "poll", {{"window", kWindow}}};
}

std::function<void()> adding(std::shared_ptr<Work::Client> work) {
  return [work = std::move(work), total = std::int32_t{0}]() mutable {
    const std::int32_t next = work->add(total, 1);
    check_add(next, total + 1);
    total = next;
  };
}

Result threads(const Context& context) {
  const ServerProcess server(context, "adaptive");
  const auto work = connect_work(context, "adaptive");
  return {sample_threads(context, std::vector<std::function<void()>>(threads_of(context.row), adding(work))), "adaptive"};
}

Result two_connections(const Context& context) {
  const ServerProcess server(context, "adaptive");
  return {sample_threads(context, {adding(connect_work(context, "adaptive")), adding(connect_work(context, "adaptive"))}), "adaptive"};
}

}  // namespace

void add_rates(Rows& rows) {
  rows["oneway"] = oneway;
  rows["pipelined"] = pipelined;
  for (const char* count : {"1", "2", "4", "16", "64"}) rows[std::string("threads.") + count] = threads;
  rows["twoconnections"] = two_connections;
}

}  // namespace shmidl::bench
