// Cap'n Proto, two parties over a Unix socket: an event loop on each side, asleep in epoll.
#include "peers/peer_main.hpp"

#include "work.capnp.h"

#include <capnp/ez-rpc.h>
#include <kj/async.h>
#include <kj/debug.h>

#include <deque>
#include <optional>

namespace shmidl::bench {
namespace {

std::span<const std::uint8_t> bytes_of(capnp::Data::Reader data) { return {data.begin(), data.size()}; }

class WorkServer final : public capnp_work::Work::Server {
 protected:
  kj::Promise<void> add(AddContext context) override {
    const auto numbers = context.getParams();
    context.getResults().setSum(Service::add(numbers.getA(), numbers.getB()));
    return kj::READY_NOW;
  }
  kj::Promise<void> sum(SumContext context) override {
    context.getResults().setSum(Service::sum(bytes_of(context.getParams().getPayload())));
    return kj::READY_NOW;
  }
  kj::Promise<void> take(TakeContext context) override {
    context.getResults().setSize(Service::take(bytes_of(context.getParams().getPayload())));
    return kj::READY_NOW;
  }
};

struct CapnProto {
  static constexpr const char* name = "capnp";
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static constexpr std::array kWaits{Waiting::block};
  static std::string version() {
    return std::to_string(CAPNP_VERSION_MAJOR) + '.' + std::to_string(CAPNP_VERSION_MINOR) + '.' + std::to_string(CAPNP_VERSION_MICRO);
  }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    capnp::EzRpcServer server(kj::heap<WorkServer>(), "unix:" + setup.address);
    server.getPort().wait(server.getWaitScope());  // it listens
    ready();
    kj::NEVER_DONE.wait(server.getWaitScope());
  }

  class Client {
   public:
    explicit Client(const Setup& setup)
        : connection_("unix:" + setup.address), scope_(connection_.getWaitScope()), work_(connection_.getMain<capnp_work::Work>()) {}

    std::int32_t add(std::int32_t a, std::int32_t b) { return send_add(a, b).wait(scope_).getSum(); }

    std::span<std::uint8_t> room(std::size_t bytes, Filling filling) {
      const capnp::MessageSize size{bytes / sizeof(capnp::word) + 64, 0};
      const auto count = static_cast<unsigned>(bytes);
      auto payload = filling == Filling::unread ? take_.emplace(work_.takeRequest(size)).initPayload(count)
                                                : sum_.emplace(work_.sumRequest(size)).initPayload(count);
      return {payload.begin(), payload.size()};
    }
    std::uint64_t hand_over(Verb verb) {
      return verb == Verb::take ? take_->send().wait(scope_).getSize() : sum_->send().wait(scope_).getSum();
    }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 64;  // chosen, not measured
      std::deque<capnp::RemotePromise<capnp_work::Work::AddResults>> pending;
      std::uint64_t sum = 0;
      for (std::size_t sent = 0, received = 0; received < calls; ++received) {
        for (; sent < calls && sent - received < kInFlight; ++sent) pending.push_back(send_add(static_cast<std::int32_t>(sent), 1));
        sum += static_cast<std::uint64_t>(pending.front().wait(scope_).getSum());
        pending.pop_front();
      }
      return sum;
    }

   private:
    capnp::RemotePromise<capnp_work::Work::AddResults> send_add(std::int32_t a, std::int32_t b) {
      auto request = work_.addRequest(capnp::MessageSize{8, 0});
      request.setA(a);
      request.setB(b);
      return request.send();
    }

    capnp::EzRpcClient connection_;
    kj::WaitScope& scope_;
    capnp_work::Work::Client work_;
    std::optional<capnp::Request<capnp_work::Work::SumParams, capnp_work::Work::SumResults>> sum_;
    std::optional<capnp::Request<capnp_work::Work::TakeParams, capnp_work::Work::TakeResults>> take_;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::CapnProto>(argc, argv); }
