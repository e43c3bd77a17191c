// A server that speaks the protocol by hand, so that it can lie to its client.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include <shmidl/fd.hpp>
#include <shmidl/stub/tables.hpp>

#include "os/futex.hpp"
#include "os/listener.hpp"
#include "os/memory.hpp"
#include "os/service_dir.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/own_memory.hpp"
#include "rpc/peer_memory.hpp"
#include "shm/access.hpp"
#include "shm/lane.hpp"
#include "shm/layout.hpp"
#include "shm/wake.hpp"

namespace e2e {

/// One client at a time. Errors: thrown, as shmidl::Error or std::runtime_error.
class Liar {
 public:
  using Access = shmidl::shm::DirectAccess;

  explicit Liar(const std::string& name) : listener_(shmidl::os::Listener::open(shmidl::os::ServiceDir::for_serving().value(), name).value()) {}

  /// Takes the next client, and its hello.
  void meet() {
    socket = {};
    shmidl::os::wait_readable(listener_.socket(), patience()).value();
    socket = listener_.accept().value();
    shmidl::os::wait_readable(socket, patience()).value();
    std::array<std::byte, shmidl::rpc::kMaxMessageBytes> bytes;
    auto message = shmidl::os::recv(socket, bytes).value();
    if (message.fds.size() != 1) throw std::runtime_error("that was no hello");
    peer = std::make_unique<shmidl::rpc::PeerMemory>(std::size_t{64} << 20);
    peer->open(message.fds[0]).value();
    own = shmidl::rpc::OwnMemory::create(std::size_t{64} << 20).value();
  }

  shmidl::rpc::Welcome welcome(const shmidl::stub::Interface& interface) const {
    shmidl::rpc::Welcome welcome;
    welcome.layout = shmidl::shm::layout_number();
    welcome.fingerprint = interface.fingerprint;
    welcome.accepts_bytes = std::uint64_t{64} << 20;
    return welcome;
  }

  void send(shmidl::rpc::Welcome message, int descriptor) {
    static_cast<void>(shmidl::os::send(socket, shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::welcome), std::span(&descriptor, descriptor < 0 ? 0u : 1u), true));
  }
  void send(std::span<const std::byte> bytes) { static_cast<void>(shmidl::os::send(socket, bytes, {}, true)); }

  /// Meets a client as a good server does.
  void let_in(const shmidl::stub::Interface& interface) {
    meet();
    send(welcome(interface), own->descriptor().get());
  }

  /// Waits for the first request in a lane.
  void await_request(std::uint32_t sequence = 1, std::uint32_t lane = 0) {
    const auto until = patience();
    while (!shmidl::shm::arrived<Access>(peer->segment().requests[lane], sequence)) {
      if (until.expired()) throw std::runtime_error("the client made no call");
    }
  }

  /// Writes a reply under a sequence of one's choice, and wakes the client.
  void reply(const shmidl::shm::CellBody& body, std::uint32_t sequence = 1, std::uint32_t lane = 0) {
    shmidl::shm::publish<Access>(mine().replies[lane], body, sequence);
    shmidl::os::wake(shmidl::os::word_of(mine().replies[lane].sequence), shmidl::os::kWakeAll);
    ring();
  }
  void ring() {
    shmidl::rpc::BellMessage bell;
    send(shmidl::rpc::seal_message(bell, shmidl::rpc::MessageKind::bell));
  }

  shmidl::shm::Segment& mine() { return own->segment(); }

  shmidl::Fd socket;
  std::shared_ptr<shmidl::rpc::OwnMemory> own;
  std::unique_ptr<shmidl::rpc::PeerMemory> peer;

 private:
  static shmidl::os::Deadline patience() { return shmidl::os::Deadline::in(std::chrono::seconds(10)); }

  shmidl::os::Listener listener_;
};

}  // namespace e2e
