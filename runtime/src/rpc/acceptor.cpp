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
#include "rpc/meeting.hpp"

namespace shmidl::rpc {

namespace {

/// Says why not; the connection ends with its socket.
void refuse(const Fd& socket, const Error& error) noexcept {
  Refuse message;
  const std::string_view text = error.what();
  message.errc = static_cast<std::uint32_t>(error.errc());
  message.text_bytes = static_cast<std::uint32_t>(std::min(text.size(), kMaxReason));
  std::copy_n(text.data(), message.text_bytes, message.text.data());
  static_cast<void>(os::send(socket, seal_message(message, MessageKind::refuse)));
}

}  // namespace

Result<void> Acceptor::start() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(started_, true) || closed_) return {};
  if (listener_) return Watcher::watch(listener_->socket(), weak_from_this(), 0, registration_);
  return Watcher::tick(weak_from_this(), os::Clock::now());
}

void Acceptor::close() noexcept {
  Arrivals arrivals;  // end without the lock
  std::vector<Fd> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(closed_, true)) {
      if (listener_) {
        Watcher::ignore(listener_->socket(), registration_);
        listener_->close();
      }
      arrivals.swap(arrivals_);
      waiting.swap(waiting_);
    }
  }
  // The hook that runs is waited for, unless it is the one that closes.
  if (Watcher::is_this_thread()) return;
  const std::lock_guard asks(hook_mutex_);
}

Result<void> Acceptor::take(Fd socket) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Error(Errc::not_found);
  if (waiting_.size() >= kMaxArrivals) return Error(Errc::overloaded, "the queue of new clients of `" + registry_->name() + "` is full; try again");
  waiting_.push_back(std::move(socket));
  // ServerOptions::allow runs on the watcher's thread, whoever comes.
  return started_ ? Watcher::tick(weak_from_this(), os::Clock::now()) : Result<void>();
}

void Acceptor::on_ready(std::uint64_t) noexcept {
  // Clients that come without end hold up nobody else: the rest is taken in the next turn.
  constexpr int kTurn = 32;
  for (int i = 0; i < kTurn; ++i) {
    std::optional<Fd> socket;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      auto accepted = listener_->accept();
      if (accepted) socket = std::move(*accepted);
      // Out of descriptors: the client stays in the queue and the socket readable. Look again later, not at once.
      else if (accepted.error().errc() != Errc::would_block) return pause(std::chrono::milliseconds(10));
    }
    if (!socket) return;
    const bool taken = try_take_in(std::move(*socket));
    const std::lock_guard lock(mutex_);
    if (!taken && !closed_) return pause(std::chrono::milliseconds(10));
  }
}

// Without the lock, since the hook may do with this server what it likes.
std::optional<bool> Acceptor::ask(const Caller& caller) noexcept {
  const std::lock_guard asks(hook_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::nullopt;
  }
  return registry_->allows(caller);
}

bool Acceptor::try_take_in(Fd socket) noexcept try {
  return take_in(std::move(socket)).has_value();
} catch (const std::exception&) {
  return false;
}

Result<void> Acceptor::take_in(Fd socket) {
  auto credentials = os::peer_credentials(socket);
  if (!credentials) return {};
  const Caller caller{credentials->uid, credentials->gid, credentials->pid};
  // Before the hello: whoever may not come in takes no place from those who may.
  const auto allowed = ask(caller);
  if (!allowed) return {};
  if (!*allowed) {
    refuse(socket, Error(Errc::permission_denied, "`" + registry_->name() + "` does not allow uid " + std::to_string(caller.uid)));
    return {};
  }
  std::shared_ptr<Arrival> oldest;  // ends without the lock
  const std::lock_guard lock(mutex_);
  if (closed_) return {};
  if (arrivals_.size() >= kMaxArrivals) {
    oldest = std::move(arrivals_.begin()->second);
    arrivals_.erase(arrivals_.begin());
  }
  const std::uint64_t number = next_arrival_++;
  auto arrival = std::make_shared<Arrival>(weak_from_this(), number, registry_, std::move(socket), caller);
  if (auto started = arrival->start(); !started) return started;
  arrivals_.emplace(number, std::move(arrival));
  if (std::exchange(ticking_, true)) return {};
  expiry_ = os::Clock::now() + kHelloPatience;
  return Watcher::tick(weak_from_this(), expiry_);
}

void Acceptor::pause(std::chrono::milliseconds duration) noexcept {
  Watcher::ignore(listener_->socket(), registration_);
  static_cast<void>(Watcher::tick(weak_from_this(), os::Clock::now() + duration));
}

