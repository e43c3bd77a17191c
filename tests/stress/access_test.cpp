// Who is let in, and what a peer gets to see: other users, containers, and what lies in shared memory beside the values.
//
// All processes are forked by a test that has no thread, before it has a connection. Needs root for other users, and the right to make namespaces for containers.
#include "whole.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

using namespace std::chrono_literals;
using shmidl::Errc;
using whole::Kind;

namespace {

constexpr uid_t kSomebody = 54321;
constexpr auto kPatience = 20s;

/// A forked process that tells its parent lines, until it is killed with its last copy.
class Other {
 public:
  using Say = std::function<void(const std::string&)>;

  explicit Other(const std::function<void(const Say&)>& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const Say say = [&](const std::string& text) { static_cast<void>(::write(ends[1], (text + '\n').c_str(), text.size() + 1) == 0); };
      try {
        work(say);
      } catch (const std::exception& error) {
        say(error.what());
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    from_.reset(ends[0]);
  }
  ~Other() { end(); }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;

  std::string line() {
    while (text_.find('\n') == std::string::npos) {
      pollfd ready{from_.get(), POLLIN, 0};
      char bytes[512];
      if (::poll(&ready, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) != 1) return "nothing";
      const ssize_t length = ::read(from_.get(), bytes, sizeof bytes);
      if (length <= 0) return "ended";
      text_.append(bytes, static_cast<std::size_t>(length));
    }
    const std::size_t length = text_.find('\n');
    const std::string line = text_.substr(0, length);
    text_.erase(0, length + 1);
    return line;
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  shmidl::Fd from_;
  std::string text_;
};

/// The rest of this process runs as somebody else.
void become(uid_t user) {
  if (user != 0 && (::setgid(user) != 0 || ::setuid(user) != 0)) throw std::runtime_error("cannot become user " + std::to_string(user));
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void serve(const Other::Say& say, bool lets_all_in) {
  whole::Service service;
  shmidl::ServerOptions options{.threads = 2};
  if (lets_all_in) options.allow = [](const shmidl::Caller&) { return true; };
  shmidl::Server server("whole", options);
  server.serve(service);
  say("ready");
  server.run();
}

std::shared_ptr<whole::Whole::Client> meet(std::optional<uid_t> expected = std::nullopt) {
  return shmidl::connect<whole::Whole>("whole", {.timeout = kPatience, .connect_timeout = kPatience, .expect_uid = expected});
}

std::string call_all(whole::Whole::Client& client) {
  for (const Kind kind : whole::kKinds) {
    const auto outcome = whole::call(client, kind, 1, 9000, {});
    if (!outcome.right) return std::string(name_of(kind)) + ": " + outcome.text;
  }
  return "good";
}

/// How a client's connection and calls go: "good", or the error.
std::string try_all(std::optional<uid_t> expected = std::nullopt) {
  try {
    return call_all(*meet(expected));
  } catch (const shmidl::Error& error) {
    return std::string(to_string(error.errc()));
  }
}

std::string denied() { return std::string(to_string(Errc::permission_denied)); }

/// A service directory, as its mode says; the test's and its children's.
struct Place {
  explicit Place(mode_t mode) {
    ::chmod(dir.path().c_str(), mode);
    ::setenv("SHMIDL_DIR", dir.path().c_str(), 1);
  }
  ~Place() { ::unsetenv("SHMIDL_DIR"); }
  shmidl::test::TempDir dir;
};

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("not root: nothing was tested");
  return false;
}

/// This process, and what it forks, sees nothing of the others but one directory, under a path of its own.
void enter_container(const std::string& shared, const std::string& inside, int more) {
  const auto check = [](int result, const char* what) {
    if (result != 0) throw std::runtime_error(std::string("no namespaces: ") + what + ": " + std::strerror(errno));
  };
  check(::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | more), "unshare");
  if ((more & CLONE_NEWUSER) != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 0 1";
    std::ofstream("/proc/self/gid_map") << "0 0 1";
  }
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  check(::mount(shared.c_str(), inside.c_str(), nullptr, MS_BIND, nullptr), "bind");
  check(::mount("tmpfs", shared.c_str(), "tmpfs", 0, nullptr), "tmpfs");  // the directory is here under the other name alone
  check(::mount("tmpfs", "/dev/shm", "tmpfs", 0, nullptr), "/dev/shm");
  ::setenv("SHMIDL_DIR", inside.c_str(), 1);
  const pid_t first = ::fork();  // process 1 of its namespace
  check(first < 0, "fork");
  if (first != 0) {
    ::waitpid(first, nullptr, 0);
    ::_exit(0);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if ((more & CLONE_NEWUSER) == 0) check(::mount("proc", "/proc", "proc", 0, nullptr), "/proc");
}

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string flags;  ///< VmFlags
};

/// Mappings of a process: its segments, and all of them.
struct Mappings {
  explicit Mappings(const std::string& process) {
    std::ifstream smaps("/proc/" + process + "/smaps");
    bool is_segment = false;
    for (std::string line; std::getline(smaps, line);) {
      unsigned long begin = 0;
      unsigned long end = 0;
      char access[5] = {};
      if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) == 3) {
        is_segment = line.find("/memfd:shmidl") != std::string::npos;
        all.push_back({begin, end, {}});
        if (is_segment) segments.push_back({begin, end, {}});
      } else if (is_segment && line.starts_with("VmFlags:")) {
        segments.back().flags = line + " ";
      }
    }
  }
  [[nodiscard]] bool has(std::uintptr_t address) const {
    return std::any_of(all.begin(), all.end(), [&](const Range& range) { return range.begin <= address && address < range.end; });
  }
  std::vector<Range> segments;
  std::vector<Range> all;
};

}  // namespace

