#include "rows.hpp"
#include "service.hpp"

#include <optional>

namespace shmidl::bench {

namespace {

Measure alone(const std::string& waiting) {
  return [waiting](const Context& context) { return Result{call_add(context, waiting, waiting), waiting}; };
}

Measure beside_burner(const std::string& waiting) {
  return [waiting](const Context& context) {
    const Burner burner(context.cores.client, context.cores.server);
    return Result{call_add(context, waiting, waiting), waiting};
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
