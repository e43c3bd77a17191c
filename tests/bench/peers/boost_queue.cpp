// boost.interprocess message_queue: two queues of a fixed message size, under a mutex in shared memory.
#include "peers/peer_main.hpp"

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/version.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

namespace shmidl::bench {
namespace {

namespace ipc = boost::interprocess;

/// A queue that is waited at by trying again, or asleep.
class Queue {
 public:
  Queue(const std::string& name, Waiting waiting) : queue_(ipc::open_only, name.c_str()), waiting_(waiting) {}

  void send(const void* bytes, std::size_t size) {
    if (waiting_ == Waiting::block) {
      queue_.send(bytes, size, 0);
    } else {
      while (!queue_.try_send(bytes, size, 0)) relax();
    }
  }
  std::size_t receive(void* room, std::size_t size) {
    ipc::message_queue::size_type received = 0;
    unsigned priority = 0;
    if (waiting_ == Waiting::block) {
      queue_.receive(room, size, received, priority);
    } else {
      while (!queue_.try_receive(room, size, received, priority)) relax();
    }
    return received;
  }
  [[nodiscard]] std::size_t room() const { return queue_.get_max_msg_size(); }

 private:
  ipc::message_queue queue_;
  Waiting waiting_;
};

/// The queues' names: those of files in /dev/shm.
std::string queue_name(const Setup& setup, const char* direction) {
  std::string name = "shmidl-bench" + setup.address + direction;
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

struct BoostQueue {
  static constexpr const char* name = "boost_queue";
  static constexpr std::array kWaits{Waiting::poll, Waiting::block};
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = true;  // answers have no address
  static std::string version() { return BOOST_LIB_VERSION; }

  /// Makes the queues, and removes them after the run.
  class Daemon {
   public:
    explicit Daemon(const Setup& setup) : requests_(queue_name(setup, "-to")), replies_(queue_name(setup, "-from")) {
      const std::size_t messages = setup.payload_bytes <= 1024 ? 1024 : 2;
      ipc::message_queue(ipc::create_only, requests_.c_str(), messages, sizeof(Request) + setup.payload_bytes);
      ipc::message_queue(ipc::create_only, replies_.c_str(), 1024, sizeof(Reply));
    }
    ~Daemon() {
      ipc::message_queue::remove(requests_.c_str());
      ipc::message_queue::remove(replies_.c_str());
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

   private:
    std::string requests_;
    std::string replies_;
  };

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    Queue requests(queue_name(setup, "-to"), setup.waiting);
    Queue replies(queue_name(setup, "-from"), setup.waiting);
    std::vector<std::uint8_t> room(requests.room());
    Service service;
    ready();
    for (;;) {
      const std::size_t size = requests.receive(room.data(), room.size());
      Request request;
      std::memcpy(&request, room.data(), sizeof request);
      const Reply reply = service.answer(request, std::span(room).first(size).subspan(sizeof request));
      if (request.verb != Verb::log) replies.send(&reply, sizeof reply);
    }
  }

  class Client {
   public:
    explicit Client(const Setup& setup)
        : requests_(queue_name(setup, "-to"), setup.waiting), replies_(queue_name(setup, "-from"), setup.waiting) {}

    std::int32_t add(std::int32_t a, std::int32_t b) {
      send({Verb::add, a, b});
      return static_cast<std::int32_t>(receive());
    }

    std::span<std::uint8_t> room(std::size_t bytes, Filling) {
      room_.resize(sizeof(Request) + bytes);
      return std::span(room_).subspan(sizeof(Request));
    }
    std::uint64_t hand_over(Verb verb) {
      const Request request{verb, 0, 0, static_cast<std::uint32_t>(room_.size() - sizeof(Request))};
      std::memcpy(room_.data(), &request, sizeof request);
      requests_.send(room_.data(), room_.size());
      return receive();
    }

    void log(std::int32_t number) { send({Verb::log, number}); }
    std::uint64_t logged() {
      send({Verb::logged});
      return receive();
    }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 64;  // chosen, not measured
      std::uint64_t sum = 0;
      for (std::size_t sent = 0, received = 0; received < calls; ++received) {
        for (; sent < calls && sent - received < kInFlight; ++sent) send({Verb::add, static_cast<std::int32_t>(sent), 1});
        sum += receive();
      }
      return sum;
    }

   private:
    void send(const Request& request) { requests_.send(&request, sizeof request); }
    std::uint64_t receive() {
      Reply reply;
      replies_.receive(&reply, sizeof reply);
      return reply.value;
    }

    Queue requests_;
    Queue replies_;
    std::vector<std::uint8_t> room_;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::BoostQueue>(argc, argv); }
