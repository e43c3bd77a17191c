// Calls whose handler calls the client back, which answers on the thread that waits; and calls to a server with two threads.
#include "rows.hpp"
#include "service.hpp"

#include <functional>

namespace shmidl::bench {

namespace {

struct Ear final : Listener {
  std::int32_t changed(std::int32_t number) override { return number + 1; }
};

/// `ask` has the server call `ear` with the total, and returns the answer.
Result called_back(const Context& context, const std::function<std::int32_t(Hub::Client&, const std::shared_ptr<Ear>&, std::int32_t)>& ask) {
  const ServerProcess server(context, "poll");
  const auto hub = connect_hub(context, "poll");
  const auto ear = std::make_shared<Ear>();
  hub->keep(ear);
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    total = ask(*hub, ear, total);
    ++calls;
  });
  check_add(total, calls);
  return {std::move(samples), "poll"};
}

Result nested(const Context& context) {
  return called_back(context, [](Hub::Client& hub, const std::shared_ptr<Ear>&, std::int32_t total) { return hub.ask(total); });
}

Result handed_over(const Context& context) {
  return called_back(context, [](Hub::Client& hub, const std::shared_ptr<Ear>& ear, std::int32_t total) { return hub.ask_this(ear, total); });
}

Result in_pool(const Context& context) { return {call_add(context, "pool", "adaptive"), "adaptive"}; }

}  // namespace

void add_upcalls(Rows& rows) {
  rows["upcall.nested"] = nested;
  rows["upcall.handed"] = handed_over;
  rows["pool.add"] = in_pool;
}

}  // namespace shmidl::bench
