// A Relay server in a process of its own, and how a test reaches it.
#pragma once

#include "files.hpp"
#include "relay.hpp"
#include "services.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace e2e {

/// A Relay in a process of its own: `threads` of them, or an event loop for 0.
struct RelayPair {
  explicit RelayPair(int threads = 1, const std::string& slow = "block", shmidl::ClientOptions options = {})
      : server(RELAY_SERVER, {"relay", std::to_string(threads), slow}) {
    server.expect_line("ready");
    options.connect_timeout = std::chrono::seconds(10);
    relay = shmidl::connect<relay::Relay>("relay", options);
  }

  Services services;
  shmidl::test::Process server;
  std::shared_ptr<relay::Relay::Client> relay;
};

}  // namespace e2e
