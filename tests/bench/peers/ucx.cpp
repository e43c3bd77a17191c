// UCX active messages over the shared-memory transports: no types, a header and bytes.
#include "peers/peer_main.hpp"

#include <ucp/api/ucp.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace shmidl::bench {
namespace {

constexpr unsigned kRequest = 1;
constexpr unsigned kReply = 2;

void check(ucs_status_t status, const char* what) {
  if (status != UCS_OK) throw std::runtime_error(std::string(what) + ": " + ucs_status_string(status));
}

/// One worker with its address; shared memory only.
class Worker {
 public:
  explicit Worker(Waiting waiting) : waiting_(waiting) {
    ucp_config_t* config = nullptr;
    check(ucp_config_read(nullptr, nullptr, &config), "ucp_config_read");
    check(ucp_config_modify(config, "TLS", "shm,self"), "UCX_TLS");
    ucp_params_t params{};
    params.field_mask = UCP_PARAM_FIELD_FEATURES;
    params.features = UCP_FEATURE_AM;
    if (waiting == Waiting::block) params.features |= UCP_FEATURE_WAKEUP;
    check(ucp_init(&params, config, &context_), "ucp_init");
    ucp_config_release(config);
    ucp_worker_params_t worker{};
    worker.field_mask = UCP_WORKER_PARAM_FIELD_THREAD_MODE;
    worker.thread_mode = UCS_THREAD_MODE_SINGLE;
    check(ucp_worker_create(context_, &worker, &worker_), "ucp_worker_create");
  }
  ~Worker() {
    ucp_worker_destroy(worker_);
    ucp_cleanup(context_);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void on(unsigned id, ucp_am_recv_callback_t callback, void* argument) {
    ucp_am_handler_param_t handler{};
    handler.field_mask = UCP_AM_HANDLER_PARAM_FIELD_ID | UCP_AM_HANDLER_PARAM_FIELD_CB | UCP_AM_HANDLER_PARAM_FIELD_ARG;
    handler.id = id;
    handler.cb = callback;
    handler.arg = argument;
    check(ucp_worker_set_am_recv_handler(worker_, &handler), "ucp_worker_set_am_recv_handler");
  }

  /// Copied through shared memory piece by piece: rendezvous, which is what it would choose, takes twice as long from 64 KiB on.
  void send(ucp_ep_h to, unsigned id, const Request& request, std::span<const std::uint8_t> payload, unsigned flags) {
    ucp_request_param_t params{};
    params.op_attr_mask = UCP_OP_ATTR_FIELD_FLAGS;
    params.flags = UCP_AM_SEND_FLAG_EAGER | flags;
    finish(ucp_am_send_nbx(to, id, &request, sizeof request, payload.data(), payload.size(), &params));
  }

  /// Waits until a send or a receive of this worker has ended.
  void finish(ucs_status_ptr_t pending) {
    if (pending == nullptr) return;
    if (UCS_PTR_IS_ERR(pending)) check(UCS_PTR_STATUS(pending), "active message");
    while (ucp_request_check_status(pending) == UCS_INPROGRESS) progress();
    check(ucp_request_check_status(pending), "active message");
    ucp_request_free(pending);
  }

  unsigned progress() { return ucp_worker_progress(worker_); }
  /// Works on what has come, or waits for it.
  void wait() {
    if (progress() != 0) return;
    if (waiting_ == Waiting::poll) {
      relax();
    } else {
      check(ucp_worker_wait(worker_), "ucp_worker_wait");
    }
  }
  [[nodiscard]] ucp_worker_h get() const { return worker_; }

 private:
  Waiting waiting_;
  ucp_context_h context_ = nullptr;
  ucp_worker_h worker_ = nullptr;
};

struct Ucx {
  static constexpr const char* name = "ucx";
  static constexpr std::array kWaits{Waiting::poll, Waiting::block};
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static std::string version() { return ucp_get_version_string(); }

  struct Server {
    explicit Server(Waiting waiting) : worker(waiting) {}
    Worker worker;
    Service service;
    std::vector<Reply> replies = std::vector<Reply>(1 << 16);  ///< stay until they are sent: more than all clients have in flight
    std::size_t next_reply = 0;

