// Serves Planes: planes_server NAME. Says "ready" as soon as clients can connect.
#include "planes.hpp"

#include <shmidl/shmidl.hpp>

#include <iostream>

namespace {

struct Impl final : e2e::Planes {
  double look(const e2e::Stack::View& stack, std::int32_t& in_place) override {
    const e2e::Seen seen = e2e::look_at(stack);
    in_place = seen.in_place;
    return seen.sum;
  }

  e2e::Stack make(std::int32_t planes, std::int32_t count) override {
    return e2e::make_stack(
        static_cast<std::size_t>(planes), static_cast<std::size_t>(count), [](std::size_t n) { return shmidl::this_call().allocate<double>(n); },
        [](std::size_t n) { return shmidl::this_call().allocate<e2e::Dot>(n); });
  }

  e2e::Stack copy(std::int32_t planes, std::int32_t count) override {
    return e2e::make_stack(
        static_cast<std::size_t>(planes), static_cast<std::size_t>(count), [](std::size_t n) { return shmidl::Array<double>(n); },
        [](std::size_t n) { return shmidl::Array<e2e::Dot>(n); });
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: planes_server NAME\n";
    return 2;
  }
  shmidl::Server server{argv[1]};
  Impl impl;
  server.serve(impl);
  std::cout << "ready" << std::endl;
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
