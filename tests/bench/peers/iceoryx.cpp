// iceoryx request-response: chunks loaned from shared memory, queues without locks; RouDi runs for the time of one measurement.
#include "peers/peer_main.hpp"
#include "peers/roudi.hpp"

#include "iceoryx_posh/popo/untyped_client.hpp"
#include "iceoryx_posh/popo/untyped_server.hpp"
#include "iceoryx_posh/popo/wait_set.hpp"
#include "iceoryx_posh/runtime/posh_runtime.hpp"
#include "iceoryx_versions.hpp"

#include <cstring>
#include <optional>
#include <vector>

#include <unistd.h>

namespace shmidl::bench {
namespace {

using iox::popo::ConsumerTooSlowPolicy;
using iox::popo::QueueFullPolicy;

iox::capro::ServiceDescription service_name() { return {"shmidl", "bench", "work"}; }

template <class Port, class State>
class Waiter {
 public:
  Waiter(Port& port, State state, Waiting waiting) {
    if (waiting == Waiting::block) {
      set_.emplace();
      if (set_->attachState(port, state).has_error()) throw std::runtime_error("the WaitSet takes no port");
    }
  }
  void wait() {
    if (set_) {
      static_cast<void>(set_->wait());
    } else {
      relax();
    }
  }

 private:
  std::optional<iox::popo::WaitSet<1>> set_;
};

struct Iceoryx {
  static constexpr const char* name = "iceoryx";
  static constexpr std::array kWaits{Waiting::poll, Waiting::block};
  static constexpr bool kInPlace = true;
  static constexpr bool kOneClient = false;
  static std::string version() { return ICEORYX_LATEST_RELEASE_VERSION; }

  using Daemon = RouDi;

  /// Registers this process with RouDi, which the library waits for.
  static void join() {
    const std::string process = "shmidl-bench-" + std::to_string(::getpid());
    iox::log::LogManager::GetLogManager().SetDefaultLogLevel(iox::log::LogLevel::kOff, iox::log::LogLevelOutput::kHideLogLevel);
    iox::runtime::PoshRuntime::initRuntime(iox::RuntimeName_t(iox::cxx::TruncateToCapacity, process));
  }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    iox::popo::ServerOptions options;
    options.requestQueueFullPolicy = QueueFullPolicy::BLOCK_PRODUCER;
    options.clientTooSlowPolicy = ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
    iox::popo::UntypedServer server(service_name(), options);
    Waiter waiter(server, iox::popo::ServerState::HAS_REQUEST, setup.waiting);
    Service service;
    ready();
    for (;;) {
      waiter.wait();
      for (auto taken = server.take(); !taken.has_error(); taken = server.take()) {
        serve_one(server, service, static_cast<const Request*>(taken.value()));
      }
    }
  }

  static void serve_one(iox::popo::UntypedServer& server, Service& service, const Request* request) {
    const Reply reply = service.answer(*request, {reinterpret_cast<const std::uint8_t*>(request + 1), request->bytes});
    if (request->verb != Verb::log) {
      auto room = server.loan(iox::popo::RequestHeader::fromPayload(request), sizeof reply, alignof(Reply));
      if (room.has_error()) throw std::runtime_error("no chunk for an answer");
      std::memcpy(room.value(), &reply, sizeof reply);
      static_cast<void>(server.send(room.value()));
    }
    server.releaseRequest(request);
  }

  class Client {
   public:
    explicit Client(const Setup& setup)
        : port_(service_name(), options()), waiter_(port_, iox::popo::ClientState::HAS_RESPONSE, setup.waiting) {
      while (port_.getConnectionState() != iox::ConnectionState::CONNECTED) ::usleep(1000);
    }

    std::int32_t add(std::int32_t a, std::int32_t b) {
      send({Verb::add, a, b});
      return static_cast<std::int32_t>(receive());
    }

    std::span<std::uint8_t> room(std::size_t bytes, Filling filling) {
      bytes_ = bytes;
      filling_ = filling;
      if (filling == Filling::in_private) {
        own_.resize(bytes);
        return own_;
      }
      chunk_ = loan(bytes);
      return {reinterpret_cast<std::uint8_t*>(chunk_ + 1), bytes};
    }

    std::uint64_t hand_over(Verb verb) {
      if (filling_ == Filling::in_private) {
        chunk_ = loan(bytes_);
        std::memcpy(chunk_ + 1, own_.data(), bytes_);
      }
      *chunk_ = {verb, 0, 0, static_cast<std::uint32_t>(bytes_)};
      push(chunk_);
      return receive();
    }

    void log(std::int32_t number) { send({Verb::log, number, 0}); }
    std::uint64_t logged() {
      send({Verb::logged});
      return receive();
    }

    std::uint64_t add_many(std::size_t calls) {
      std::uint64_t sum = 0;
      for (std::size_t sent = 0, received = 0; received < calls;) {
        for (; sent < calls && sent - received < kInFlight; ++sent) send({Verb::add, static_cast<std::int32_t>(sent), 1});
        for (sum += receive(), ++received; received < sent; ++received) {
          auto taken = port_.take();
          if (taken.has_error()) break;
          sum += finish(taken.value());
        }
      }
      return sum;
    }

   private:
    static constexpr std::size_t kInFlight = iox::MAX_RESPONSE_QUEUE_CAPACITY;

    static iox::popo::ClientOptions options() {
      iox::popo::ClientOptions options;
      options.responseQueueFullPolicy = QueueFullPolicy::BLOCK_PRODUCER;
      options.serverTooSlowPolicy = ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
      return options;
    }
    Request* loan(std::size_t payload) {
      auto room = port_.loan(static_cast<std::uint32_t>(sizeof(Request) + payload), alignof(Reply));
      if (room.has_error()) throw std::runtime_error("no chunk for a request");
      return static_cast<Request*>(room.value());
    }
    void push(Request* chunk) {
      if (port_.send(chunk).has_error()) throw std::runtime_error("a request was not sent");
    }
    void send(const Request& request) {
      Request* chunk = loan(0);
      *chunk = request;
      push(chunk);
    }
    std::uint64_t receive() {
      for (;;) {
        auto taken = port_.take();
        if (!taken.has_error()) return finish(taken.value());
        waiter_.wait();
      }
    }
    std::uint64_t finish(const void* answer) {
      const auto value = static_cast<const Reply*>(answer)->value;
      port_.releaseResponse(answer);
      return value;
    }

    iox::popo::UntypedClient port_;
    Waiter<iox::popo::UntypedClient, iox::popo::ClientState> waiter_;
    std::vector<std::uint8_t> own_;
    Request* chunk_ = nullptr;
    std::size_t bytes_ = 0;
    Filling filling_ = Filling::in_private;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::Iceoryx>(argc, argv); }
