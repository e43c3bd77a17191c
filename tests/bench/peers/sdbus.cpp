// sd-bus from peer to peer over a Unix socket, no bus daemon between; the server has a thread for each connection.
#include "peers/peer_main.hpp"

#include <systemd/sd-bus.h>

#include <cstring>
#include <system_error>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace shmidl::bench {
namespace {

constexpr const char* kPath = "/work";
constexpr const char* kInterface = "shmidl.Work";

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
  return result;
}

int unix_socket() { return check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"); }

sockaddr_un address_of(const Setup& setup) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  setup.address.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

using Message = sd_bus_message;

int on_add(Message* call, void*, sd_bus_error*) {
  std::int32_t a = 0;
  std::int32_t b = 0;
  check(sd_bus_message_read(call, "ii", &a, &b), "arguments");
  return sd_bus_reply_method_return(call, "i", Service::add(a, b));
}

std::span<const std::uint8_t> payload_of(Message* call) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  check(sd_bus_message_read_array(call, 'y', &bytes, &size), "payload");
  return {static_cast<const std::uint8_t*>(bytes), size};
}

int on_sum(Message* call, void*, sd_bus_error*) { return sd_bus_reply_method_return(call, "t", Service::sum(payload_of(call))); }
int on_take(Message* call, void*, sd_bus_error*) { return sd_bus_reply_method_return(call, "t", Service::take(payload_of(call))); }

int on_log(Message* call, void* service, sd_bus_error*) {
  std::int32_t number = 0;
  check(sd_bus_message_read(call, "i", &number), "arguments");
  static_cast<Service*>(service)->log(number);
  return 1;
}
int on_logged(Message* call, void* service, sd_bus_error*) {
  return sd_bus_reply_method_return(call, "t", static_cast<Service*>(service)->logged());
}

const sd_bus_vtable* work_table() {
  static const std::array table{
      sd_bus_vtable SD_BUS_VTABLE_START(0),
      sd_bus_vtable SD_BUS_METHOD("Add", "ii", "i", on_add, SD_BUS_VTABLE_UNPRIVILEGED),
      sd_bus_vtable SD_BUS_METHOD("Sum", "ay", "t", on_sum, SD_BUS_VTABLE_UNPRIVILEGED),
      sd_bus_vtable SD_BUS_METHOD("Take", "ay", "t", on_take, SD_BUS_VTABLE_UNPRIVILEGED),
      sd_bus_vtable SD_BUS_METHOD("Log", "i", "", on_log, SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_METHOD_NO_REPLY),
      sd_bus_vtable SD_BUS_METHOD("Logged", "", "t", on_logged, SD_BUS_VTABLE_UNPRIVILEGED),
      sd_bus_vtable SD_BUS_VTABLE_END};
  return table.data();
}

void serve_connection(int socket) {
  sd_bus* bus = nullptr;
  sd_id128_t id{};
  Service service;
  check(sd_id128_randomize(&id), "sd_id128_randomize");
  check(sd_bus_new(&bus), "sd_bus_new");
  check(sd_bus_set_fd(bus, socket, socket), "sd_bus_set_fd");
  check(sd_bus_set_server(bus, 1, id), "sd_bus_set_server");
  check(sd_bus_set_anonymous(bus, 1), "sd_bus_set_anonymous");
  check(sd_bus_add_object_vtable(bus, nullptr, kPath, kInterface, work_table(), &service), "sd_bus_add_object_vtable");
  check(sd_bus_start(bus), "sd_bus_start");
  for (;;) {
    const int worked = sd_bus_process(bus, nullptr);
    if (worked < 0) break;  // the client has gone
    if (worked == 0 && sd_bus_wait(bus, UINT64_MAX) < 0) break;
  }
  sd_bus_unref(bus);
}

