#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <limits>
#include <string>
#include <type_traits>

#include "os/failure.hpp"
#include "os/memory.hpp"
#include "os/segment.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U  // Linux 6.3
#endif

namespace shmidl::os {

namespace {

// From this size on the machine's memory is looked at first: the kernel would rather end some
// process than refuse a reservation. Chosen, not measured; the look costs about 50 us.
constexpr std::size_t kLookBytes = std::size_t{16} << 20;

// MemAvailable of /proc/meminfo in bytes; the largest number when it cannot be read.
std::uint64_t available_memory() {
  constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();
  const Fd file{::open("/proc/meminfo", O_RDONLY | O_CLOEXEC)};
  std::string text(4096, '\0');
  const ssize_t length = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (length <= 0) return kUnknown;
  text.resize(static_cast<std::size_t>(length));
  constexpr std::string_view kField = "MemAvailable:";
  std::size_t at = text.find(kField);
  if (at == text.npos) return kUnknown;
  at = text.find_first_not_of(' ', at + kField.size());
  std::uint64_t kilobytes = 0;
  if (at == text.npos || std::from_chars(text.data() + at, text.data() + text.size(), kilobytes).ec != std::errc{}) return kUnknown;
  return kilobytes * 1024;
}

Result<void> seal(const Fd& segment, int seals, std::string_view what) {
  if (::fcntl(segment.get(), F_ADD_SEALS, seals) == 0) return {};
  const int error = errno;
  if (error == EBUSY) return failure(Errc::would_block, error, what, "unmap its writable maps first");
  if (error == EINVAL) return failure(Errc::no_resources, error, what, "needs a memfd, and Linux 5.1 or later");
  return failure(error, what);
}

}  // namespace

Result<Fd> create_segment(std::size_t bytes) {
  using FileSize = off_t;
  if (bytes == 0 || bytes > static_cast<std::make_unsigned_t<FileSize>>(std::numeric_limits<FileSize>::max()))
    return Error{Errc::too_large, "cannot create " + segment_of(bytes) + ": no segment has this size"};

  if (bytes >= kLookBytes && bytes > available_memory())
    return Error{Errc::no_resources, "cannot reserve the memory of " + segment_of(bytes) + ": only " + std::to_string(available_memory()) +
                                         " bytes are available on this machine"};
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = ::memfd_create("shmidl", kFlags | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = ::memfd_create("shmidl", kFlags);
  if (fd < 0) return failure(errno, "create " + segment_of(bytes));
  Fd segment{fd};

  const FileSize size = static_cast<FileSize>(bytes);
  int result;
  do result = ::ftruncate(fd, size);
  while (result != 0 && errno == EINTR);
  if (result != 0) {
    const int error = errno;
    return failure(error == EINVAL ? Errc::too_large : errc_of(error), error, "give its size to " + segment_of(bytes));
  }
  do result = ::fallocate(fd, 0, 0, size);
  while (result != 0 && errno == EINTR);
  if (result != 0) return failure(errno, "reserve the memory of " + segment_of(bytes));
  return segment;
}

Result<void> seal_segment(const Fd& segment) { return seal(segment, seals_of(Sealed::segment), "seal a segment"); }

Result<void> seal_constant(const Fd& segment) { return seal(segment, seals_of(Sealed::constant), "seal a segment against all writing"); }

}  // namespace shmidl::os
