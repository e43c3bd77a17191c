// A Hands server in a process of its own, and what the kernel says of descriptors.
#pragma once

#include "hands.shmidl.hpp"
#include "files.hpp"
#include "pipes.hpp"
#include "services.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace e2e {

struct HandsPair {
  explicit HandsPair(const std::vector<std::string>& more = {}, shmidl::ClientOptions options = {}) : server(HANDS_SERVER, arguments(more)) {
    server.expect_line("ready");
    options.connect_timeout = std::chrono::seconds(10);
    client = shmidl::connect<Hands>("hands", options);
  }
  static std::vector<std::string> arguments(std::vector<std::string> more) {
    more.insert(more.begin(), "hands");
    return more;
  }

  Services services;
  shmidl::test::Process server;
  std::shared_ptr<Hands::Client> client;
};

}  // namespace e2e
