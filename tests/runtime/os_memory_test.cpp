#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/fork.hpp"
#include "os/memory.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using os::Mapping;
using os::Sealed;

namespace {

constexpr std::size_t kBytes = 24 * 1024;

std::string map_error(const Fd& fd, std::size_t bytes, Sealed sealed) { return told(os::map_peer(fd, bytes, sealed)); }

/// The line of /proc/self/smaps for the mapping, and the lines of its properties.
std::string smaps_of(const Mapping& mapping) {
  std::ifstream smaps{"/proc/self/smaps"};
  std::array<char, 32> start{};
  std::snprintf(start.data(), start.size(), "%08lx-", reinterpret_cast<unsigned long>(mapping.data()));
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    const bool is_head = line.find('-') < 20 && line.find(':') > line.find('-');
    if (is_head) {
      inside = line.starts_with(start.data());
    }
    if (inside) {
      text += line + '\n';
    }
  }
  return text;
}

struct Pair {
  Fd fd = os::create_segment(kBytes).value();
  Mapping owner = os::map_owned(fd, kBytes).value();
  Mapping peer;
  Pair() {
    os::seal_segment(fd).value();
    peer = os::map_peer(fd, kBytes, Sealed::segment).value();
  }
};

}  // namespace

TEST_CASE("a segment is zeroed, of the size asked for, and reserved") {
  const Fd fd = os::create_segment(kBytes).value();
  struct stat status {};
  REQUIRE(::fstat(fd.get(), &status) == 0);
  CHECK(status.st_size == kBytes);
  CHECK(status.st_blocks * 512 >= status.st_size);
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  const Mapping mapping = os::map_owned(fd, kBytes).value();
  CHECK(mapping.size() == kBytes);
  CHECK(std::all_of(mapping.data(), mapping.data() + kBytes, [](std::byte b) { return b == std::byte{0}; }));
}

TEST_CASE("a segment of no bytes is refused") { CHECK(tells(told(os::create_segment(0)), Errc::too_large)); }

TEST_CASE("a segment larger than the machine is refused at once") {
  if constexpr (sizeof(std::size_t) > 4) {
    const std::string text = told(os::create_segment(std::numeric_limits<std::size_t>::max() / 4));
    CHECK((tells(text, Errc::no_resources) || tells(text, Errc::too_large)));
  }
  CHECK(tells(told(os::create_segment(std::numeric_limits<std::size_t>::max())), Errc::too_large));
}

TEST_CASE("a segment at the limit of descriptors is no_resources and names the limit") {
  const std::string text = in_child([] {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NOFILE, &none);
    return told(os::create_segment(kBytes));
  });
  CHECK(tells(text, Errc::no_resources));
  CHECK_THAT(text, has_text("ulimit -n"));
}

TEST_CASE("a kernel that cannot forbid execution gives a segment all the same") {
  CHECK(in_child([] {
          constexpr std::uint32_t kAllFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x0008U;
          refuse({.system_call = SYS_memfd_create, .error = EINVAL, .argument = 1, .value = kAllFlags});
          return told(os::create_segment(kBytes));
        }) == "ok");
}

TEST_CASE("sizes are rounded up to pages") {
  const std::size_t page = os::page_size();
  CHECK(os::round_to_pages(0) == 0);
  CHECK(os::round_to_pages(1) == page);
  CHECK(os::round_to_pages(page) == page);
  CHECK(os::round_to_pages(page + 1) == 2 * page);
  CHECK(os::round_to_pages(std::numeric_limits<std::size_t>::max()) % page == 0);
}

TEST_CASE("I1: what the owner writes the peer reads") {
  const Pair pair;
  std::memcpy(pair.owner.data() + 100, "hello", 6);
  CHECK(std::memcmp(pair.peer.data() + 100, "hello", 6) == 0);
}

TEST_CASE("I1: a sealed segment has no other way to be written") {
  const Pair pair;
  const int fd = pair.fd.get();
  CHECK(::mprotect(pair.peer.data(), kBytes, PROT_READ | PROT_WRITE) == -1);
  CHECK(errno == EACCES);
  CHECK(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  CHECK(errno == EPERM);
  CHECK(::pwrite(fd, "x", 1, 0) == -1);
  CHECK(errno == EPERM);
  CHECK(::ftruncate(fd, 0) == -1);
  CHECK(::ftruncate(fd, 2 * kBytes) == -1);
  CHECK(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == -1);
  CHECK(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == -1);
  const Fd again{::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR | O_CLOEXEC)};
  CHECK(::pwrite(again.get(), "x", 1, 0) == -1);
  CHECK(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0) == MAP_FAILED);
  CHECK(tells(told(os::map_owned(pair.fd, kBytes)), Errc::permission_denied));
}

TEST_CASE("I1: a write through the peer's map is a fault") {
  CHECK(in_child([] {
          const Pair pair;
          *static_cast<volatile std::byte*>(pair.peer.data()) = std::byte{1};
          return std::string{"written"};
        }) == "killed by signal 11");
}

