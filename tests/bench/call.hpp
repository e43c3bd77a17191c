// The call that is measured: `int add(int, int)` through generated stubs, to a server process that the benchmark starts.
#pragma once

#include "cores.hpp"
#include "samples.hpp"

#include <shmidl/shmidl.hpp>

namespace shmidl::bench {

/// Starts a server, connects, measures, ends the server; both sides wait in the same way.
Samples call_add(const Cores& cores, Wait wait, const Plan& plan);

/// The server's side, in a process of its own: serves under `name` on one core until it is killed.
void serve_add(const char* name, Wait wait, int core);

/// The word for a way to wait, as it goes from the benchmark to its server.
const char* to_string(Wait wait);

/// The way to wait named by a word; throws std::invalid_argument.
Wait wait_from(const char* word);

}  // namespace shmidl::bench
