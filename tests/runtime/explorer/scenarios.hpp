// The scenarios: each is small enough for all of its schedules.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine.hpp"
#include "roles.hpp"

namespace explorer {

struct Named {
  std::string_view name;
  std::unique_ptr<Scenario> (*make)(Fault fault, bool deep);
};

/// Threads of one process that want the same lane, as rpc::Lanes gives them to each other.
std::unique_ptr<Scenario> make_bound_lane(Fault fault, int calls);
/// The same of a lane that is bound again.
std::unique_ptr<Scenario> make_bound_again(Fault fault, int calls);
/// Threads of one process that want the same lock, as rpc::BiasedLock gives it to them: its owner, and one that takes it for good, or as a guest.
std::unique_ptr<Scenario> make_biased_lock(Fault fault, int turns, bool guest);
/// A server's worker whose oneway call ends, and the leader.
std::unique_ptr<Scenario> make_oneway_ends(Fault fault);
/// A handler that calls the process that waits for its reply, or has given up.
std::unique_ptr<Scenario> make_notice(Fault fault, std::uint32_t calls, bool gives_up);
/// Threads of a server of which one leads, as rpc::Lead has it.
std::unique_ptr<Scenario> make_lead(Fault fault);
/// The same where the leader may be deposed.
std::unique_ptr<Scenario> make_deposed_lead(Fault fault, std::uint32_t deposers, bool leads_again);

/// What goes on in a stream.
struct StreamPlan {
  std::uint32_t items = 2;
  bool reader_sleeps = false;
  bool maker_sleeps = false;
  bool maker_dies = false;
  bool reader_gives_up = false;  ///< at the first item
};
/// A stream, its maker and its reader.
std::unique_ptr<Scenario> make_stream(Fault fault, const StreamPlan& plan);

const std::vector<Named>& all_scenarios();
std::unique_ptr<Scenario> make_scenario(std::string_view name, Fault fault = Fault::none, bool deep = false);

}  // namespace explorer
