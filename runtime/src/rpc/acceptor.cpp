#include "rpc/acceptor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include <unistd.h>

#include "os/process.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"

namespace shmidl::rpc {

Result<void> Acceptor::start() {
  const std::lock_guard lock(mutex_);
  if (registration_) return {};
  auto registration = Watcher::watch(listener_.socket(), weak_from_this(), 0);
  if (!registration) return registration.error();
  registration_ = *registration;
  return {};
}

void Acceptor::close() noexcept {
  std::map<const Arrival*, std::shared_ptr<Arrival>> arrivals;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  if (registration_) Watcher::ignore(listener_.socket(), *std::exchange(registration_, std::nullopt));
  listener_.close();
  arrivals.swap(arrivals_);
}

void Acceptor::on_ready(std::uint64_t) noexcept {
  const std::lock_guard lock(mutex_);
  while (!closed_) {
    if (arrivals_.size() >= kMaxArrivals) return pause_locked();
    auto socket = listener_.accept();
    if (!socket) {
      // Out of descriptors: the client stays in the queue and the socket readable. Look again later, not at once.
      if (socket.error().errc() != Errc::would_block) pause_locked();
      return;
    }
    try {
      auto arrival = std::make_shared<Arrival>(weak_from_this(), registry_, std::move(*socket));
      if (!arrival->start()) continue;
      arrivals_.emplace(arrival.get(), arrival);
    } catch (const std::exception&) {
      return pause_locked();
    }
  }
}

void Acceptor::pause_locked() noexcept {
  if (!registration_) return;
  Watcher::ignore(listener_.socket(), *std::exchange(registration_, std::nullopt));
  static_cast<void>(Watcher::tick(weak_from_this(), os::Clock::now() + std::chrono::milliseconds(10)));
}

std::optional<os::TimePoint> Acceptor::on_tick(os::TimePoint now) noexcept {
  const std::lock_guard lock(mutex_);
  if (closed_ || registration_) return std::nullopt;
  if (arrivals_.size() < kMaxArrivals) {
    if (auto registration = Watcher::watch(listener_.socket(), weak_from_this(), 0)) {
      registration_ = *registration;
      return std::nullopt;
    }
  }
  return now + std::chrono::milliseconds(10);
}

void Acceptor::forget(const Arrival* arrival) noexcept {
  std::shared_ptr<Arrival> last;  // ends outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = arrivals_.find(arrival);
  if (found == arrivals_.end()) return;
  last = std::move(found->second);
  arrivals_.erase(found);
}

Arrival::~Arrival() {
  if (registration_) Watcher::ignore(socket_, *registration_);
  if (admitted_) registry_->leave();
}

Result<void> Arrival::start() {
  if (!registry_->admit()) {
    const Error full(Errc::overloaded, "`" + registry_->name() + "` has as many clients as it takes");
    refuse(full);
    return full;
  }
  admitted_ = true;
  auto registration = Watcher::watch(socket_, weak_from_this(), 0);
  if (!registration) return registration.error();
  registration_ = *registration;
  return Watcher::tick(weak_from_this(), os::Clock::now() + kHelloPatience);
}

void Arrival::refuse(const Error& error) noexcept {
  Refuse message;
  const std::string_view text = error.what();
  message.errc = static_cast<std::uint32_t>(error.errc());
  message.text_bytes = static_cast<std::uint32_t>(std::min(text.size(), kMaxReason));
  std::copy_n(text.data(), message.text_bytes, message.text.data());
  static_cast<void>(os::send(socket_, seal_message(message, MessageKind::refuse)));
}

std::optional<os::TimePoint> Arrival::on_tick(os::TimePoint) noexcept {
  if (socket_) done();  // silent for too long
  return std::nullopt;
}

void Arrival::done() noexcept {
  if (const auto acceptor = acceptor_.lock()) acceptor->forget(this);
}

void Arrival::on_ready(std::uint64_t) noexcept {
  try {
    if (!socket_) return;
    if (auto link = meet()) {
      admitted_ = false;  // the place is the link's now
      registry_->add(std::move(*link));
    } else if (link.error().errc() == Errc::would_block) {
      return;
    } else if (link.error().errc() != Errc::peer_died) {
      refuse(link.error());
    }
  } catch (const std::exception& error) {
    refuse(Error(Errc::no_resources, std::string("the server cannot take a client: ") + error.what()));
  }
  done();
}

Result<std::shared_ptr<stub::Link>> Arrival::meet() {
  std::array<std::byte, kMaxMessageBytes> bytes;
  auto message = os::recv(socket_, bytes);
  if (!message) return message.error();
  if (message->eof) return Error(Errc::peer_died);
  Hello hello;
  if (!read_message(std::span<const std::byte>(bytes.data(), message->bytes), MessageKind::hello, hello) || message->fds.size() != 1 ||
      hello.name_bytes > kMaxInterfaceName) {
    return Error(Errc::protocol_error, "that was no hello of a shmidl client");
  }
  if (hello.protocol != kProtocolVersion || hello.layout != shm::layout_number()) {
    return Error(Errc::version_mismatch, "the client speaks protocol " + std::to_string(hello.protocol) + " with layout " + std::to_string(hello.layout) +
                                             ", the server protocol " + std::to_string(kProtocolVersion) + " with layout " +
                                             std::to_string(shm::layout_number()) + "; build both with the same shmidl version");
  }
  auto credentials = os::peer_credentials(socket_);
  if (!credentials) return credentials.error();
  const Caller caller{credentials->uid, credentials->gid, credentials->pid};
  if (!registry_->allows(caller)) {
    return Error(Errc::permission_denied, "`" + registry_->name() + "` does not allow uid " + std::to_string(caller.uid));
  }
  const std::string_view wanted(hello.name.data(), hello.name_bytes);
  const Registry::Served* served = registry_->find(wanted);
  if (served == nullptr) {
    return Error(Errc::schema_mismatch, "`" + registry_->name() + "` does not serve the interface `" + std::string(wanted) + "`; it serves " + registry_->interfaces());
  }
  auto pidfd = os::open_peer_pidfd(socket_);
  if (!pidfd) return pidfd.error();
  auto peer = std::make_shared<PeerMemory>(registry_->options().max_client_bytes);
  if (auto opened = peer->open(message->fds[0]); !opened) return opened.error();
  auto own = OwnMemory::create(registry_->options().max_own_bytes);
  if (!own) return own.error();

  Welcome welcome;
  welcome.layout = shm::layout_number();
  welcome.epoch = random_epoch();
  welcome.fingerprint = served->interface->fingerprint;
  welcome.never_sleeps = registry_->options().wait == Wait::poll ? 1 : 0;
  const bool same = hello.fingerprint == served->interface->fingerprint;
  std::array<int, 2> descriptors{(*own)->descriptor().get(), served->description.descriptor.get()};
  welcome.has_description = same ? 0 : 1;
  welcome.description_bytes = same ? 0 : served->description.bytes;
  auto sent = os::send(socket_, seal_message(welcome, MessageKind::welcome), std::span(descriptors).first(same ? 1 : 2), true);
  if (!sent) return Error(Errc::peer_died, sent.error().what());
  (*own)->forget_descriptor();

  Agreement agreement;
  agreement.same_schema = same;
  agreement.peer_never_sleeps = hello.never_sleeps != 0;
  agreement.in_place = caller.uid == ::geteuid();
  agreement.peer = caller;
  agreement.name = registry_->name();
  Watcher::ignore(socket_, *std::exchange(registration_, std::nullopt));
  auto link = std::make_shared<stub::Link>(std::move(*own), std::move(peer), std::move(socket_), std::move(*pidfd), std::move(agreement));
  link->set_callee({served->object, served->interface, registry_});
  if (auto watching = link->start_watching(); !watching) return watching.error();
  return link;
}

}  // namespace shmidl::rpc
