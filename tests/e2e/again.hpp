// An Again server in a process of its own, and clients that outlive it.
#pragma once

#include "again.shmidl.hpp"
#include "services.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace e2e {

/// An Again server that has said "ready".
class AgainServer {
 public:
  explicit AgainServer(const std::string& name, int threads = 1, const std::string& what = {}) : process(AGAIN_SERVER, arguments(name, threads, what)) {
    process.expect_line("ready");
  }
  shmidl::test::Process process;

 private:
  static std::vector<std::string> arguments(const std::string& name, int threads, const std::string& what) {
    std::vector<std::string> all{name, std::to_string(threads)};
    if (!what.empty()) all.push_back(what);
    return all;
  }
};

/// Waits for a server for as long as a test may take.
inline shmidl::ClientOptions outliving() {
  return {.connect_timeout = std::chrono::seconds(20), .reconnect = {.policy = shmidl::Reconnect::on_next_call}};
}

inline std::shared_ptr<Again::Client> connect_again(const std::string& name, const shmidl::ClientOptions& options = outliving()) {
  return shmidl::connect<Again>(name, options);
}

}  // namespace e2e
