// A Probe server in a process of its own, and how a test reaches it.
#pragma once

#include "services.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>
#include "probe.shmidl.hpp"

#include <memory>
#include <string>

namespace e2e {

/// A server that has said "ready".
class ServerProcess {
 public:
  explicit ServerProcess(const std::string& name, const std::string& wait = "adaptive", int threads = 1)
      : process(PROBE_SERVER, {name, wait, std::to_string(threads)}) {
    process.expect_line("ready");
  }
  shmidl::test::Process process;
};

inline std::shared_ptr<Probe::Client> connect_probe(const std::string& name, shmidl::Wait wait = shmidl::Wait::adaptive) {
  return shmidl::connect<Probe>(name, {.wait = wait, .connect_timeout = std::chrono::seconds(10)});
}

}  // namespace e2e
