// A client in whose link calls back run.
#pragma once

#include <shmidl/shmidl.hpp>

#include <thread>

namespace e2e {

/// Runs them until it is destroyed, on a thread of its own.
class Hosting {
 public:
  template <class Client>
  explicit Hosting(Client& client) : link_(shmidl::link(client)), thread_([this] { link_.run(); }) {}
  ~Hosting() {
    link_.stop();
    thread_.join();
  }

 private:
  shmidl::LinkHandle link_;
  std::thread thread_;
};

}  // namespace e2e
