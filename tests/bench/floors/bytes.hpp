// Moving bytes: copies within one process, and ranges that the other process sums.
#pragma once

#include "support/contender.hpp"

namespace shmidl::bench {

/// `memcpy.4k` and its like: from one range to another, both touched and reused; extra: GB/s.
Result copy_floor(const Context& context);

/// `sum.64k.private` and its like: filled in private memory, copied into shared memory, summed by the other process;
/// `.inplace`: filled in shared memory. Ranges rotate through 1 to 32 MiB; the best of these footprints counts.
Result sum_floor(const Context& context);

}  // namespace shmidl::bench
