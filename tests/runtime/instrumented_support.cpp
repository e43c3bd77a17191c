#include "instrumented_support.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <set>
#include <string>
#include <system_error>

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace instrumented {
namespace {

constexpr std::chrono::milliseconds kPatience = 20s;

class Handlers final : public echo::Echo {
 public:
  std::int32_t add(std::int32_t a, std::int32_t b) override {
    executed(a);
    return a + b;
  }
  std::string say(std::int32_t id, std::string_view text) override {
    executed(id);
    return std::string(text.rbegin(), text.rend());
  }
  shmidl::Array<std::uint8_t> load(std::int32_t id, std::span<const std::uint8_t> bytes) override {
    executed(id);
    auto back = shmidl::this_call().allocate<std::uint8_t>(bytes.size());
    std::reverse_copy(bytes.begin(), bytes.end(), back.data());
    return back;
  }
  void note(std::int32_t id) override { executed(id); }

 private:
  static void executed(std::int32_t id) {
    const auto call = static_cast<std::uint32_t>(id);
    if (call < kCalls) board().executed[call].fetch_add(1);
  }
};

}  // namespace

Board& board() {
  static Board* const page = [] {
    void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return new (memory) Board{};
  }();
  return *page;
}

void reset_board() { new (&board()) Board{}; }

Child::Child(const std::function<void()>& work) {
  static_cast<void>(board());
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    int status = 1;
    try {
      work();
      status = 0;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(status);
  }
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

Child::~Child() {
  kill();
  wait();
  if (pidfd_ >= 0) ::close(pidfd_);
}

void Child::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

bool Child::running() const {
  if (pid_ <= 0) return false;
  pollfd ended{pidfd_, POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

int Child::wait(std::chrono::milliseconds patience) {
  if (pid_ <= 0) return status_;
  pollfd ended{pidfd_, POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(patience.count())) != 1) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

std::unique_ptr<Child> start_server(shmidl::Wait wait, const std::function<void()>& before) {
  board().serving.store(0);
  auto child = std::make_unique<Child>([&] {
    before();
    Handlers handlers;
    shmidl::Server server("echo", {.wait = wait});
    server.serve(handlers);
    board().serving.store(1);
    server.run();
  });
  return child;
}

std::shared_ptr<echo::Echo::Client> connect(shmidl::Wait wait) {
  return shmidl::connect<echo::Echo>("echo", {.wait = wait, .timeout = kPatience / 2, .connect_timeout = kPatience / 2});
}

Services::Services() { ::setenv("SHMIDL_DIR", dir_.string().c_str(), 1); }
Services::~Services() { ::unsetenv("SHMIDL_DIR"); }

std::string Services::files() const {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) names.insert(entry.path().filename());
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
  return all;
}

Mapped find_segments() {
  Mapped found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/memfd:shmidl") == std::string::npos) continue;
    unsigned long begin = 0;
    unsigned long end = 0;
    char access[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3 || end - begin != shmidl::shm::kSegmentBytes) continue;
    (access[1] == 'w' ? found.own : found.peer) = begin;
  }
  return found;
}

}  // namespace instrumented
