// Calls that go on in an event loop, one after the other.
#include "rows.hpp"
#include "service.hpp"

#include "../../support/detached.hpp"

#include <coroutine>

#include <poll.h>

namespace shmidl::bench {

namespace {

test::Detached add_once(Work::Client& work, LinkHandle& handle, std::int32_t& total) {
  total = co_await work.async_add(total, 1);
  handle.stop();
}

/// `begin` begins a call that adds 1 to the total; `end` has it go on.
template <class Begin, class End>
Result one_by_one(const Context& context, const std::string& role, Begin&& begin, End&& end) {
  const ServerProcess server(context, role);
  const auto work = connect_work(context, "adaptive");
  LinkHandle handle = link(*work);
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    begin(*work, handle, total);
    while (total == calls) end(handle);
    ++calls;
  });
  check_add(total, calls);
  return {std::move(samples), "adaptive"};
}

void begin_then(Work::Client& work, LinkHandle& handle, std::int32_t& total) {
  work.async_add(total, 1).then([&](shmidl::Result<std::int32_t> answer) {
    total = answer.value();
    handle.stop();
  });
}

void run_once(LinkHandle& handle) { handle.run(); }

void poll_once(LinkHandle& handle) {
  pollfd ready{handle.poll_fd(), POLLIN, 0};
  if (::poll(&ready, 1, -1) == 1) static_cast<void>(handle.dispatch_ready());
}

Result then_in_run(const Context& context) { return one_by_one(context, "adaptive", begin_then, run_once); }

Result coroutine(const Context& context) {
  return one_by_one(
      context, "adaptive", [](Work::Client& work, LinkHandle& handle, std::int32_t& total) { add_once(work, handle, total); }, run_once);
}

Result client_in_loop(const Context& context) { return one_by_one(context, "adaptive", begin_then, poll_once); }

Result server_in_loop(const Context& context) { return {call_add(context, "loop", "adaptive"), "adaptive"}; }

}  // namespace

void add_loops(Rows& rows) {
  rows["async.then"] = then_in_run;
  rows["async.coroutine"] = coroutine;
  rows["loop.client"] = client_in_loop;
  rows["loop.server"] = server_in_loop;
}

}  // namespace shmidl::bench
