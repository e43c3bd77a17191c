// fuzz_NAME [-seconds=N] [-seed=N] [PATH ...]: where there is no libFuzzer. Runs every file below the paths, then mixes and changes them by a
// fixed sequence of random numbers until the time is over. The text that ended a run is left in fuzz-failure.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongest = 4096;

const std::string* g_current = nullptr;  ///< for the signal handler alone

/// Leaves the text of the run on disk; only calls that a handler may make.
extern "C" void keep_current(int number) {
  if (g_current != nullptr) {
    const int fd = ::open("fuzz-failure", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0 && ::write(fd, g_current->data(), g_current->size()) >= 0) ::close(fd);
  }
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void run(const std::string& text) {
  g_current = &text;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  g_current = nullptr;
}

std::vector<std::string> seeds_below(const std::vector<fs::path>& paths) {
  std::vector<std::string> seeds;
  for (const fs::path& path : paths)
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  if (seeds.empty()) seeds.emplace_back("interface {};");
  return seeds;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, std::uint32_t seed) : seeds_(seeds), random_(seed) {}

  std::string next() {
    std::string text = any();
    for (std::size_t left = 1 + below(6); left > 0; --left) change(text);
    if (text.size() > kLongest) text.resize(kLongest);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& any() { return seeds_[below(seeds_.size())]; }

  void change(std::string& text) {
    static const std::string kMarks = "{}()[]<>;,.=*@\"'/\\ \n\t0129azAZ_+-|&~!#\x80\xff";
    const std::size_t at = below(text.size() + 1);
    const std::size_t count = 1 + below(24);
    switch (below(6)) {
      case 0: text.erase(at, count); break;
      case 1: text.insert(at, 1, kMarks[below(kMarks.size())]); break;
      case 2: text.insert(at, text.substr(below(text.size() + 1), count)); break;
      case 3: {
        const std::string& other = any();
        text.insert(at, other.substr(below(other.size() + 1), 4 * count));
        break;
      }
      case 4:
        if (at < text.size()) text[at] = kMarks[below(kMarks.size())];
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random_());
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937 random_;
};

}  // namespace

int main(int argc, char** argv) {
  double seconds = 3;
  std::uint32_t seed = 1;
  std::vector<fs::path> paths;
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    if (argument.starts_with("-seconds=")) seconds = std::atof(argument.c_str() + 9);
    else if (argument.starts_with("-seed=")) seed = static_cast<std::uint32_t>(std::atoi(argument.c_str() + 6));
    else paths.emplace_back(argument);
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(number, keep_current);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  const std::vector<std::string> seeds = seeds_below(paths);
  for (const std::string& text : seeds) run(text);
  Mutator mutator(seeds, seed);
  std::size_t runs = seeds.size();
  for (; std::chrono::steady_clock::now() < end; ++runs) run(mutator.next());
  std::printf("%zu texts\n", runs);
}