struct SdBus {
  static constexpr const char* name = "sdbus";
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static constexpr std::array kWaits{Waiting::block};
  static std::string version() { return SDBUS_VERSION; }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    const int listening = unix_socket();
    const sockaddr_un address = address_of(setup);
    if (::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listening, SOMAXCONN) != 0) {
      throw std::system_error(errno, std::generic_category(), "listen");
    }
    ready();
    for (;;) {
      const int socket = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket >= 0) std::thread(serve_connection, socket).detach();
    }
  }

  class Client {
   public:
    explicit Client(const Setup& setup) {
      const int socket = unix_socket();
      const sockaddr_un address = address_of(setup);
      if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "connect");
      }
      check(sd_bus_new(&bus_), "sd_bus_new");
      check(sd_bus_set_fd(bus_, socket, socket), "sd_bus_set_fd");
      check(sd_bus_set_anonymous(bus_, 1), "sd_bus_set_anonymous");
      check(sd_bus_start(bus_), "sd_bus_start");
    }

    std::int32_t add(std::int32_t a, std::int32_t b) {
      std::int32_t sum = 0;
      Message* answer = call(make_add(a, b));
      check(sd_bus_message_read(answer, "i", &sum), "answer");
      sd_bus_message_unref(answer);
      return sum;
    }

    std::span<std::uint8_t> room(std::size_t bytes, Filling filling) {
      void* place = nullptr;
      payload_ = make(filling == Filling::unread ? "Take" : "Sum");
      check(sd_bus_message_append_array_space(payload_, 'y', bytes, &place), "payload");
      return {static_cast<std::uint8_t*>(place), bytes};
    }
    std::uint64_t hand_over(Verb) { return number_in(call(payload_)); }

    void log(std::int32_t number) {
      Message* message = make("Log");
      check(sd_bus_message_append(message, "i", number), "arguments");
      check(sd_bus_message_set_expect_reply(message, 0), "no answer");
      check(sd_bus_send(bus_, message, nullptr), "send");
      sd_bus_message_unref(message);
    }
    std::uint64_t logged() { return number_in(call(make("Logged"))); }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 64;  // chosen, not measured
      sum_ = 0;
      received_ = 0;
      for (std::size_t sent = 0; received_ < calls;) {
        for (; sent < calls && sent - received_ < kInFlight; ++sent) {
          Message* message = make_add(static_cast<std::int32_t>(sent), 1);
          check(sd_bus_call_async(bus_, nullptr, message, &Client::receive, this, UINT64_MAX), "sd_bus_call_async");
          sd_bus_message_unref(message);
        }
        if (check(sd_bus_process(bus_, nullptr), "sd_bus_process") == 0) check(sd_bus_wait(bus_, UINT64_MAX), "sd_bus_wait");
      }
      return sum_;
    }

   private:
    static int receive(Message* answer, void* self, sd_bus_error*) {
      auto& client = *static_cast<Client*>(self);
      std::int32_t sum = 0;
      check(sd_bus_message_read(answer, "i", &sum), "answer");
      client.sum_ += static_cast<std::uint64_t>(sum);
      ++client.received_;
      return 1;
    }
    Message* make(const char* method) {
      Message* message = nullptr;
      check(sd_bus_message_new_method_call(bus_, &message, nullptr, kPath, kInterface, method), "call");
      return message;
    }
    Message* make_add(std::int32_t a, std::int32_t b) {
      Message* message = make("Add");
      check(sd_bus_message_append(message, "ii", a, b), "arguments");
      return message;
    }
    Message* call(Message* message) {
      Message* answer = nullptr;
      check(sd_bus_call(bus_, message, UINT64_MAX, nullptr, &answer), "sd_bus_call");
      sd_bus_message_unref(message);
      return answer;
    }
    static std::uint64_t number_in(Message* answer) {
      std::uint64_t number = 0;
      check(sd_bus_message_read(answer, "t", &number), "answer");
      sd_bus_message_unref(answer);
      return number;
    }

    sd_bus* bus_ = nullptr;
    Message* payload_ = nullptr;
    std::uint64_t sum_ = 0;
    std::size_t received_ = 0;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::SdBus>(argc, argv); }