TEST_CASE("a server of another user is refused unless it is the one expected") {
  if (!is_root()) return;
  const Place place(01777);
  Other server([](const Other::Say& say) {
    become(kSomebody);
    serve(say, true);
  });
  REQUIRE(server.line() == "ready");
  Other client([](const Other::Say& say) {
    say(try_all());
    say(try_all(kSomebody + 1));
    say(try_all(0));
    say(try_all(kSomebody));
  });
  CHECK(client.line() == denied());
  CHECK(client.line() == denied());
  CHECK(client.line() == denied());
  CHECK(client.line() == "good");
}

TEST_CASE("a client of another user is let in by `allow` alone") {
  if (!is_root()) return;
  const bool lets_in = GENERATE(false, true);
  const Place place(0755);
  Other server([&](const Other::Say& say) { serve(say, lets_in); });
  REQUIRE(server.line() == "ready");
  Other client([](const Other::Say& say) {
    become(kSomebody);
    say(try_all());
  });
  CHECK(client.line() == (lets_in ? "good" : denied()));
  Other own([](const Other::Say& say) { say(try_all()); });
  CHECK(own.line() == "good");
}

TEST_CASE("a socket is for its owner alone, unless `allow` is set; the lock always") {
  const bool lets_in = GENERATE(false, true);
  const Place place(0700);
  Other server([&](const Other::Say& say) { serve(say, lets_in); });
  REQUIRE(server.line() == "ready");
  const auto mode_of = [&](const char* name) {
    struct stat status {};
    REQUIRE(::stat((place.dir.path() / name).c_str(), &status) == 0);
    return status.st_mode & 0777;
  };
  CHECK(mode_of("whole.sock") == (lets_in ? 0666u : 0600u));
  CHECK(mode_of("whole.lock") == 0600);
}

TEST_CASE("two containers that share one directory, and no other namespace, call each other, and hear of each other's death") {
  if (!is_root()) return;
  const int more = GENERATE(0, CLONE_NEWUSER);
  const Place place(0700);
  const shmidl::test::TempDir one;
  const shmidl::test::TempDir other;
  Other server([&](const Other::Say& say) {
    enter_container(place.dir.path(), one.path(), more);
    serve(say, false);
  });
  const std::string first = server.line();
  if (first.starts_with("no namespaces")) {
    WARN(first << ": nothing was tested");
    return;
  }
  REQUIRE(first == "ready");
  Other client([&](const Other::Say& say) {
    enter_container(place.dir.path(), other.path(), more);
    const auto whole = meet();
    say(call_all(*whole));
    const auto outcome = whole->try_stay(1, 60'000);
    say(outcome ? "an answer" : std::string(to_string(outcome.error().errc())));
  });
  CHECK(client.line() == "good");
  server.end();
  const std::string end = client.line();
  CHECK((end == to_string(Errc::maybe_executed) || end == to_string(Errc::not_executed)));
}

TEST_CASE("no address of a process lies in shared memory, and nothing of that memory in a core dump") {
  const Place place(0700);
  Other server([](const Other::Say& say) { serve(say, false); });
  REQUIRE(server.line() == "ready");
  Other client([](const Other::Say& say) {
    const auto whole = meet();
    say(call_all(*whole));
    const auto array = whole->load(1, std::vector<std::uint8_t>(300'000, 7));
    const std::string server_pid = std::to_string(shmidl::link(*whole).peer().pid);
    std::vector<Mappings> processes;
    processes.emplace_back("self");
    processes.emplace_back(server_pid);
    std::size_t words = 0;
    for (const Range& segment : processes[0].segments) {  // the peer's are mapped here, too
      for (std::uintptr_t at = segment.begin; at + sizeof(std::uintptr_t) <= segment.end; at += 4) {
        std::uintptr_t word = 0;
        std::memcpy(&word, reinterpret_cast<const void*>(at), sizeof word);
        ++words;
        if (word < 0x10000) continue;
#ifndef SHMIDL_SANITIZED  // a sanitizer maps most of what there is
        for (const Mappings& process : processes) {
          if (process.has(word)) return say("an address at " + std::to_string(at - segment.begin) + " of a segment of " + std::to_string(segment.end - segment.begin));
        }
#endif
      }
    }
    say(words > 2 * 6000 ? "none" : "no segments");
    for (const Mappings& process : processes) {
      for (const Range& segment : process.segments) {
        if (segment.flags.find(" dd ") == std::string::npos) return say(segment.flags);
      }
    }
    say("left out");
  });
  CHECK(client.line() == "good");
  CHECK(client.line() == "none");
  CHECK(client.line() == "left out");
}
