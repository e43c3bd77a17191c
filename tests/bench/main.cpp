// shmidl_bench [ROUNDS]: calls beside the floors of this machine, from one run.
#include "call.hpp"
#include "cores.hpp"
#include "floors.hpp"
#include "table.hpp"

#include <charconv>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace shmidl::bench;
using shmidl::Wait;

namespace {

constexpr int kRounds = 7;  ///< chosen, not measured: enough that some are left when the host moves a core

std::vector<Row> all_rows(const Cores& apart) {
  const Cores together{apart.client, apart.client};
  return {
      {"line exchange", "", [=] { return line_exchange(apart, Plan::polled()); }},
      {"add, poll", "", [=] { return call_add(apart, Wait::poll, Plan::polled()); }},
      {"add, adaptive", "add, poll", [=] { return call_add(apart, Wait::adaptive, Plan::polled()); }},
      {"futex exchange, one core", "", [=] { return futex_exchange(together, Plan::slept()); }},
      {"add, block, one core", "futex exchange, one core", [=] { return call_add(together, Wait::block, Plan::slept()); }},
      {"Unix socket, one core", "", [=] { return socket_exchange(together, Plan::slept()); }},
      {"futex exchange, two cores", "", [=] { return futex_exchange(apart, Plan::slept()); }},
      {"add, block, two cores", "futex exchange, two cores", [=] { return call_add(apart, Wait::block, Plan::slept()); }},
      {"Unix socket, two cores", "", [=] { return socket_exchange(apart, Plan::slept()); }},
  };
}

/// The number that a word is; throws std::invalid_argument.
int number(std::string_view word) {
  int value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size()) {
    throw std::invalid_argument("'" + std::string(word) + "' is not a number");
  }
  return value;
}

/// A service directory of this run's own, for it and the servers that it starts.
class PrivateServices {
 public:
  PrivateServices() : path_((std::filesystem::temp_directory_path() / "shmidl-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr || ::setenv("SHMIDL_DIR", path_.c_str(), 1) != 0) {
      throw std::runtime_error("cannot make " + path_);
    }
  }
  ~PrivateServices() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PrivateServices(const PrivateServices&) = delete;
  PrivateServices& operator=(const PrivateServices&) = delete;

 private:
  std::string path_;
};

void measure(int rounds) {
  const PrivateServices services;
  const Cores cores = two_cores();
  Table table(cores, all_rows(cores));
  for (int round = 1; round <= rounds; ++round) {
    std::cerr << "round " << round << " of " << rounds << '\n';
    table.run_round(std::cerr);
  }
  table.print(std::cout);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 5 && std::string_view(argv[1]) == "serve") {
    serve_add(argv[2], wait_from(argv[3]), number(argv[4]));
    return 0;
  }
  const int rounds = argc == 2 ? number(argv[1]) : kRounds;
  if (argc > 2 || rounds < 1) {
    std::cerr << "usage: shmidl_bench [ROUNDS]\n";
    return 2;
  }
  measure(rounds);
} catch (const std::exception& error) {
  std::cerr << "shmidl_bench: " << error.what() << '\n';
  return 1;
}
