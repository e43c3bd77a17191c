// gRPC over a Unix socket: synchronous stubs and server; streams where many messages go one after another.
#include "peers/peer_main.hpp"

#include "work.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <memory>

namespace shmidl::bench {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void check(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error("gRPC: " + status.error_message());
}

class WorkServer final : public grpc_work::Work::Service {
 public:
  grpc::Status Add(grpc::ServerContext*, const grpc_work::Pair* pair, grpc_work::Number* sum) override {
    sum->set_value(bench::Service::add(pair->a(), pair->b()));
    return grpc::Status::OK;
  }
  grpc::Status Sum(grpc::ServerContext*, const grpc_work::Payload* payload, grpc_work::Total* total) override {
    total->set_value(bench::Service::sum(bytes_of(payload->bytes())));
    return grpc::Status::OK;
  }
  grpc::Status Take(grpc::ServerContext*, const grpc_work::Payload* payload, grpc_work::Total* total) override {
    total->set_value(bench::Service::take(bytes_of(payload->bytes())));
    return grpc::Status::OK;
  }
  grpc::Status Log(grpc::ServerContext*, grpc::ServerReader<grpc_work::Number>* numbers, grpc_work::Total* total) override {
    for (grpc_work::Number number; numbers->Read(&number);) service_.log(number.value());
    total->set_value(service_.logged());
    return grpc::Status::OK;
  }
  grpc::Status AddMany(grpc::ServerContext*, grpc::ServerReaderWriter<grpc_work::Number, grpc_work::Pair>* calls) override {
    grpc_work::Number sum;
    for (grpc_work::Pair pair; calls->Read(&pair);) {
      sum.set_value(bench::Service::add(pair.a(), pair.b()));
      calls->Write(sum);
    }
    return grpc::Status::OK;
  }

 private:
  bench::Service service_;  // one client logs
};

struct Grpc {
  static constexpr const char* name = "grpc";
  static constexpr bool kInPlace = false;
  static constexpr bool kOneClient = false;
  static constexpr std::array kWaits{Waiting::block};
  static std::string version() { return grpc::Version(); }

  template <class Ready>
  static void serve(const Setup& setup, Ready ready) {
    WorkServer work;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + setup.address, grpc::InsecureServerCredentials());
    builder.RegisterService(&work);
    builder.SetMaxReceiveMessageSize(-1);
    const auto server = builder.BuildAndStart();
    if (server == nullptr) throw std::runtime_error("gRPC cannot listen");
    ready();
    server->Wait();
  }

  class Client {
   public:
    explicit Client(const Setup& setup)
        : work_(grpc_work::Work::NewStub(grpc::CreateChannel("unix:" + setup.address, grpc::InsecureChannelCredentials()))) {}

    std::int32_t add(std::int32_t a, std::int32_t b) {
      grpc::ClientContext context;
      pair_.set_a(a);
      pair_.set_b(b);
      check(work_->Add(&context, pair_, &number_));
      return number_.value();
    }

    std::span<std::uint8_t> room(std::size_t bytes, Filling) {
      std::string& text = *payload_.mutable_bytes();
      text.resize(bytes);
      return {reinterpret_cast<std::uint8_t*>(text.data()), bytes};
    }
    std::uint64_t hand_over(Verb verb) {
      grpc::ClientContext context;
      check(verb == Verb::take ? work_->Take(&context, payload_, &total_) : work_->Sum(&context, payload_, &total_));
      return total_.value();
    }

    void log(std::int32_t number) {
      if (log_ == nullptr) {
        log_context_ = std::make_unique<grpc::ClientContext>();
        log_ = work_->Log(log_context_.get(), &total_);
      }
      number_.set_value(number);
      log_->Write(number_, grpc::WriteOptions().set_buffer_hint());
    }
    std::uint64_t logged() {
      log_->WritesDone();
      check(log_->Finish());
      log_.reset();
      return total_.value();
    }

    std::uint64_t add_many(std::size_t calls) {
      constexpr std::size_t kInFlight = 64;  // chosen, not measured
      grpc::ClientContext context;
      const auto stream = work_->AddMany(&context);
      std::uint64_t sum = 0;
      pair_.set_b(1);
      for (std::size_t sent = 0, received = 0; received < calls; ++received) {
        for (; sent < calls && sent - received < kInFlight; ++sent) {
          pair_.set_a(static_cast<std::int32_t>(sent));
          stream->Write(pair_);
        }
        if (!stream->Read(&number_)) break;
        sum += static_cast<std::uint64_t>(number_.value());
      }
      stream->WritesDone();
      check(stream->Finish());
      return sum;
    }

   private:
    std::unique_ptr<grpc_work::Work::Stub> work_;
    grpc_work::Pair pair_;
    grpc_work::Number number_;
    grpc_work::Payload payload_;
    grpc_work::Total total_;
    std::unique_ptr<grpc::ClientContext> log_context_;
    std::unique_ptr<grpc::ClientWriter<grpc_work::Number>> log_;
  };
};

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) { return shmidl::bench::peer_main<shmidl::bench::Grpc>(argc, argv); }
