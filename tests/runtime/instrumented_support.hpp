// Two processes with an instrumented runtime, told by a page that both share. The process of the tests itself has no thread, so it may fork.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <sys/types.h>

#include "echo.hpp"
#include "shm/access.hpp"
#include "support/temp_dir.hpp"

namespace instrumented {

/// The two sides of the connection.
enum Side : std::uint32_t { kClient = 0, kServer = 1 };

constexpr std::uint32_t kCalls = 8;
constexpr std::size_t kLines = shmidl::shm::kSegmentBytes / 64;

/// What all processes of a test see. Everything begins as zero.
struct Board {
  std::atomic<std::uint32_t> serving;                          ///< 1 once the server has its name
  std::array<std::atomic<std::uint32_t>, 2> die_at;            ///< by side: the access that is its last; 0: none
  std::array<std::atomic<std::uint32_t>, 2> accesses;          ///< by side: counted while die_at is set
  std::array<std::atomic<std::uint32_t>, kCalls> executed;     ///< by call: how often its handler was entered
  std::array<std::atomic<std::int32_t>, kCalls> outcome;       ///< by call: 0 not ended, kGood, kWrong, or the Errc
  std::atomic<std::uint32_t> counting;                         ///< 1: transfers are counted
  std::array<std::atomic<std::uint64_t>, 2> transfers;         ///< by side
  std::array<std::atomic<std::uint64_t>, 2> shared_accesses;   ///< by side
  std::array<std::array<std::atomic<std::uint64_t>, kLines>, 2> versions;  ///< by owner and line: writes so far
  std::array<std::atomic<std::uint64_t>, 2> writes_trapped;    ///< by side
  std::array<std::atomic<std::uint64_t>, 2> read_modify_writes;
};

constexpr std::int32_t kGood = -1;
constexpr std::int32_t kWrong = -2;

/// The page; the same in all processes forked later. Reset it between rounds.
Board& board();
void reset_board();

/// A forked process that runs `work` and leaves with 0, or with 1 if it threw. The kernel kills it if the test dies.
class Child {
 public:
  explicit Child(const std::function<void()>& work);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits 20 seconds at most, unless told otherwise. 0: all went well; 128 + signal; -1: it did not end.
  int wait(std::chrono::milliseconds patience = std::chrono::seconds(20));
  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill() const;
  [[nodiscard]] bool running() const;

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int status_ = -1;
};

/// Serves Echo as "echo" until it is killed. `before` runs first in the new process.
std::unique_ptr<Child> start_server(shmidl::Wait wait, const std::function<void()>& before = [] {});
std::shared_ptr<echo::Echo::Client> connect(shmidl::Wait wait);

/// Services of this test alone, for as long as it lives.
class Services {
 public:
  Services();
  ~Services();
  /// Names of the files there.
  [[nodiscard]] std::string files() const;

 private:
  shmidl::test::TempDir dir_;
};

/// A segment of the connection as this process maps it.
struct Mapped {
  std::uintptr_t own = 0;   ///< the segment that this process writes
  std::uintptr_t peer = 0;  ///< the one it reads
  [[nodiscard]] bool complete() const { return own != 0 && peer != 0; }
};
/// Looks the segments of the only connection up; zero where there is none, or one is not mapped yet.
Mapped find_segments();

}  // namespace instrumented
