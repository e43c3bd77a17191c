#include "steps/segments.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <tuple>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void* map(int file, int protection) {
  void* memory = ::mmap(nullptr, sizeof(Segment), protection, MAP_SHARED | MAP_POPULATE, file, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

/// A segment for its owner and for the peer; never unmapped: the process ends with the measurement.
std::pair<Segment*, const Segment*> make() {
  const int file = ::memfd_create("step", MFD_CLOEXEC);
  if (file < 0 || ::ftruncate(file, sizeof(Segment)) != 0) fail("memfd");
  auto* owned = new (map(file, PROT_READ | PROT_WRITE)) Segment;
  const auto* read = static_cast<const Segment*>(map(file, PROT_READ));
  ::close(file);
  return {owned, read};
}

}  // namespace

Segments::Segments() {
  std::tie(client_, server_read_) = make();
  std::tie(server_, client_read_) = make();
}

}  // namespace shmidl::bench
