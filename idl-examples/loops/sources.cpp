// Inside a loop of sources, as GLib's: loops_sources serve|call NAME
//
// With GLib itself, a source is g_unix_fd_add(dispatched.poll_fd(), G_IO_IN, dispatch, &dispatched), whose function calls dispatch_ready() and
// returns G_SOURCE_CONTINUE. What stands here does the same with poll(2), so that the example needs nothing.
#include "sensor.hpp"

#include <cstdio>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>

namespace {

class MainLoop {
 public:
  using Dispatch = std::function<bool()>;  // false: the source ends

  void add(int fd, Dispatch dispatch) {
    fds_.push_back({fd, POLLIN, 0});
    dispatches_.push_back(std::move(dispatch));
  }
  /// Until there is no source.
  void run() {
    while (!fds_.empty()) {
      if (::poll(fds_.data(), fds_.size(), -1) <= 0) continue;
      for (std::size_t i = 0; i < fds_.size();) {
        if (fds_[i].revents == 0 || dispatches_[i]()) {
          ++i;
          continue;
        }
        fds_.erase(fds_.begin() + static_cast<std::ptrdiff_t>(i));
        dispatches_.erase(dispatches_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

 private:
  std::vector<pollfd> fds_;
  std::vector<Dispatch> dispatches_;
};

void serve(const char* name) {
  MainLoop loop;
  Thermometer thermometer;
  shmidl::Server server{name};
  server.serve(thermometer);
  loop.add(server.poll_fd(), [&] {
    server.dispatch_ready();
    return !server.stopped();
  });
  loop.run();
}

void call(const char* name) {
  MainLoop loop;
  const auto sensor = shmidl::connect<Sensor>(name, {.connect_timeout = std::chrono::seconds(5)});
  auto link = shmidl::link(*sensor);
  int left = 0;
  for (const std::int32_t channel : {0, 3, -1}) {
    ++left;
    sensor->async_read(channel).then([&left, channel](shmidl::Result<std::int32_t> answer) {
      print("sources", channel, answer);
      --left;
    });
  }
  loop.add(link.poll_fd(), [&] {
    link.dispatch_ready();
    return left != 0;
  });
  loop.run();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("usage: loops_sources serve|call NAME\n", stderr), 2;
  if (std::string_view(argv[1]) == "serve") serve(argv[2]);
  else call(argv[2]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "loops_sources: %s\n", error.what());
  return 1;
}
