// One-way rings of 64-byte slots: what messages without an answer can reach.
#pragma once

#include "support/contender.hpp"

namespace shmidl::bench {

/// `ring.each`: a counter on a line of its own tells of each message; `ring.batch16`: of each 16th; `ring.flag`: a sequence in each slot.
Result ring(const Context& context);

}  // namespace shmidl::bench
