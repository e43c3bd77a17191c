// A client that speaks the protocol by hand, so that it can break it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <shmidl/fd.hpp>
#include <shmidl/stub/tables.hpp>

#include "os/connect.hpp"
#include "os/memory.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/own_memory.hpp"
#include "rpc/peer_memory.hpp"
#include "shm/access.hpp"
#include "shm/lane.hpp"
#include "shm/layout.hpp"
#include "shm/wake.hpp"
#include "os/futex.hpp"

namespace e2e {

/// Lifetime: its connection ends with it. Errors: thrown, as shmidl::Error.
class Intruder {
 public:
  using Access = shmidl::shm::DirectAccess;

  explicit Intruder(const std::string& name) : socket(shmidl::os::connect_to(shmidl::os::parse_place(name).value()).value()) {}

  shmidl::rpc::Hello hello(const shmidl::stub::Interface& interface) const {
    shmidl::rpc::Hello hello;
    hello.layout = shmidl::shm::layout_number();
    hello.fingerprint = interface.fingerprint;
    hello.accepts_bytes = std::uint64_t{64} << 20;
    hello.name_bytes = static_cast<std::uint32_t>(interface.name.size());
    interface.name.copy(hello.name.data(), hello.name.size());
    return hello;
  }

  void send(std::span<const std::byte> bytes, std::span<const int> descriptors = {}) {
    static_cast<void>(shmidl::os::send(socket, bytes, descriptors));
  }

  /// Says hello as a good client does.
  void enter(const shmidl::stub::Interface& interface) {
    own = shmidl::rpc::OwnMemory::create(std::size_t{64} << 20).value();
    auto message = hello(interface);
    const int descriptor = own->descriptor().get();
    send(shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::hello), std::span(&descriptor, 1));
    std::array<std::byte, shmidl::rpc::kMaxMessageBytes> bytes;
    shmidl::os::wait_readable(socket, shmidl::os::Deadline::in(std::chrono::seconds(10))).value();
    auto answer = shmidl::os::recv(socket, bytes).value();
    if (answer.fds.empty()) throw std::runtime_error("the server did not welcome the intruder");
    peer = std::make_unique<shmidl::rpc::PeerMemory>(std::size_t{64} << 20);
    peer->open(answer.fds[0]).value();
  }

  /// Hands a region over, under a number of one's choice; its memory.
  std::byte* add_region(std::uint32_t region, std::size_t bytes) {
    const shmidl::Fd descriptor = shmidl::os::create_segment(bytes).value();
    regions.push_back(shmidl::os::map_owned(descriptor, bytes).value());
    shmidl::os::seal_segment(descriptor).value();
    shmidl::rpc::RegionMessage message;
    message.region = region;
    message.bytes = bytes;
    const int fd = descriptor.get();
    send(shmidl::rpc::seal_message(message, shmidl::rpc::MessageKind::region), std::span(&fd, 1));
    return regions.back().data();
  }

  /// Waits for a message of this kind; false if another one comes, or none within ten seconds.
  template <class M>
  bool told(shmidl::rpc::MessageKind kind, M& message) {
    std::array<std::byte, shmidl::rpc::kMaxMessageBytes> bytes;
    if (!shmidl::os::wait_readable(socket, shmidl::os::Deadline::in(std::chrono::seconds(10))).value_or(false)) return false;
    const auto received = shmidl::os::recv(socket, bytes);
    return received && shmidl::rpc::read_message(std::span<const std::byte>(bytes.data(), received->bytes), kind, message);
  }

  shmidl::shm::Segment& mine() { return own->segment(); }

  /// Writes a request into a lane under a sequence of one's choice, and wakes the server.
  void request(std::uint32_t lane, std::uint32_t sequence, const shmidl::shm::CellBody& body, std::uint32_t lanes_used = 1) {
    Access::release(mine().control.lanes_used, lanes_used);
    shmidl::shm::publish<Access>(mine().requests[lane], body, sequence);
    ring_bell();
  }

  void oneway(std::uint32_t number, const shmidl::shm::CellBody& body) {
    shmidl::shm::publish<Access>(mine().ring[number % shmidl::shm::kRingCells], body, number);
    ring_bell();
  }

  void ring_bell() {
    Access::release(mine().control.bell, ++bell_);
    shmidl::os::wake(shmidl::os::word_of(mine().control.bell), 1);
  }

  /// Waits until a reply of that sequence is there; false after ten seconds or when the server dropped the connection.
  bool answered(std::uint32_t lane, std::uint32_t sequence) {
    for (int i = 0; i < 10'000; ++i) {
      if (shmidl::shm::arrived<Access>(peer->segment().replies[lane], sequence)) return true;
      if (dropped(std::chrono::milliseconds(1))) return shmidl::shm::arrived<Access>(peer->segment().replies[lane], sequence);
    }
    return false;
  }

  shmidl::shm::CellBody reply(std::uint32_t lane) {
    shmidl::shm::CellBody body;
    shmidl::shm::take<Access>(peer->segment().replies[lane], body);
    return body;
  }

  /// True if the server ended the connection within `patience`.
  bool dropped(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto deadline = shmidl::os::Deadline::in(patience);
    std::array<std::byte, shmidl::rpc::kMaxMessageBytes> bytes;
    while (shmidl::os::wait_readable(socket, deadline).value_or(false)) {
      auto message = shmidl::os::recv(socket, bytes);
      if (!message) return message.error().errc() != shmidl::Errc::would_block;
      if (message->eof) return true;
    }
    return false;
  }

  shmidl::Fd socket;
  std::shared_ptr<shmidl::rpc::OwnMemory> own;
  std::unique_ptr<shmidl::rpc::PeerMemory> peer;
  std::vector<shmidl::os::Mapping> regions;

 private:
  std::uint32_t bell_ = 0;
};

}  // namespace e2e
