// Everything at once, for an hour: soak [--seconds N] [--every N]
//
// Two services. `steady` is never killed: it has clients that are killed and stopped, and hostile ones. `mortal` is killed, stopped and started again, under
// clients that live on. Each process notes its calls in one ledger; what must never happen is counted there. See tests/README.md.
#include "ledger.hpp"
#include "maps.hpp"
#include "services.hpp"
#include "support/process.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include <sched.h>

using namespace std::chrono_literals;
using shmidl::test::Process;
using Clock = std::chrono::steady_clock;

namespace {

#ifdef SHMIDL_SANITIZED
constexpr std::size_t kAllocatorKeeps = std::size_t{1} << 30;  // a sanitizer's own keeps what was freed
#else
constexpr std::size_t kAllocatorKeeps = std::size_t{64} << 20;
#endif

/// What a process holds, as the kernel tells it.
struct Holds {
  std::size_t files = 0;
  std::size_t shared = 0;
  std::size_t resident = 0;
};

Holds holds(pid_t pid) { return {e2e::open_files(pid), e2e::shared_bytes(pid), e2e::resident_bytes(pid)}; }

/// A process that is started again whenever it has ended.
class Role {
 public:
  Role(const e2e::Services& services, std::string role, std::string name, int number, std::string first_line)
      : ledger_((services.path() / "ledger").string()), role_(std::move(role)), name_(std::move(name)), number_(number), first_line_(std::move(first_line)) {
    start();
  }
  void start() {
    process_.reset();
    process_.emplace(WHOLE_PEER, std::vector<std::string>{role_, name_, ledger_, std::to_string(number_)});
    if (!first_line_.empty()) process_->expect_line(first_line_);
    number_ += role_ == "server" ? 0 : 1000;  // another seed
  }
  [[nodiscard]] Process& process() { return *process_; }
  void kill() {
    process_->kill();
    process_->wait();
    ++kills;
  }
  void stop_for(std::chrono::milliseconds duration) {
    process_->kill(SIGSTOP);
    std::this_thread::sleep_for(duration);  // that is what is done to it, not a wait for something
    process_->kill(SIGCONT);
    ++stops;
  }
  /// Ended by itself: a fault, but of a scribbler, which falls over its own feet.
  [[nodiscard]] bool has_fallen() const { return !process_->running(); }

  int kills = 0;
  int stops = 0;

 private:
  std::string ledger_;
  std::string role_;
  std::string name_;
  int number_;
  std::string first_line_;
  std::optional<Process> process_;
};

struct Options {
  std::chrono::seconds duration = 1h;
  std::chrono::seconds every = 10s;
};

std::optional<Options> options_from(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const long seconds = std::strtol(argv[i + 1], nullptr, 10);
    if (seconds <= 0) return std::nullopt;
    if (std::strcmp(argv[i], "--seconds") == 0) options.duration = std::chrono::seconds(seconds);
    else if (std::strcmp(argv[i], "--every") == 0) options.every = std::chrono::seconds(seconds);
    else return std::nullopt;
  }
  if (argc % 2 == 0) return std::nullopt;
  return options;
}

/// The first two cores that this process may use are all that it and its children have.
void keep_to_two_cores() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t two;
  CPU_ZERO(&two);
  for (std::size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++core) {
    if (CPU_ISSET(core, &allowed)) CPU_SET(core, &two);
  }
  static_cast<void>(::sched_setaffinity(0, sizeof two, &two));
}

