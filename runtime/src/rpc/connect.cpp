// The client's side of the first meeting.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <sys/random.h>
#include <unistd.h>

#include <shmidl/client.hpp>

#include "os/connect.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "rpc/client_loop.hpp"
#include "rpc/hello.hpp"
#include "rpc/meet.hpp"
#include "rpc/neighbours.hpp"
#include "rpc/target.hpp"
#include "rpc/watcher.hpp"

namespace shmidl {

namespace rpc {

std::uint64_t random_epoch() noexcept {
  std::uint64_t epoch = 0;
  if (::getrandom(&epoch, sizeof epoch, GRND_NONBLOCK) != sizeof epoch) epoch = static_cast<std::uint64_t>(os::Clock::now().time_since_epoch().count());
  return epoch;
}

namespace {

/// Between two tries while no server is there. Chosen, not measured.
constexpr std::chrono::milliseconds kRetryPause{2};

Error refused(const Refuse& refuse) {
  const auto errc = refuse.errc;
  if (errc == 0 || errc > static_cast<std::uint32_t>(Errc::service_error) || refuse.text_bytes > kMaxReason) {
    return Error(Errc::protocol_error, "the server refused the connection in a way that makes no sense");
  }
  return Error(static_cast<Errc>(errc), std::string(refuse.text.data(), refuse.text_bytes));
}

Error vanished(std::string_view name) {
  return Error(Errc::not_found, "the server `" + std::string(name) + "` ended while this client connected; start it again");
}

Result<void> check_server(const os::Credentials& server, const os::Place& place, const ClientOptions& options) {
  const uid_t expected = options.expect_uid.value_or(::geteuid());
  if (server.uid == expected || (!options.expect_uid && server.uid == 0)) return {};
  return Error(Errc::permission_denied, "the server `" + place.name + "` runs as uid " + std::to_string(server.uid) + ", not as uid " +
                                            std::to_string(expected) + "; if that is right, say so with ClientOptions::expect_uid");
}

}  // namespace

bool may_pass(Errc errc) noexcept {
  return errc == Errc::not_found || errc == Errc::overloaded || errc == Errc::draining || errc == Errc::timed_out;
}

Result<stub::TargetRef> meet(const os::Place& place, const stub::Interface& interface, const ClientOptions& options, os::Deadline deadline) {
  auto socket = place.in_process ? Neighbours::connect(place.name) : os::connect_to(place, options.expect_uid);
  if (!socket) return socket.error();
  if (Watcher::is_this_thread()) {
    const auto server = os::peer_credentials(*socket);
    if (server && server->pid == ::getpid()) {
      return Error(Errc::would_block, "`" + place.name + "` is of this process: its clients come in on this thread, which would wait for itself; connect elsewhere than in ServerOptions::allow");
    }
  }
  if (auto on = os::pass_credentials(*socket); !on) return on.error();
  auto own = OwnMemory::create(options.max_own_bytes);
  if (!own) return own.error();

  Hello hello;
  hello.layout = shm::layout_number();
  hello.epoch = random_epoch();
  hello.fingerprint = interface.fingerprint;
  const auto meeting = options.in_process == InProcess::direct && options.reconnect.policy == Reconnect::never ? Meeting::expect(hello.epoch, interface) : nullptr;
  struct Over {
    const std::shared_ptr<Meeting>& meeting;
    ~Over() {
      if (meeting != nullptr) meeting->over();
    }
  } const over{meeting};
  hello.accepts_bytes = options.max_peer_bytes;
  hello.accepts_blobs = options.max_peer_blobs;
  hello.accepts_blob_bytes = options.max_peer_blob_bytes;
  hello.never_sleeps = options.wait == Wait::poll ? 1 : 0;
  if (interface.name.size() > kMaxInterfaceName) return Error(Errc::bad_address, "the interface's name is longer than " + std::to_string(kMaxInterfaceName) + " bytes");
  hello.name_bytes = static_cast<std::uint32_t>(interface.name.size());
  std::copy(interface.name.begin(), interface.name.end(), hello.name.begin());
  const int descriptor = (*own)->descriptor().get();
  // A server that refuses does so before the hello, and closes: then sending fails, and the refusal is there to be read.
  auto sent = os::send(*socket, seal_message(hello, MessageKind::hello), deadline, std::span(&descriptor, 1));
  if (!sent && sent.error().errc() != Errc::peer_died) return sent.error();
  auto readable = os::wait_readable(*socket, deadline);
  if (!readable) return readable.error();
  if (!*readable) return Error(Errc::timed_out, "the server `" + place.name + "` is there, but did not answer; is it in Server::run?");
  std::array<std::byte, kMaxMessageBytes> bytes;
  auto message = os::recv(*socket, bytes);
  // The kernel tells of a close with our hello unread before it gives what was sent before the close.
  if (message ? message->eof : message.error().errc() == Errc::peer_died) message = os::recv(*socket, bytes);
  if (!message) return message.error().errc() == Errc::peer_died ? vanished(place.name) : message.error();
  if (message->eof) return vanished(place.name);
  const std::span<const std::byte> content(bytes.data(), message->bytes);
  if (Refuse refuse; read_message(content, MessageKind::refuse, refuse)) return refused(refuse);
  Welcome welcome;
  if (!read_message(content, MessageKind::welcome, welcome) || message->fds.size() != (welcome.has_description != 0 ? 2u : 1u) || !message->sender) {
    return Error(Errc::protocol_error, "the server `" + place.name + "` answered the hello with something else than a welcome");
  }
  if (welcome.protocol != kProtocolVersion || welcome.layout != shm::layout_number()) {
    return Error(Errc::version_mismatch, "the server `" + place.name + "` speaks another protocol; build both sides with the same shmidl version");
  }
  if (auto known = check_server(*message->sender, place, options); !known) return known.error();
  // From here on messages need not name their sender.
  if (auto off = os::pass_credentials(*socket, false); !off) return off.error();
  Fd pidfd = std::move(message->sender_pidfd);
  if (!pidfd) {
    auto opened = os::open_pidfd(message->sender->pid);
    if (!opened) return opened.error().errc() == Errc::peer_died ? vanished(place.name) : opened.error();
    pidfd = std::move(*opened);
  }
  auto peer = std::make_shared<PeerMemory>(options.max_peer_bytes);
  if (auto opened = peer->open(message->fds[0]); !opened) return opened.error();
  (*own)->forget_descriptor();
  (*own)->set_peer_limit(welcome.accepts_bytes, "max_client_bytes");

  MethodMap methods = MethodMap::same(interface);
  const bool same = welcome.fingerprint == interface.fingerprint;
  if (!same) {
    if (welcome.has_description == 0) return Error(Errc::protocol_error, "the server `" + place.name + "` sent no description of its interface");
    auto description = read_description(message->fds[1], welcome.description_bytes);
    if (!description) return description.error();
    methods = MethodMap::compare(interface, *description);
  }
  Agreement agreement;
  agreement.same_schema = same;
  agreement.peer_never_sleeps = welcome.never_sleeps != 0;
  agreement.in_place = message->sender->uid == ::geteuid();
  agreement.same_process = message->sender->pid == ::getpid();
  agreement.peer = Caller{message->sender->uid, message->sender->gid, message->sender->pid};
  agreement.name = place.name;
  agreement.blobs_here = {options.max_peer_blobs, options.max_peer_blob_bytes};
  agreement.blobs_there = {welcome.accepts_blobs, welcome.accepts_blob_bytes};
  agreement.blob_options = "max_client_blobs, max_client_blob_bytes";
  auto link = std::make_shared<stub::Link>(std::move(*own), std::move(peer), std::move(*socket), std::move(pidfd), std::move(agreement));
  link->set_caller({options.wait, options.timeout});
  if (auto watching = link->start_watching(); !watching) return watching.error();
  if (link->agreement().same_process && same && meeting != nullptr) return stub::TargetRef(*new stub::Target(std::move(link), std::move(methods), meeting));
  return stub::TargetRef(*new stub::Target(std::move(link), std::move(methods)));
}

}  // namespace rpc

namespace stub {

ClientLink open(std::string_view address, const Interface& interface, const ClientOptions& options) {
  auto place = os::parse_place(address);
  if (!place) throw Error(place.error());
  const os::Deadline tries = os::Deadline::in(options.connect_timeout);
  for (;;) {
    const auto patience = std::max<std::chrono::nanoseconds>(tries.left(), rpc::kWelcomePatience);
    auto target = rpc::meet(*place, interface, options, os::Deadline::in(patience));
    if (target && options.reconnect.policy == Reconnect::never) return ClientLink(std::move(*target));
    if (target) {
      auto again = std::make_unique<rpc::Reconnecting>(std::move(*place), interface, options, std::move(*target));
      return ClientLink(TargetRef(*new Target(std::move(again))));
    }
    if (target.error().errc() != Errc::not_found || tries.expired()) throw Error(target.error());
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(rpc::kRetryPause, tries.left()));
  }
}

}  // namespace stub

