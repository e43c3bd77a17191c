// The other processes of the stress tests: whole_peer ROLE NAME LEDGER NUMBER
//
//   server     serves Whole with NUMBER threads; says "ready" once clients can connect
//   client     makes calls of every kind until it is killed, in four threads; says "calling". What errors say stands in LEDGER.errors
//   again      the same, and its clients outlive their server
//   split      is connected, and has a child that keeps the socket; says the child's pid. It waits to be killed
//   scribbler  makes calls and meanwhile writes over its own segments, ten thousand words a second
//   noise      sends what is no hello
#include "ledger.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace std::chrono_literals;
using whole::Kind;

namespace {

std::shared_ptr<whole::Whole::Client> meet(const std::string& name, shmidl::Reconnect::Policy policy = shmidl::Reconnect::never) {
  return shmidl::connect<whole::Whole>(name, {.connect_timeout = 10s, .reconnect = {.policy = policy}});
}

std::size_t some_size(std::mt19937_64& random) {
  // Mostly what fits a frame's body, sometimes what is read in place, rarely what needs a region.
  switch (random() % 16) {
    case 0: return static_cast<std::size_t>(random() % 1'000'000);
    case 1:
    case 2:
    case 3: return static_cast<std::size_t>(random() % 30'000);
    default: return static_cast<std::size_t>(random() % 2'000);
  }
}

void serve(const std::string& name, whole::Ledger& ledger, unsigned threads) {
  whole::Service service([&](std::int64_t id) { ledger.began(id); });
  shmidl::Server server(name, {.threads = threads});
  server.serve(service);
  std::cout << "ready" << std::endl;
  server.run();
}

[[noreturn]] void call_for_ever(const std::string& name, whole::Ledger& ledger, std::uint64_t seed, bool reconnects, const std::string& errors) {
  std::shared_ptr<whole::Whole::Client> common = meet(name, reconnects ? shmidl::Reconnect::on_next_call : shmidl::Reconnect::never);
  std::mutex mutex;  // of `common`
  const auto work = [&](std::uint64_t number) {
    std::mt19937_64 random(seed * 64 + number);
    for (;;) {
      std::shared_ptr<whole::Whole::Client> client;
      {
        const std::lock_guard lock(mutex);
        client = common;
      }
      const Kind kind = whole::kKinds[random() % std::size(whole::kKinds)];
      const whole::Outcome outcome = noted_call(ledger, *client, kind, some_size(random));
      const bool is_dead = !outcome.answered && (outcome.errc == shmidl::Errc::not_executed || outcome.errc == shmidl::Errc::maybe_executed);
      if (!outcome.answered && !is_dead && outcome.errc != shmidl::Errc::would_block) {
        std::ofstream(errors, std::ios::app) << (name + ", " + std::string(name_of(kind)) + ": " + outcome.text + "\n");
      }
      if (!is_dead || reconnects) continue;
      const std::lock_guard lock(mutex);
      if (common != client) continue;
      try {
        common = meet(name);
      } catch (const shmidl::Error&) {  // the server is on its way
      }
    }
  };
  std::cout << "calling" << std::endl;
  std::thread(work, 1).detach();
  std::thread(work, 2).detach();
  std::thread(work, 3).detach();
  work(4);
  std::abort();
}

[[noreturn]] void split(const std::string& name, whole::Ledger& ledger) {
  const auto client = meet(name);
  noted_call(ledger, *client, Kind::string, 6000);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, 0);
    ::alarm(60);  // ends it, should the test not
  } else {
    std::cout << child << std::endl;
  }
  for (;;) ::pause();
}

/// The memory that this process writes and another one reads.
std::vector<std::span<std::uint32_t>> own_segments() {
  std::vector<std::span<std::uint32_t>> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char access[5] = {};
    if (line.find("/memfd:shmidl") == std::string::npos || std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3) continue;
    if (std::strcmp(access, "rw-s") == 0) found.emplace_back(reinterpret_cast<std::uint32_t*>(begin), (end - begin) / sizeof(std::uint32_t));
  }
  return found;
}

/// Its own library sees no difference, unless the server falls for it: what a process writes into its own segments it never reads.
[[noreturn]] void scribble(const std::string& name, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (;;) {
    try {
      const auto client = meet(name);
      std::atomic<bool> over{false};
      std::thread caller([&] {
        std::mt19937_64 mine(seed + 1);
        for (int i = 0; i < 200 && !over.load(); ++i) {
          static_cast<void>(whole::call(*client, whole::kKinds[mine() % std::size(whole::kKinds)], 0, some_size(mine), {.timeout = 20ms}));
        }
        over.store(true);
      });
      // Words of cells are nonsense at once; so most rounds begin behind the control words, where the content lies.
      const bool anywhere = random() % 4 == 0;
      const auto segments = own_segments();
      while (!over.load() && !segments.empty()) {
        const auto segment = segments[static_cast<std::size_t>(random() % segments.size())];
        const std::size_t first = anywhere ? 0 : std::min<std::size_t>(segment.size() - 1, 4096 / 4);
        std::atomic_ref(segment[first + static_cast<std::size_t>(random() % (segment.size() - first))]).store(static_cast<std::uint32_t>(random() % 3 == 0 ? random() % 70 : random()));
        std::this_thread::sleep_for(50us);
      }
      caller.join();
    } catch (const std::exception&) {  // refused, or not there
    }
  }
}

[[noreturn]] void make_noise(const std::string& name, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::snprintf(to.sun_path, sizeof to.sun_path, "%s/%s.sock", std::getenv("SHMIDL_DIR"), name.c_str());
  for (;;) {
    const shmidl::Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
      std::array<std::uint64_t, 64> words;
      for (auto& word : words) word = random();
      static_cast<void>(::send(socket.get(), words.data(), random() % sizeof words, MSG_NOSIGNAL));
    }
    std::this_thread::sleep_for(2ms);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) return 2;
  const std::string role = argv[1];
  const std::string name = argv[2];
  whole::Ledger& ledger = whole::ledger_in(argv[3]);
  const std::uint64_t number = std::strtoull(argv[4], nullptr, 10);
  if (role == "server") serve(name, ledger, static_cast<unsigned>(number));
  else if (role == "client" || role == "again") call_for_ever(name, ledger, number, role == "again", std::string(argv[3]) + ".errors");
  else if (role == "split") split(name, ledger);
  else if (role == "scribbler") scribble(name, number);
  else if (role == "noise") make_noise(name, number);
  else return 2;
} catch (const std::exception& error) {
  std::cerr << argv[1] << ": " << error.what() << '\n';
  return 1;
}
