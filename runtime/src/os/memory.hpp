#pragma once

// Shared memory with one writer (invariant I1) and its mappings.
//
// The owner creates a segment, maps it, seals it, and only then hands the descriptor
// out. After that no process, the owner included, can make another writable map of it,
// write to the file, or change its size. The peer checks the seals before it trusts the
// size, and the allocated blocks before it touches a page.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

namespace shmidl::os {

/// A mapped range of memory and its owner.
///
/// Lifetime: move-only; unmapped by the destructor. A forked child does not have the range
///           (MADV_DONTFORK), so there the destructor does nothing.
/// Threads:  like a pointer; the range may be accessed by any thread.
class Mapping {
 public:
  Mapping() noexcept = default;
  /// Takes a mapped range over.
  Mapping(std::byte* data, std::size_t bytes) noexcept;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { unmap(); }

  /// The first byte; null when nothing is mapped. A peer's range is read-only: a write to it is SIGSEGV.
  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return bytes_; }
  explicit operator bool() const noexcept { return data_ != nullptr; }

  /// Forgets the range without unmapping it.
  std::byte* release() noexcept;

 private:
  void unmap() noexcept;

  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint32_t process_mark_ = 0;
};

/// The size of a page of this machine.
std::size_t page_size() noexcept;

/// `bytes` rounded up to whole pages; saturates at the largest whole number of pages.
std::size_t round_to_pages(std::size_t bytes) noexcept;

/// Creates an anonymous segment whose memory is all reserved.
///
/// Shape:  a memfd, zeroed, close-on-exec, sealable, never executable where the kernel can say so.
/// Errors: Errc::no_resources when memory or descriptors are short, now rather than by SIGBUS later;
///         Errc::too_large for a size that no file can have, and for 0.
Result<Fd> create_segment(std::size_t bytes);

/// Maps an own segment for reading and writing, all pages touched, absent in forked children and core dumps.
///
/// Errors: Errc::no_resources; Errc::permission_denied when the segment is sealed already.
Result<Mapping> map_owned(const Fd& segment, std::size_t bytes);

/// Ends all ways to write but the maps that exist, and fixes the size. Called after map_owned.
Result<void> seal_segment(const Fd& segment);

/// Ends all ways to write, and fixes the size.
///
/// Errors: Errc::would_block while a writable map exists.
Result<void> seal_constant(const Fd& segment);

/// What the seals of a received descriptor must promise.
enum class Sealed {
  segment,   ///< what seal_segment() sets: its owner's map alone writes
  constant,  ///< what seal_constant() sets: nobody writes
};

/// Checks a received descriptor.
///
/// Shape:  looks at the seals first (fails on anything but a memfd), then the size, then whether
///         every block is there (a hole would be allocated, and charged, when it is read).
/// Errors: Errc::protocol_error for a descriptor that does not keep these rules; Errc::no_resources.
Result<void> check_peer(const Fd& segment, std::size_t expected_bytes, Sealed sealed);

/// Maps an own segment for filling it once, page by page as they are written; absent in forked children and core dumps.
///
/// Errors: as map_owned().
Result<Mapping> map_to_fill(const Fd& segment, std::size_t bytes);
/// Copies `bytes` into a segment that is not mapped: in half the time of a map that is made for it.
///
/// Errors: Errc::no_resources; Errc::permission_denied when the segment is sealed already.
Result<void> fill_segment(const Fd& segment, std::span<const std::byte> bytes);

/// Maps what is sealed against all writing, for reading, page by page as they are read; forked children have it, too.
///
/// Errors: Errc::no_resources.
Result<std::byte*> map_constant(const Fd& segment, std::size_t bytes);
/// Ends such a map.
void unmap_constant(const std::byte* data, std::size_t bytes) noexcept;

/// Checks a received descriptor and maps it for reading. Errors: as check_peer().
Result<Mapping> map_peer(const Fd& segment, std::size_t expected_bytes, Sealed sealed);

}  // namespace shmidl::os
