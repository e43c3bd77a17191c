// Serves Relay. Arguments: name, threads (0: in an event loop), block|latest|disconnect. With "read" instead of a number of threads it opens streams of
// the server of that name, reads an item of each, says "reading", and reads no more.
#include "relay.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include <poll.h>
#include <unistd.h>

namespace {

int read_little(const char* name) {
  const auto relay = shmidl::connect<relay::Relay>(name, {.connect_timeout = std::chrono::seconds(10)});
  auto crates = relay->crates(1'000'000, 0);
  auto pushed = relay->crates(1'000'000, 2);
  auto files = relay->files(1'000'000);
  if (!crates.next() || !pushed.next() || !files.next()) return 1;
  std::cout << "reading" << std::endl;
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  if (argc != 4) return 2;
  if (std::string_view(argv[2]) == "read") return read_little(argv[1]);
  const auto threads = static_cast<unsigned>(std::atoi(argv[2]));
  e2e::RelayService relay(e2e::relay_options(argv[3]));
  shmidl::Server server(argv[1], {.threads = threads == 0 ? 1 : threads});
  server.serve(relay);
  std::cout << "ready" << std::endl;
  if (threads != 0) return server.run(), 0;
  for (const int fd = server.poll_fd(); !server.stopped();) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, -1) == 1) server.dispatch_ready();
  }
}
