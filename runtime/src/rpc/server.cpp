#include <shmidl/server.hpp>

#include <stdexcept>
#include <utility>

#include "rpc/link.hpp"
#include "rpc/server_engine.hpp"
#include "rpc/this_call.hpp"

namespace shmidl {

ThisCall this_call() {
  rpc::CurrentCall* const current = rpc::thread_memory.serving;
  if (current == nullptr) throw std::logic_error("shmidl::this_call() has a meaning only in a handler, on the thread that runs it");
  return ThisCall(*current);
}

ThisCall::ThisCall(rpc::CurrentCall& call) noexcept : call_(&call), link_(&call.link()) {}

Caller ThisCall::caller() const noexcept { return link_->agreement().peer; }

std::optional<std::chrono::steady_clock::time_point> ThisCall::deadline() const noexcept {
  const os::Deadline deadline = call_->deadline();
  if (deadline.is_never()) return std::nullopt;
  return deadline.at;
}

std::uint64_t ThisCall::id() const noexcept { return call_->numbered ? static_cast<const rpc::NumberedCall*>(call_)->number() : 0; }

std::stop_token ThisCall::stop_token() const { return call_->stop_token(true); }

Server::Server(std::string_view name, const ServerOptions& options) : engine_(std::make_shared<rpc::ServerEngine>(name, options)) {}
Server::~Server() { engine_->end(); }
void Server::serve(Object& object) { engine_->serve(object, nullptr); }
void Server::serve(std::shared_ptr<Object> object) {
  if (object == nullptr) throw std::invalid_argument("Server::serve: the object is null");
  engine_->serve(*object, object);
}
// What runs handlers outlives this: one of them may end it.
void Server::run() {
  const auto engine = engine_;
  engine->run();
}
void Server::stop() noexcept { engine_->stop(); }
void Server::drain(std::chrono::nanoseconds timeout) noexcept { engine_->drain(timeout); }
bool Server::stopped() const noexcept { return engine_->stopped(); }
int Server::poll_fd() { return engine_->poll_fd(); }
std::size_t Server::dispatch_ready(std::size_t limit) {
  const auto engine = engine_;
  return engine->dispatch_ready(limit);
}

}  // namespace shmidl
