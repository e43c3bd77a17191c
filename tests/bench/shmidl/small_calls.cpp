#include "rows.hpp"
#include "service.hpp"

#include <optional>

namespace shmidl::bench {

namespace {

Samples call_add(const Context& context, const std::string& waiting) {
  const ServerProcess server(context, waiting);
  const auto work = connect_work(context, waiting);
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    total = work->add(total, 1);
    ++calls;
  });
  check_add(total, calls);
  return samples;
}

Measure alone(const std::string& waiting) {
  return [waiting](const Context& context) { return Result{call_add(context, waiting), waiting}; };
}

Measure beside_burner(const std::string& waiting) {
  return [waiting](const Context& context) {
    const Burner burner(context.cores.client, context.cores.server);
    return Result{call_add(context, waiting), waiting};
  };
}

}  // namespace

void add_small_calls(Rows& rows) {
  for (const char* waiting : {"poll", "adaptive", "block"}) rows[std::string("add.") + waiting] = alone(waiting);
  rows["add.block.onecore"] = alone("block");
  rows["add.adaptive.onecore"] = alone("adaptive");
  for (const char* waiting : {"poll", "adaptive", "block"}) rows[std::string("busy.third.") + waiting] = beside_burner(waiting);
}

}  // namespace shmidl::bench
