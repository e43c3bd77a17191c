// A Probe server in a process of its own, and how a test reaches it.
#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <shmidl/shmidl.hpp>
#include "probe.shmidl.hpp"

#include <cstdlib>
#include <memory>
#include <string>

namespace e2e {

/// A private service directory, for this process and those it starts.
class Services {
 public:
  Services() { ::setenv("SHMIDL_DIR", dir_.string().c_str(), 1); }
  ~Services() { ::unsetenv("SHMIDL_DIR"); }
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }

 private:
  shmidl::test::TempDir dir_;
};

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
