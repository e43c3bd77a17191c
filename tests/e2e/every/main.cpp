// Sends values of every data type of some interface files to a server in another process, and compares what comes back.
// every_calls.hpp is written by the test, with one method of `Every` for each type. Prints "N types" at the end.
#include "every_calls.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

namespace {

constexpr std::uint32_t kSeeds = 24;

int serve(const char* name, int ready) {
  Impl impl;
  shmidl::Server server{name};
  server.serve(impl);
  if (::write(ready, "r", 1) != 1) return 1;
  server.run();
  return 0;
}

}  // namespace

int main() try {
  int ready[2];
  if (::pipe(ready) != 0) return 2;
  const pid_t server = ::fork();
  if (server == 0) return serve("every", ready[1]);
  char letter = 0;
  if (::read(ready[0], &letter, 1) != 1) return 2;
  int types = 0;
  int faults = 0;
  const auto every = shmidl::connect<every::Every>("every", {.connect_timeout = std::chrono::seconds(10)});
  call_each(*every, [&]<class T>(const char* type, std::type_identity<T>, auto&& call) {
    ++types;
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
      T value{};
      if (seed > 0) e2e::Filler(seed).fill<T>(value);  // the first is as the file's defaults make it
      try {
        const T back = call(value);
        if (back == value) continue;
        std::cerr << type << ", seed " << seed << ":\n  sent " << to_string(value) << "\n  got  " << to_string(back) << '\n';
      } catch (const shmidl::Error& error) {
        std::cerr << type << ", seed " << seed << ": " << error.what() << '\n';
      }
      ++faults;
      break;
    }
  });
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  std::cout << types << " types" << std::endl;
  return faults == 0 ? 0 : 1;
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