std::string errors_of(const whole::Ledger& ledger) {
  std::string text;
  for (std::size_t errc = 1; errc < whole::Ledger::kErrors; ++errc) {
    if (ledger.errors(errc) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(to_string(static_cast<shmidl::Errc>(errc))) + " " + std::to_string(ledger.errors(errc));
  }
  return text.empty() ? "none" : text;
}

std::string describe(const Holds& held) {
  return std::to_string(held.files) + " descriptors, " + std::to_string(held.shared >> 10) + " KiB shared, " + std::to_string(held.resident >> 10) + " KiB resident";
}

class Soak {
 public:
  explicit Soak(const Options& options) : options_(options) {}

  /// True if nothing happened that must not.
  bool run() {
    const auto begin = Clock::now();
    const auto end = begin + options_.duration;
    auto next_print = begin + options_.every;
    std::mt19937 random(std::random_device{}());
    while (Clock::now() < end && fault_.empty()) {
      disturb(random);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
      look_for_the_fallen();
      if (Clock::now() < next_print) continue;
      next_print += options_.every;
      print(std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count());
    }
    print(std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count());
    const bool has_settled = settles();
    if (has_settled) std::cout << "  steady server, without clients: " << describe(holds(steady_.process().pid())) << "; at first: " << describe(settled_) << '\n';
    bool any = false;
    const std::string breaches = ledger_.describe(any);
    std::cout << "calls by kind:";
    for (const whole::Kind kind : whole::kKinds) std::cout << ' ' << name_of(kind) << ' ' << ledger_.calls(kind) << (kind == whole::kKinds[std::size(whole::kKinds) - 1] ? "\n" : ",");
    std::cout << breaches << '\n';
    print_errors();
    if (!fault_.empty()) std::cout << "BREACH: " << fault_ << '\n';
    if (!has_settled) std::cout << "BREACH: the steady server keeps " << describe(holds(steady_.process().pid())) << "; it began with " << describe(settled_) << '\n';
    if (any) std::cout << "BREACH: see the counts above\n";
    return !any && fault_.empty() && has_settled;
  }

 private:
  void disturb(std::mt19937& random) {
    switch (random() % 12) {
      case 0:
        mortal_.kill();
        return mortal_.start();
      case 1: return mortal_.stop_for(std::chrono::milliseconds(random() % 100));
      case 2:
      case 3:
        victim_.kill();
        return victim_.start();
      case 4: return victim_.stop_for(std::chrono::milliseconds(random() % 100));
      case 5: return steady_.stop_for(std::chrono::milliseconds(random() % 20));
      case 6:
        scribbler_.kill();
        return scribbler_.start();
      default: return;
    }
  }

  void look_for_the_fallen() {
    if (scribbler_.has_fallen()) scribbler_.start();
    for (Role* const role : {&steady_, &mortal_, &victim_, &patient_, &lasting_, &honest_}) {
      if (role->has_fallen()) fault_ = "a process ended by itself with " + std::to_string(role->process().wait()) + ": " + role->process().err();
    }
  }

  void print(std::chrono::seconds::rep seconds) {
    bool any = false;
    const std::string breaches = ledger_.describe(any);
    std::cout << seconds << " s: " << ledger_.calls() << " calls; killed: " << mortal_.kills << " servers, " << victim_.kills << " clients; stopped "
              << mortal_.stops + victim_.stops + steady_.stops << "; errors: " << errors_of(ledger_) << "\n  " << breaches << "\n";
    if (fault_.empty()) {
      std::cout << "  steady server: " << describe(holds(steady_.process().pid())) << "\n  steady client: " << describe(holds(patient_.process().pid())) << std::endl;
    }
  }

  /// What errors other than a death said, each once.
  void print_errors() const {
    std::map<std::string, int> texts;
    std::ifstream file(services_.path() / "ledger.errors");
    for (std::string line; std::getline(file, line);) ++texts[line];
    for (const auto& [text, count] : texts) std::cout << "  " << count << " times: " << text << '\n';
  }

  /// When all clients have gone, the steady server holds what it held before the first, but for what its allocator keeps.
  bool settles() {
    for (Role* const role : {&victim_, &scribbler_, &noise_, &honest_, &patient_, &lasting_}) role->kill();
    const auto deadline = Clock::now() + 20s;
    Holds now;
    do {
      if (steady_.has_fallen()) return false;
      std::this_thread::sleep_for(20ms);
      now = holds(steady_.process().pid());
      if (now.files <= settled_.files + 4 && now.shared <= settled_.shared && now.resident < settled_.resident + kAllocatorKeeps) return true;
    } while (Clock::now() < deadline);
    return false;
  }

  const Options options_;
  const e2e::Services services_;
  whole::Ledger& ledger_ = whole::ledger_in((services_.path() / "ledger").string());
  Role steady_{services_, "server", "steady", 3, "ready"};
  const Holds settled_ = holds(steady_.process().pid());  // without any client
  Role mortal_{services_, "server", "mortal", 2, "ready"};
  Role patient_{services_, "client", "mortal", 1, "calling"};   // connects anew when its server is dead
  Role lasting_{services_, "again", "mortal", 2, "calling"};    // has clients that do so themselves
  Role honest_{services_, "client", "steady", 3, "calling"};
  Role victim_{services_, "client", "steady", 4, "calling"};
  Role scribbler_{services_, "scribbler", "steady", 5, ""};
  Role noise_{services_, "noise", "steady", 6, ""};
  std::string fault_;
};

}  // namespace

int main(int argc, char** argv) try {
  const auto options = options_from(argc, argv);
  if (!options) {
    std::cerr << "usage: soak [--seconds N] [--every N]\n";
    return 2;
  }
  keep_to_two_cores();
  return Soak(*options).run() ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
