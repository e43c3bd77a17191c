#include "rpc/target.hpp"

namespace shmidl::stub {

void retain(Target& target) noexcept { target.retain(); }
void release(Target& target) noexcept { target.release(); }
Link& link_of(const Target& target) noexcept { return target.link(); }

}  // namespace shmidl::stub
