// gRPC over a Unix socket: synchronous stubs, a server of one completion queue; streams where many messages go one after another.
#include "peers/peer_main.hpp"

#include "work.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

namespace shmidl::bench {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void check(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error("gRPC: " + status.error_message());
}

class Streams : public grpc_work::Work::Service {
 public:
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

/// Single calls go through one completion queue and one thread, a quarter faster than the synchronous server; streams do not.
using WorkServer =
    grpc_work::Work::WithAsyncMethod_Add<grpc_work::Work::WithAsyncMethod_Sum<grpc_work::Work::WithAsyncMethod_Take<Streams>>>;

class Step {
 public:
  virtual ~Step() = default;
  /// The call has come, or its answer has gone; `alive` is false when the server ends.
  virtual void go(bool alive) = 0;
};

template <class In, class Out>
struct Method {
  std::function<void(grpc::ServerContext*, In*, grpc::ServerAsyncResponseWriter<Out>*, void* tag)> wait_for_call;
  std::function<void(const In&, Out&)> work;
};

/// One call, from waiting for it to its answer; the completion queue gives it back at each step.
template <class In, class Out>
class Call final : public Step {
 public:
  explicit Call(const Method<In, Out>& method) : method_(method) { method_.wait_for_call(&context_, &in_, &writer_, this); }

  void go(bool alive) override {
    if (answered_ || !alive) {
      delete this;
      return;
    }
    new Call(method_);  // the next one
    Out out;
    method_.work(in_, out);
    answered_ = true;
    writer_.Finish(out, grpc::Status::OK, this);
  }

 private:
  const Method<In, Out>& method_;
  grpc::ServerContext context_;
  In in_;
  grpc::ServerAsyncResponseWriter<Out> writer_{&context_};
  bool answered_ = false;
};

/// Answers single calls until the server ends.
void answer_all(WorkServer& work, grpc::ServerCompletionQueue& queue) {
  grpc::ServerCompletionQueue* const q = &queue;
  const Method<grpc_work::Pair, grpc_work::Number> add{
      [&work, q](auto* context, auto* in, auto* writer, void* tag) { work.RequestAdd(context, in, writer, q, q, tag); },
      [](const auto& pair, auto& number) { number.set_value(Service::add(pair.a(), pair.b())); }};
  const Method<grpc_work::Payload, grpc_work::Total> sum{
      [&work, q](auto* context, auto* in, auto* writer, void* tag) { work.RequestSum(context, in, writer, q, q, tag); },
      [](const auto& payload, auto& total) { total.set_value(Service::sum(bytes_of(payload.bytes()))); }};
  const Method<grpc_work::Payload, grpc_work::Total> take{
      [&work, q](auto* context, auto* in, auto* writer, void* tag) { work.RequestTake(context, in, writer, q, q, tag); },
      [](const auto& payload, auto& total) { total.set_value(Service::take(bytes_of(payload.bytes()))); }};
  new Call(add);
  new Call(sum);
  new Call(take);
  void* step = nullptr;
  for (bool alive = false; queue.Next(&step, &alive);) static_cast<Step*>(step)->go(alive);
}

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
    const auto queue = builder.AddCompletionQueue();
    const auto server = builder.BuildAndStart();
    if (server == nullptr) throw std::runtime_error("gRPC cannot listen");
    ready();
    answer_all(work, *queue);
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
