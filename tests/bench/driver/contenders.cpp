#include "driver/contenders.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

constexpr std::string_view kPrefix = "bench_";

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Pipe {
  std::array<int, 2> ends{};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  }
  ~Pipe() {
    close_writer();
    ::close(ends[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
};

pid_t start(const std::vector<std::string>& command, int out, int err) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    if (::getppid() == parent) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::setpgid(pid, pid);
  return pid;
}

/// Appends what is there; false at the end.
bool take(int end, std::string& text) {
  std::array<char, 65536> bytes;
  const ssize_t got = ::read(end, bytes.data(), bytes.size());
  if (got > 0) text.append(bytes.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string last_line(const std::string& text) {
  std::string last;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

std::string reason_of(const Outcome& outcome) {
  const std::string line = last_line(outcome.err);
  if (!line.empty()) return line;
  return outcome.status > 128 ? "ended by signal " + std::to_string(outcome.status - 128) : "exit status " + std::to_string(outcome.status);
}

}  // namespace

Outcome run_program(const std::vector<std::string>& command, std::chrono::seconds patience) {
  Pipe out;
  Pipe err;
  const pid_t pid = start(command, out.ends[1], err.ends[1]);
  out.close_writer();
  err.close_writer();
  Outcome outcome;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::array<pollfd, 2> open{{{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};
  // Standard error may be held open by what the contender left behind: the end of standard output is the end.
  while (open[0].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    if (::poll(open.data(), open.size(), static_cast<int>(left)) < 0) {
      if (errno != EINTR) fail("poll");
      continue;
    }
    if (open[0].revents != 0 && !take(open[0].fd, outcome.out)) open[0].fd = -1;
    if (open[1].revents != 0 && !take(open[1].fd, outcome.err)) open[1].fd = -1;
  }
  const bool late = open[0].fd >= 0;
  if (late) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-pid, SIGKILL);  // what it left behind
  if (open[1].fd >= 0) {
    ::fcntl(open[1].fd, F_SETFL, O_NONBLOCK);
    while (take(open[1].fd, outcome.err)) {
    }
  }
  if (late) outcome.err += "\ntook more than " + std::to_string(patience.count()) + " s\n";
  outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return outcome;
}

std::vector<Contender> find_contenders(const std::filesystem::path& folder) {
  std::vector<Contender> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with(kPrefix) || !entry.is_regular_file() || ::access(entry.path().c_str(), X_OK) != 0) continue;
    Contender contender{file.substr(kPrefix.size()), entry.path(), {}, {}};
    const Outcome outcome = run_program({entry.path().string(), "rows"}, std::chrono::seconds(20));
    std::istringstream rows(outcome.out);
    for (std::string row; std::getline(rows, row);) contender.rows.push_back(row);
    if (outcome.status != 0 || contender.rows.empty()) {
      contender.rows.clear();
      contender.failure = reason_of(outcome);
    }
    found.push_back(std::move(contender));
  }
  std::sort(found.begin(), found.end(), [](const Contender& one, const Contender& other) {
    const auto rank = [](const Contender& contender) {
      return std::tuple(contender.name != "floors", contender.name != "shmidl", contender.name);
    };
    return rank(one) < rank(other);
  });
  return found;
}

nlohmann::json run_row(const Contender& contender, const std::string& row, const Cores& cores, double seconds) {
  const auto patience = std::chrono::seconds(static_cast<long>(seconds) + 90);
  const Outcome outcome = run_program(
      {contender.program.string(), "run", row, std::to_string(cores.client), std::to_string(cores.server), std::to_string(seconds)},
      patience);
  if (outcome.status != 0) throw std::runtime_error(reason_of(outcome));
  try {
    nlohmann::json result = nlohmann::json::parse(outcome.out);
    if (result.at("row") != row || result.at("batches").empty())
      throw std::runtime_error("it answered for another row, or measured nothing");
    return result;
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("its answer is not what it should be: ") + error.what());
  }
}

}  // namespace shmidl::bench
