#include "support/contender.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

constexpr std::size_t kSinglesKept = 2000;  ///< chosen, not measured: keeps the raw file of a run at some megabytes
constexpr std::size_t kBatchesKept = 400;   ///< the same
constexpr double kSeconds = 0.4;            ///< chosen, not measured

/// A folder of this run's own.
class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "shmidl-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "cannot make " + path_);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

template <class Number>
Number number(std::string_view word) {
  Number value{};
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size()) {
    throw std::invalid_argument("'" + std::string(word) + "' is not a number");
  }
  return value;
}

/// As many of the samples as the report keeps, evenly taken, so that the quantiles stay.
std::vector<Nanoseconds> thinned(std::vector<Nanoseconds> samples, std::size_t most) {
  std::sort(samples.begin(), samples.end());
  if (samples.size() <= most) return samples;
  std::vector<Nanoseconds> kept(most);
  for (std::size_t i = 0; i < most; ++i) kept[i] = samples[i * (samples.size() - 1) / (most - 1)];
  return kept;
}

/// Ends this process if the measurement hangs: 40 s beyond what was asked for.
void limit_time(double seconds) { ::alarm(static_cast<unsigned>(seconds) + 40); }

void run(const std::string& name, const std::string& version, const Measure& measure, const std::string& row, Cores cores, double seconds) {
  limit_time(seconds);
  const TempDir dir;
  if (on_one_core(row)) cores.server = cores.client;
  pin(cores.client);
  const Result result = measure({row, cores, seconds, dir.path()});
  if (result.samples.batches.empty()) throw std::runtime_error("nothing was measured");
  std::cout << nlohmann::json{{"contender", name},
                              {"row", row},
                              {"unit", result.unit},
                              {"batches", thinned(result.samples.batches, kBatchesKept)},
                              {"singles", thinned(result.samples.singles, kSinglesKept)},
                              {"waiting", result.waiting},
                              {"version", version},
                              {"extra", result.extra}}
                   .dump()
            << '\n';
}

int usage(const std::string& name) {
  std::cerr << "usage: bench_" << name << " rows\n       bench_" << name << " run ROW CLIENT_CORE SERVER_CORE [SECONDS]\n";
  return 2;
}

}  // namespace

void ServerContext::ready() {
  if (pipe_ < 0) return;
  if (::write(pipe_, "r", 1) != 1) throw std::system_error(errno, std::generic_category(), "cannot tell the client");
  ::close(std::exchange(pipe_, -1));
}

ServerProcess::ServerProcess(const Context& context, const std::string& role) {
  constexpr int kPatienceMs = 20'000;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  process_ = std::make_unique<Process>(
      std::vector<std::string>{std::filesystem::read_symlink("/proc/self/exe").string(), "serve", role,
                               std::to_string(context.cores.server), std::to_string(ends[1]), context.dir.string()},
      ends[1]);
  ::close(ends[1]);
  pollfd readable{ends[0], POLLIN, 0};
  char answer = 0;
  const bool told = ::poll(&readable, 1, kPatienceMs) == 1 && ::read(ends[0], &answer, 1) == 1;
  ::close(ends[0]);
  if (!told) throw std::runtime_error("the server did not start");
}

int contender_main(int argc, char** argv, const std::string& name, const std::string& version, const std::map<std::string, Measure>& rows,
                   const Serve& serve) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "rows") {
    for (const auto& [row, measure] : rows) std::cout << row << '\n';
    return 0;
  }
  if (words.size() == 5 && words[0] == "serve" && serve) {
    pin(number<int>(words[2]));
    ServerContext context(words[1], words[4], number<int>(words[3]));
    serve(context);
    return 0;
  }
  if ((words.size() != 4 && words.size() != 5) || words[0] != "run") return usage(name);
  const auto found = rows.find(words[1]);
  if (found == rows.end()) throw std::invalid_argument("no such row: " + words[1]);
  run(name, version, found->second, words[1], {number<int>(words[2]), number<int>(words[3])},
      words.size() == 5 ? number<double>(words[4]) : kSeconds);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "bench_" << name << ": " << error.what() << '\n';
  return 1;
}

}  // namespace shmidl::bench
