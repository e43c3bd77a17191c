// The same service in each place where a server may be.
#pragma once

#include "near.hpp"
#include "services.hpp"
#include "support/process.hpp"

#include <memory>
#include <string>

namespace e2e {

enum class Place { other_process, this_process, no_socket, copies };

inline const char* name_of(Place place) {
  switch (place) {
    case Place::other_process: return "in another process";
    case Place::this_process: return "in this process";
    case Place::no_socket: return "in this process, without a socket";
    default: return "in this process, through frames";
  }
}

/// Near, and how it is reached.
class Neighbourhood {
 public:
  explicit Neighbourhood(Place place, unsigned threads = 1) : place_(place), address_(place == Place::no_socket ? "inproc:near" : "near") {
    if (place == Place::other_process) {
      process_ = std::make_unique<shmidl::test::Process>(NEAR_SERVER, std::vector<std::string>{address_, std::to_string(threads)});
      process_->expect_line("ready");
    } else {
      server_ = std::make_unique<NearServer>(address_, threads);
    }
  }

  template <class I = Near>
  [[nodiscard]] std::shared_ptr<typename I::Client> connect(shmidl::ClientOptions options = {}) const {
    if (place_ == Place::copies) options.in_process = shmidl::InProcess::copies;
    return shmidl::connect<I>(address_, options);
  }
  [[nodiscard]] const std::string& address() const { return address_; }
  /// Where it is in this process.
  [[nodiscard]] NearServer& server() { return *server_; }
  [[nodiscard]] pid_t pid() const { return process_ ? process_->pid() : ::getpid(); }
  /// The server goes, as it does: by a signal, or by its destructor.
  void end() {
    if (process_) process_->kill();
    server_.reset();
  }

 private:
  const Services services_;
  const Place place_;
  const std::string address_;
  std::unique_ptr<shmidl::test::Process> process_;
  std::unique_ptr<NearServer> server_;
};

}  // namespace e2e
