// Thrift, binary protocol through a buffer, over a Unix socket; the server has a thread for each connection.
#include "peers/peer_main.hpp"

#include "Work.h"

#include <thrift/config.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TServerSocket.h>
#include <thrift/transport/TSocket.h>

#include <limits>
#include <memory>
#include <utility>

namespace shmidl::bench {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::protocol::TBinaryProtocolFactory;
using apache::thrift::server::TServerEventHandler;
using apache::thrift::server::TThreadedServer;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TServerSocket;
using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransport;
using apache::thrift::transport::TTransportFactory;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A buffer of 64 KiB: the default of 512 bytes would read large payloads in as many pieces. The largest size of a message
/// counts what a connection has carried so far (0.17), so it is as large as can be.
std::shared_ptr<TTransport> buffered(std::shared_ptr<TTransport> socket) {
  constexpr std::uint32_t kBuffer = 64 * 1024;
  constexpr int kLargest = std::numeric_limits<int>::max();
  return std::make_shared<TBufferedTransport>(std::move(socket), kBuffer, std::make_shared<apache::thrift::TConfiguration>(kLargest));
}

class Buffered final : public TTransportFactory {
 public:
  std::shared_ptr<TTransport> getTransport(std::shared_ptr<TTransport> socket) override { return buffered(std::move(socket)); }
};

class WorkHandler final : public thrift_work::WorkIf {
 public:
  std::int32_t add(const std::int32_t a, const std::int32_t b) override { return Service::add(a, b); }
  std::int64_t sum(const std::string& payload) override { return static_cast<std::int64_t>(Service::sum(bytes_of(payload))); }
  std::int64_t take(const std::string& payload) override { return static_cast<std::int64_t>(Service::take(bytes_of(payload))); }
  void log(const std::int32_t number) override { service_.log(number); }  // one client logs
  std::int64_t logged() override { return static_cast<std::int64_t>(service_.logged()); }

 private:
  Service service_;
};

template <class Ready>
class Listening final : public TServerEventHandler {
 public:
  explicit Listening(Ready ready) : ready_(ready) {}
  void preServe() override { ready_(); }

 private:
  Ready ready_;
};

struct Thrift {
  static constexpr const char* name = "thrift";
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static constexpr std::array kWaits{Waiting::block};
  static std::string version() { return PACKAGE_VERSION; }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    TThreadedServer server(std::make_shared<thrift_work::WorkProcessor>(std::make_shared<WorkHandler>()),
                           std::make_shared<TServerSocket>(setup.address), std::make_shared<Buffered>(),
                           std::make_shared<TBinaryProtocolFactory>());
    server.setServerEventHandler(std::make_shared<Listening<Ready>>(ready));
    server.serve();
  }

  class Client {
   public:
    explicit Client(const Setup& setup)
        : transport_(buffered(std::make_shared<TSocket>(setup.address))), work_(std::make_shared<TBinaryProtocol>(transport_)) {
      transport_->open();
    }

    std::int32_t add(std::int32_t a, std::int32_t b) { return work_.add(a, b); }

    std::span<std::uint8_t> room(std::size_t bytes, Filling) {
      payload_.resize(bytes);
      return {reinterpret_cast<std::uint8_t*>(payload_.data()), bytes};
    }
    std::uint64_t hand_over(Verb verb) {
      return static_cast<std::uint64_t>(verb == Verb::take ? work_.take(payload_) : work_.sum(payload_));
    }

    void log(std::int32_t number) { work_.log(number); }
    std::uint64_t logged() { return static_cast<std::uint64_t>(work_.logged()); }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 64;  // chosen, not measured
      std::uint64_t sum = 0;
      for (std::size_t sent = 0, received = 0; received < calls; ++received) {
        for (; sent < calls && sent - received < kInFlight; ++sent) work_.send_add(static_cast<std::int32_t>(sent), 1);
        sum += static_cast<std::uint64_t>(work_.recv_add());
      }
      return sum;
    }

   private:
    std::shared_ptr<TTransport> transport_;
    thrift_work::WorkClient work_;
    std::string payload_;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::Thrift>(argc, argv); }
