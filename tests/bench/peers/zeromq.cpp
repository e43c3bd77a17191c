// ZeroMQ over ipc://: REQ and REP for calls, a pair of DEALERs where many messages go one after another.
#include "peers/peer_main.hpp"

#include <zmq.hpp>

#include <cstring>
#include <optional>
#include <thread>

namespace shmidl::bench {
namespace {

constexpr int kHighWater = 100'000;  // chosen, not measured: messages queued before a sender waits

std::string calls_of(const Setup& setup) { return "ipc://" + setup.address; }
std::string stream_of(const Setup& setup) { return "ipc://" + setup.address + ".stream"; }

zmq::socket_t make_socket(zmq::context_t& context, zmq::socket_type type) {
  zmq::socket_t socket(context, type);
  socket.set(zmq::sockopt::sndhwm, kHighWater);
  socket.set(zmq::sockopt::rcvhwm, kHighWater);
  socket.set(zmq::sockopt::linger, 0);
  return socket;
}

/// Answers what comes to one socket, for ever.
void answer_all(zmq::socket_t& socket) {
  Service service;
  for (zmq::message_t message;;) {
    static_cast<void>(socket.recv(message));
    const std::span<const std::uint8_t> bytes(message.data<std::uint8_t>(), message.size());
    Request request;
    std::memcpy(&request, bytes.data(), sizeof request);
    const Reply reply = service.answer(request, bytes.subspan(sizeof request));
    if (request.verb != Verb::log) socket.send(zmq::buffer(&reply, sizeof reply));
  }
}

struct ZeroMq {
  static constexpr const char* name = "zeromq";
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static constexpr std::array kWaits{Waiting::block};
  static std::string version() {
    const auto [major, minor, patch] = zmq::version();
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
  }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    zmq::context_t context;
    zmq::socket_t calls = make_socket(context, zmq::socket_type::rep);
    zmq::socket_t stream = make_socket(context, zmq::socket_type::dealer);
    calls.bind(calls_of(setup));
    stream.bind(stream_of(setup));
    const std::thread streaming([&stream] { answer_all(stream); });
    ready();
    answer_all(calls);
  }

  class Client {
   public:
    explicit Client(const Setup& setup) : setup_(setup), calls_(make_socket(context_, zmq::socket_type::req)) {
      calls_.connect(calls_of(setup));
    }

    std::int32_t add(std::int32_t a, std::int32_t b) {
      send(calls_, {Verb::add, a, b});
      return static_cast<std::int32_t>(receive(calls_));
    }

    std::span<std::uint8_t> room(std::size_t bytes, Filling) {
      message_.rebuild(sizeof(Request) + bytes);
      return {message_.data<std::uint8_t>() + sizeof(Request), bytes};
    }
    std::uint64_t hand_over(Verb verb) {
      const Request request{verb, 0, 0, static_cast<std::uint32_t>(message_.size() - sizeof(Request))};
      std::memcpy(message_.data(), &request, sizeof request);
      calls_.send(message_, zmq::send_flags::none);
      return receive(calls_);
    }

    void log(std::int32_t number) { send(stream(), {Verb::log, number}); }
    std::uint64_t logged() {
      send(stream(), {Verb::logged});
      return receive(stream());
    }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 1024;  // chosen, not measured: its threads hand messages on in batches
      std::uint64_t sum = 0;
      for (std::size_t sent = 0, received = 0; received < calls; ++received) {
        for (; sent < calls && sent - received < kInFlight; ++sent) send(stream(), {Verb::add, static_cast<std::int32_t>(sent), 1});
        sum += receive(stream());
      }
      return sum;
    }

   private:
    static void send(zmq::socket_t& socket, const Request& request) { socket.send(zmq::buffer(&request, sizeof request)); }
    static std::uint64_t receive(zmq::socket_t& socket) {
      Reply reply;
      static_cast<void>(socket.recv(zmq::mutable_buffer(&reply, sizeof reply)));
      return reply.value;
    }
    zmq::socket_t& stream() {
      if (!stream_) {
        stream_.emplace(make_socket(context_, zmq::socket_type::dealer));
        stream_->connect(stream_of(setup_));
      }
      return *stream_;
    }

    Setup setup_;
    zmq::context_t context_;
    zmq::socket_t calls_;
    std::optional<zmq::socket_t> stream_;
    zmq::message_t message_;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::ZeroMq>(argc, argv); }