namespace {
stub::Link& link_now(const stub::TargetRef& target) noexcept { return stub::link_of(*target); }
}  // namespace

Caller LinkHandle::peer() const noexcept { return link_now(stub::current_of(target_)).agreement().peer; }

void LinkHandle::close() noexcept {
  if (rpc::Reconnecting* const reconnecting = (*target_).reconnecting()) return reconnecting->close();
  stub::Link& link = link_now(target_);
  if (link.forked()) return;
  link.end(rpc::LinkState::closed);
  link.bury();
}

namespace {
/// What of the client runs in event loops, over all its connections.
std::shared_ptr<rpc::ClientLoop> loop_of(const stub::TargetRef& target) {
  if (rpc::Reconnecting* const reconnecting = (*target).reconnecting()) return reconnecting->loop();
  return link_now(target).client_loop().shared_from_this();
}
}  // namespace

int LinkHandle::poll_fd() { return loop_of(target_)->poll_fd(); }
std::size_t LinkHandle::dispatch_ready(std::size_t limit) { return loop_of(target_)->dispatch_ready(limit); }
void LinkHandle::run() { loop_of(target_)->run(); }
void LinkHandle::stop() { loop_of(target_)->stop(); }
void LinkHandle::on_peer_death(std::function<void(const Error&)> tell) { loop_of(target_)->on_peer_death(std::move(tell)); }

}  // namespace shmidl