TEST_CASE("maps stay out of core dumps and forked children") {
  const Pair pair;
  for (const Mapping* mapping : {&pair.owner, &pair.peer}) {
    const std::string smaps = smaps_of(*mapping);
    CHECK_THAT(smaps, has_text(" dd"));
    CHECK_THAT(smaps, has_text(" dc"));
  }
  CHECK_THAT(smaps_of(pair.owner), has_text("rw-s"));
  CHECK_THAT(smaps_of(pair.peer), has_text("r--s"));
}

TEST_CASE("a forked child has no map, and its destructor leaves what lies there alone") {
  Mapping mapping = os::map_owned(os::create_segment(kBytes).value(), kBytes).value();
  CHECK(in_child([&]() -> std::string {
          std::array<unsigned char, 64> resident{};
          if (::mincore(mapping.data(), kBytes, resident.data()) == 0 || errno != ENOMEM) {
            return "the range is mapped";
          }
          void* const mine = ::mmap(mapping.data(), kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
          if (mine != mapping.data()) {
            return "no map there";
          }
          mapping = Mapping{};
          return ::mincore(mine, kBytes, resident.data()) == 0 ? "kept" : "unmapped";
        }) == "kept");
  CHECK(mapping.data()[0] == std::byte{0});
}

TEST_CASE("a mapping moves and ends once") {
  Mapping one = os::map_owned(os::create_segment(kBytes).value(), kBytes).value();
  std::byte* const at = one.data();
  Mapping two = std::move(one);
  CHECK(two.data() == at);
  CHECK(two.size() == kBytes);
  Mapping three;
  three = std::move(two);
  CHECK(three.data() == at);
  three = Mapping{};
  CHECK(!three);
  std::array<unsigned char, 64> resident{};
  CHECK(::mincore(at, kBytes, resident.data()) == -1);
}

TEST_CASE("constant memory cannot be sealed while somebody may write it") {
  const Fd fd = os::create_segment(kBytes).value();
  {
    const Mapping mapping = os::map_owned(fd, kBytes).value();
    std::memcpy(mapping.data(), "blob", 5);
    CHECK(tells(told(os::seal_constant(fd)), Errc::would_block));
    CHECK(tells(map_error(fd, kBytes, Sealed::constant), Errc::protocol_error));
  }
  REQUIRE(os::seal_constant(fd));
  const Mapping peer = os::map_peer(fd, kBytes, Sealed::constant).value();
  CHECK(std::memcmp(peer.data(), "blob", 5) == 0);
}

TEST_CASE("a descriptor that is not a memfd is refused") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Fd reader{ends[0]};
  const Fd writer{ends[1]};
  const TempDir dir;
  const Fd file{::open(dir.write("file", std::string(kBytes, 'x')).c_str(), O_RDWR | O_CLOEXEC)};
  for (const Fd* fd : {&reader, &file}) {
    const std::string text = map_error(*fd, kBytes, Sealed::segment);
    CHECK(tells(text, Errc::protocol_error));
    CHECK_THAT(text, has_text("not a memfd"));
  }
  CHECK(tells(map_error(Fd{}, kBytes, Sealed::segment), Errc::protocol_error));
}

TEST_CASE("a segment that lacks one seal is refused") {
  constexpr std::array kSeals{F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE, F_SEAL_SEAL};
  for (int missing : kSeals) {
    const Fd fd = os::create_segment(kBytes).value();
    for (int seal : kSeals) {
      if (seal != missing && seal != F_SEAL_SEAL) {
        REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, seal) == 0);
      }
    }
    if (missing != F_SEAL_SEAL) {
      REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL) == 0);
    }
    CHECK(tells(map_error(fd, kBytes, Sealed::segment), Errc::protocol_error));
  }
}

TEST_CASE("a segment of another size than announced is refused") {
  const Pair pair;
  for (std::size_t bytes : {std::size_t{0}, kBytes - 1, kBytes + 1, kBytes * 2, std::numeric_limits<std::size_t>::max()}) {
    CHECK(tells(map_error(pair.fd, bytes, Sealed::segment), Errc::protocol_error));
  }
  CHECK(tells(map_error(pair.fd, kBytes, Sealed::constant), Errc::protocol_error));
}

TEST_CASE("a segment with holes is refused") {
  const Fd fd{::memfd_create("holes", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  REQUIRE(::ftruncate(fd.get(), kBytes) == 0);
  REQUIRE(::pwrite(fd.get(), "x", 1, 0) == 1);
  REQUIRE(os::seal_segment(fd));
  const std::string text = map_error(fd, kBytes, Sealed::segment);
  CHECK(tells(text, Errc::protocol_error));
  CHECK_THAT(text, has_text("are reserved"));
}

TEST_CASE("a process mark stays in its process and changes in each child") {
  const std::uint32_t mark = os::process_mark();
  CHECK(mark != 0);
  CHECK(os::process_mark() == mark);
  const std::string child = in_child([] {
    const std::uint32_t own = os::process_mark();
    return std::to_string(own) + (own == os::process_mark() ? " " : "!") + in_child([] { return std::to_string(os::process_mark()); });
  });
  CHECK(child == std::to_string(mark + 1) + " " + std::to_string(mark + 2));
  CHECK(os::process_mark() == mark);
}
