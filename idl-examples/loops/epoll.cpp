// Inside plain epoll: loops_epoll serve|call NAME
#include "sensor.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

#include <sys/epoll.h>
#include <unistd.h>

namespace {

/// The application's own loop. Level-triggered, as epoll is unless told otherwise: what a dispatch leaves makes the descriptor ready again.
template <class Dispatched, class Done>
void loop(Dispatched& dispatched, Done&& done) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, dispatched.poll_fd(), &event);  // and the descriptors of the rest of the program
  while (!done()) {
    if (::epoll_wait(epoll, &event, 1, -1) == 1) dispatched.dispatch_ready();
  }
  ::close(epoll);
}

void serve(const char* name) {
  Thermometer thermometer;
  shmidl::Server server{name};
  server.serve(thermometer);
  loop(server, [&] { return server.stopped(); });
}

void call(const char* name) {
  const auto sensor = shmidl::connect<Sensor>(name, {.connect_timeout = std::chrono::seconds(5)});
  auto link = shmidl::link(*sensor);
  int left = 0;
  for (const std::int32_t channel : {0, 3, -1}) {
    ++left;
    sensor->async_read(channel).then([&left, channel](shmidl::Result<std::int32_t> answer) {
      print("epoll", channel, answer);
      --left;
    });
  }
  loop(link, [&] { return left == 0; });
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("usage: loops_epoll serve|call NAME\n", stderr), 2;
  if (std::string_view(argv[1]) == "serve") serve(argv[2]);
  else call(argv[2]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "loops_epoll: %s\n", error.what());
  return 1;
}
