#include "os/memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <string>

#include "os/failure.hpp"
#include "os/fork.hpp"
#include "os/segment.hpp"

namespace shmidl::os {

namespace {

Errc memory_errc(int error) noexcept { return error == EAGAIN ? Errc::no_resources : errc_of(error); }

Result<Mapping> map(const Fd& segment, std::size_t bytes, int protection, std::string_view what, int flags = MAP_POPULATE) {
  void* const at = ::mmap(nullptr, bytes, protection, MAP_SHARED | flags, segment.get(), 0);
  if (at == MAP_FAILED) {
    const int error = errno;
    return failure(memory_errc(error), error, "map " + std::string{what} + segment_of(bytes));
  }
  // A child neither writes its parent's segment nor unmaps what lies at the address there.
  if (::madvise(at, bytes, MADV_DONTFORK) != 0 || ::madvise(at, bytes, MADV_DONTDUMP) != 0) {
    const int error = errno;
    ::munmap(at, bytes);
    return failure(memory_errc(error), error, "keep " + segment_of(bytes) + " out of forked children and core dumps");
  }
  return Mapping{static_cast<std::byte*>(at), bytes};
}

Error refused(std::string why) { return Error{Errc::protocol_error, "the peer's segment is refused: " + std::move(why)}; }

}  // namespace

Mapping::Mapping(std::byte* data, std::size_t bytes) noexcept : data_{data}, bytes_{bytes}, process_mark_{process_mark()} {}

Mapping::Mapping(Mapping&& other) noexcept : bytes_{other.bytes_}, process_mark_{other.process_mark_} { data_ = other.release(); }

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  bytes_ = other.bytes_;
  process_mark_ = other.process_mark_;
  data_ = other.release();
  return *this;
}

std::byte* Mapping::release() noexcept {
  bytes_ = 0;
  return std::exchange(data_, nullptr);
}

void Mapping::unmap() noexcept {
  if (data_ != nullptr && process_mark_ == process_mark()) ::munmap(data_, bytes_);
  release();
}

std::size_t page_size() noexcept {
  static const std::size_t bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t round_to_pages(std::size_t bytes) noexcept {
  const std::size_t mask = page_size() - 1;
  return bytes > std::numeric_limits<std::size_t>::max() - mask ? ~mask : (bytes + mask) & ~mask;
}

Result<Mapping> map_owned(const Fd& segment, std::size_t bytes) { return map(segment, bytes, PROT_READ | PROT_WRITE, "for writing "); }

Result<void> check_peer(const Fd& segment, std::size_t expected_bytes, Sealed sealed) {
  // The seals come first: what is learned of the size before they are known may change.
  const int seals = ::fcntl(segment.get(), F_GET_SEALS);
  if (seals < 0) return refused("it is not a memfd (" + std::string{failure(errno, "read its seals").what()} + ")");
  const int required = seals_of(sealed);
  if ((seals & required) != required) return refused("its seals are " + std::to_string(seals) + ", needed are " + std::to_string(required));

  struct stat status {};
  if (::fstat(segment.get(), &status) != 0) return failure(errno, "read the size of the peer's segment");
  if (expected_bytes == 0 || status.st_size < 0 || static_cast<std::uint64_t>(status.st_size) != expected_bytes)
    return refused("it has " + std::to_string(status.st_size) + " bytes, announced were " + std::to_string(expected_bytes));
  constexpr std::uint64_t kBlockBytes = 512;  // of st_blocks, whatever the file system
  if (static_cast<std::uint64_t>(status.st_blocks) * kBlockBytes < expected_bytes)
    return refused("only " + std::to_string(status.st_blocks) + " blocks of its " + std::to_string(expected_bytes) + " bytes are reserved");
  return {};
}

Result<Mapping> map_peer(const Fd& segment, std::size_t expected_bytes, Sealed sealed) {
  if (auto checked = check_peer(segment, expected_bytes, sealed); !checked) return checked.error();
  return map(segment, expected_bytes, PROT_READ, "the peer's ");
}

Result<Mapping> map_to_fill(const Fd& segment, std::size_t bytes) { return map(segment, bytes, PROT_READ | PROT_WRITE, "for filling ", 0); }

Result<void> fill_segment(const Fd& segment, std::span<const std::byte> bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t written = ::pwrite(segment.get(), bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (written > 0) {
      at += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      return failure(errno, "fill " + segment_of(bytes.size()));
    }
  }
  return {};
}

Result<std::byte*> map_constant(const Fd& segment, std::size_t bytes) {
  void* const at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, segment.get(), 0);
  if (at == MAP_FAILED) {
    const int error = errno;
    return failure(memory_errc(error), error, "map " + segment_of(bytes) + " for reading");
  }
  ::madvise(at, bytes, MADV_DONTDUMP);
  return static_cast<std::byte*>(at);
}

void unmap_constant(const std::byte* data, std::size_t bytes) noexcept { ::munmap(const_cast<std::byte*>(data), bytes); }

}  // namespace shmidl::os
