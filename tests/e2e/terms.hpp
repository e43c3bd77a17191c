// A Terms server in a process of its own, and how a test reaches it.
#pragma once

#include "services.hpp"
#include "support/process.hpp"
#include "words.hpp"

#include <shmidl/shmidl.hpp>
#include "terms.shmidl.hpp"

#include <memory>
#include <string>

namespace e2e {

/// A server that has said "ready".
class TermsServer {
 public:
  explicit TermsServer(const std::string& name, const std::string& wait = "adaptive", int threads = 1)
      : process(TERMS_SERVER, {name, wait, std::to_string(threads)}) {
    process.expect_line("ready");
  }
  /// The next line must be this one.
  bool says(const std::string& line) { return process.read_line() == line; }
  shmidl::test::Process process;
};

template <class I = Terms>
std::shared_ptr<typename I::Client> connect_terms(const std::string& name, shmidl::ClientOptions options = {}) {
  options.connect_timeout = std::chrono::seconds(10);
  return shmidl::connect<I>(name, options);
}

}  // namespace e2e
