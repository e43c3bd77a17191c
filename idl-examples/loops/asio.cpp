// Inside Boost.Asio: loops_asio serve|call NAME
#include "sensor.hpp"

#include <cstdio>
#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <shmidl/asio.hpp>

namespace {

void serve(const char* name) {
  boost::asio::io_context context;
  Thermometer thermometer;
  shmidl::Server server{name};
  server.serve(thermometer);
  const shmidl::asio::Loop loop(context.get_executor(), server);
  context.run();
}

void call(const char* name) {
  boost::asio::io_context context;
  const auto sensor = shmidl::connect<Sensor>(name, {.connect_timeout = std::chrono::seconds(5)});
  shmidl::asio::Loop loop(context.get_executor(), shmidl::link(*sensor));
  int left = 0;
  for (const std::int32_t channel : {0, 3, -1}) {
    ++left;
    // Any completion token will do: use_future and use_awaitable give the number, or throw the error.
    shmidl::asio::async_get(sensor->async_read(channel), [&, channel](const std::exception_ptr& error, std::int32_t value) {
      try {
        if (error) std::rethrow_exception(error);
        print("asio", channel, value);
      } catch (const shmidl::Error& why) {
        print("asio", channel, why);
      }
      if (--left == 0) loop.cancel();  // nothing is left to wait for: run() returns
    });
  }
  context.run();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("usage: loops_asio serve|call NAME\n", stderr), 2;
  if (std::string_view(argv[1]) == "serve") serve(argv[2]);
  else call(argv[2]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "loops_asio: %s\n", error.what());
  return 1;
}
