#include "service.shmidl.hpp"

#include <shmidl/shmidl.hpp>

struct Impl final : Service {
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  Reading read(std::string_view sensor) override { return {1, 2.5, std::string(sensor)}; }
  void write(std::string_view, std::span<const double> values) override { total += values.size(); }
  std::size_t total = 0;
};

int main(int argc, char**) {
  if (argc == 1) {
    Impl impl;
    shmidl::Server server{"service"};
    server.serve(impl);
    server.run();
    return 0;
  }
  const auto service = shmidl::connect<Service>("service");
  service->write("a", std::vector<double>{1, 2, 3});
  return service->add(1, 2) == 3 && service->read("m").unit == "m" ? 0 : 1;
}