    /// Called by progress(), in which no other progress may be made: answers are sent, and what is pending ends by itself.
    static ucs_status_t receive(void* self, const void* header, std::size_t, void* data, std::size_t length,
                                const ucp_am_recv_param_t* param) {
      auto& server = *static_cast<Server*>(self);
      Request request;
      std::memcpy(&request, header, sizeof request);
      server.answer(request, {static_cast<const std::uint8_t*>(data), length}, param->reply_ep);
      return UCS_OK;
    }

    void answer(const Request& request, std::span<const std::uint8_t> payload, ucp_ep_h to) {
      Reply& reply = replies[next_reply++ % replies.size()];
      reply = service.answer(request, payload);
      if (request.verb == Verb::log) return;
      ucp_request_param_t params{};
      const auto pending = ucp_am_send_nbx(to, kReply, &reply, sizeof reply, nullptr, 0, &params);
      if (UCS_PTR_IS_ERR(pending)) check(UCS_PTR_STATUS(pending), "answer");
      if (pending != nullptr) ucp_request_free(pending);
    }

    void run() {
      for (;;) worker.wait();
    }
  };

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    Server server(setup.waiting);
    server.worker.on(kRequest, &Server::receive, &server);
    ucp_address_t* address = nullptr;
    std::size_t length = 0;
    check(ucp_worker_get_address(server.worker.get(), &address, &length), "ucp_worker_get_address");
    std::ofstream(setup.address, std::ios::binary).write(reinterpret_cast<const char*>(address), static_cast<std::streamsize>(length));
    ucp_worker_release_address(server.worker.get(), address);
    ready();
    server.run();
  }

  class Client {
   public:
    explicit Client(const Setup& setup) : worker_(setup.waiting) {
      worker_.on(kReply, &Client::receive, this);
      std::ifstream file(setup.address, std::ios::binary);
      const std::vector<char> address{std::istreambuf_iterator<char>(file), {}};
      ucp_ep_params_t params{};
      params.field_mask = UCP_EP_PARAM_FIELD_REMOTE_ADDRESS;
      params.address = reinterpret_cast<const ucp_address_t*>(address.data());
      check(ucp_ep_create(worker_.get(), &params, &server_), "ucp_ep_create");
    }

    std::int32_t add(std::int32_t a, std::int32_t b) { return static_cast<std::int32_t>(call({Verb::add, a, b})); }

    std::span<std::uint8_t> room(std::size_t bytes, Filling) {
      room_.resize(bytes);
      return room_;
    }
    std::uint64_t hand_over(Verb verb) { return call({verb, 0, 0, static_cast<std::uint32_t>(room_.size())}, room_); }

    void log(std::int32_t number) { worker_.send(server_, kRequest, {Verb::log, number}, {}, 0); }
    std::uint64_t logged() { return call({Verb::logged}); }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 64;  // chosen, not measured
      const std::uint64_t before = sum_;
      const std::size_t last = answers_ + calls;
      for (std::size_t sent = 0; answers_ < last;) {
        for (; sent < calls && sent + last - answers_ < calls + kInFlight; ++sent) send({Verb::add, static_cast<std::int32_t>(sent), 1});
        worker_.progress();
      }
      return sum_ - before;
    }

   private:
    static ucs_status_t receive(void* self, const void* header, std::size_t, void*, std::size_t, const ucp_am_recv_param_t*) {
      auto& client = *static_cast<Client*>(self);
      std::memcpy(&client.last_, header, sizeof client.last_);
      client.sum_ += client.last_.value;
      ++client.answers_;
      return UCS_OK;
    }
    void send(const Request& request, std::span<const std::uint8_t> payload = {}) {
      worker_.send(server_, kRequest, request, payload, UCP_AM_SEND_FLAG_REPLY);
    }
    std::uint64_t call(const Request& request, std::span<const std::uint8_t> payload = {}) {
      const std::size_t next = answers_ + 1;
      send(request, payload);
      while (answers_ < next) worker_.wait();
      return last_.value;
    }

    Worker worker_;
    ucp_ep_h server_ = nullptr;
    std::vector<std::uint8_t> room_;
    Reply last_;
    std::uint64_t sum_ = 0;
    std::size_t answers_ = 0;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::Ucx>(argc, argv); }
