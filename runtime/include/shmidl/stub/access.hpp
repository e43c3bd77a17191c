// The seam through which stubs write a frame into the memory that the peer will read.
#pragma once

#include <cstddef>
#include <cstring>

namespace shmidl::stub {

#ifdef SHMIDL_INSTRUMENTED
/// In instrumented builds the runtime counts, delays or crashes here; see runtime/LAYOUT.md, "The seam".
void write_shared(void* to, const void* from, std::size_t bytes) noexcept;
void zero_shared(void* to, std::size_t bytes) noexcept;
#else
/// Writes memory that only this process writes; the peer looks only after the frame was published.
inline void write_shared(void* to, const void* from, std::size_t bytes) noexcept { std::memcpy(to, from, bytes); }
inline void zero_shared(void* to, std::size_t bytes) noexcept { std::memset(to, 0, bytes); }
#endif

}  // namespace shmidl::stub
