// nng over ipc://: REQ and REP; its own threads carry each message to the socket and from it.
#include "peers/peer_main.hpp"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include <cstring>

namespace shmidl::bench {
namespace {

void check(int result, const char* what) {
  if (result != 0) throw std::runtime_error(std::string(what) + ": " + nng_strerror(result));
}

std::string url_of(const Setup& setup) { return "ipc://" + setup.address; }

nng_socket open_socket(int (*open)(nng_socket*)) {
  nng_socket socket;
  check(open(&socket), "nng_open");
  check(nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, 0), "NNG_OPT_RECVMAXSZ");  // no limit
  return socket;
}

std::uint8_t* body_of(nng_msg* message) { return static_cast<std::uint8_t*>(nng_msg_body(message)); }

nng_msg* make_message(std::size_t bytes) {
  nng_msg* message = nullptr;
  check(nng_msg_alloc(&message, bytes), "nng_msg_alloc");
  return message;
}

struct Nng {
  static constexpr const char* name = "nng";
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static constexpr std::array kWaits{Waiting::block};
  static std::string version() { return nng_version(); }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    const nng_socket socket = open_socket(nng_rep0_open);
    check(nng_listen(socket, url_of(setup).c_str(), nullptr, 0), "nng_listen");
    Service service;
    ready();
    for (;;) {
      nng_msg* message = nullptr;
      check(nng_recvmsg(socket, &message, 0), "nng_recvmsg");
      Request request;
      std::memcpy(&request, body_of(message), sizeof request);
      const Reply reply = service.answer(request, {body_of(message) + sizeof request, nng_msg_len(message) - sizeof request});
      check(nng_msg_chop(message, nng_msg_len(message) - sizeof reply), "nng_msg_chop");  // the request's message carries the answer
      std::memcpy(body_of(message), &reply, sizeof reply);
      check(nng_sendmsg(socket, message, 0), "nng_sendmsg");
    }
  }

  class Client {
   public:
    explicit Client(const Setup& setup) : socket_(open_socket(nng_req0_open)) {
      check(nng_dial(socket_, url_of(setup).c_str(), nullptr, 0), "nng_dial");
    }

    std::int32_t add(std::int32_t a, std::int32_t b) {
      message_ = make_message(sizeof(Request));
      return static_cast<std::int32_t>(call({Verb::add, a, b}));
    }

    std::span<std::uint8_t> room(std::size_t bytes, Filling) {
      message_ = make_message(sizeof(Request) + bytes);
      return {body_of(message_) + sizeof(Request), bytes};
    }
    std::uint64_t hand_over(Verb verb) { return call({verb, 0, 0, static_cast<std::uint32_t>(nng_msg_len(message_) - sizeof(Request))}); }

   private:
    /// Sends the message, which the library then owns, with this at its beginning.
    std::uint64_t call(const Request& request) {
      std::memcpy(body_of(message_), &request, sizeof request);
      check(nng_sendmsg(socket_, message_, 0), "nng_sendmsg");
      check(nng_recvmsg(socket_, &message_, 0), "nng_recvmsg");
      Reply reply;
      std::memcpy(&reply, body_of(message_), sizeof reply);
      nng_msg_free(message_);
      return reply.value;
    }

    nng_socket socket_;
    nng_msg* message_ = nullptr;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::Nng>(argc, argv); }