std::optional<os::TimePoint> Acceptor::on_tick(os::TimePoint now) noexcept {
  std::vector<Fd> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (Fd& socket : waiting) static_cast<void>(try_take_in(std::move(socket)));  // whom there is no memory for finds its socket closed
  const std::lock_guard lock(mutex_);
  if (closed_) return std::nullopt;
  if (listener_) {
    if (registration_ == 0 && !Watcher::watch(listener_->socket(), weak_from_this(), 0, registration_)) return now + std::chrono::milliseconds(10);
  } else if (!ticking_ || now < expiry_) {
    return std::nullopt;
  }
  while (!arrivals_.empty() && arrivals_.begin()->second->since() + kHelloPatience <= now) arrivals_.erase(arrivals_.begin());
  ticking_ = !arrivals_.empty();
  if (!ticking_) return std::nullopt;
  return expiry_ = arrivals_.begin()->second->since() + kHelloPatience;
}

void Acceptor::forget(std::uint64_t number) noexcept {
  std::shared_ptr<Arrival> last;  // ends without the lock
  const std::lock_guard lock(mutex_);
  const auto found = arrivals_.find(number);
  if (found == arrivals_.end()) return;
  last = std::move(found->second);
  arrivals_.erase(found);
}

Arrival::~Arrival() {
  if (process_mark_ == os::process_mark()) Watcher::ignore(socket_, registration_);
}

Result<void> Arrival::start() { return Watcher::watch(socket_, weak_from_this(), 0, registration_); }

std::optional<os::TimePoint> Arrival::on_tick(os::TimePoint) noexcept { return std::nullopt; }

void Arrival::on_ready(std::uint64_t) noexcept {
  if (!socket_) return;
  try {
    if (auto link = meet()) {
      registry_->add(std::move(*link));
    } else if (link.error().errc() == Errc::would_block) {
      return;
    } else if (link.error().errc() != Errc::peer_died) {
      refuse(socket_, link.error());
    }
  } catch (const std::exception& error) {
    if (socket_) refuse(socket_, Error(Errc::no_resources, std::string("the server cannot take a client: ") + error.what()));
  }
  if (const auto acceptor = acceptor_.lock()) acceptor->forget(number_);
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
  const std::string_view wanted(hello.name.data(), hello.name_bytes);
  const Registry::Served* served = registry_->find(wanted);
  if (served == nullptr) {
    return Error(Errc::schema_mismatch, "`" + registry_->name() + "` does not serve the interface `" + std::string(wanted) + "`; it serves " + registry_->interfaces());
  }
  // Before the welcome, after which the client forgets it.
  const auto meeting = caller_.pid == ::getpid() ? Meeting::find(hello.epoch, *served->interface) : nullptr;
  auto pidfd = os::open_peer_pidfd(socket_);
  if (!pidfd) return pidfd.error();
  auto place = registry_->admit(caller_);
  if (!place) return place.error();
  auto peer = std::make_shared<PeerMemory>(registry_->options().max_client_bytes);
  if (auto opened = peer->open(message->fds[0]); !opened) return opened.error();
  auto own = OwnMemory::create(registry_->options().max_own_bytes);
  if (!own) return own.error();
  (*own)->set_peer_limit(hello.accepts_bytes, "max_peer_bytes");

  Welcome welcome;
  welcome.accepts_bytes = registry_->options().max_client_bytes;
  welcome.accepts_blobs = registry_->options().max_client_blobs;
  welcome.accepts_blob_bytes = registry_->options().max_client_blob_bytes;
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
  agreement.in_place = caller_.uid == ::geteuid();
  agreement.same_process = caller_.pid == ::getpid();
  agreement.peer = caller_;
  agreement.name = registry_->name();
  agreement.blobs_here = {welcome.accepts_blobs, welcome.accepts_blob_bytes};
  agreement.blobs_there = {hello.accepts_blobs, hello.accepts_blob_bytes};
  agreement.blob_options = "max_peer_blobs, max_peer_blob_bytes";
  Watcher::ignore(socket_, registration_);
  auto link = std::make_shared<stub::Link>(std::move(*own), std::move(peer), std::move(socket_), std::move(*pidfd), std::move(agreement));
  link->set_callee({served->object, served->interface, served->serial.get(), served->has_inline, registry_, std::move(*place), &registry_->guard(), registry_->guard().asks_always(), registry_->options().max_streams});
  link->set_caller({registry_->options().wait, std::nullopt});  // as the client was told: a server that polls is not woken for answers either
  link->set_serving(true);
  if (auto watching = link->start_watching(); !watching) return watching.error();
  if (meeting != nullptr) {
    registry_->set_callers_here();  // before the link is added, which wakes the server's threads
    meeting->meet(link);
  }
  return link;
}

}  // namespace shmidl::rpc
