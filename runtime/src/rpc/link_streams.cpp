// A Link's streams: how they are opened on both sides, and what the stubs hold of them.
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include <shmidl/stub/stream_reader.hpp>
#include <shmidl/stub/stream_writer.hpp>

#include "rpc/client_loop.hpp"
#include "rpc/find_on_socket.hpp"
#include "rpc/incoming_stream.hpp"
#include "rpc/link.hpp"
#include "rpc/meanwhile.hpp"
#include "rpc/outgoing.hpp"
#include "rpc/stream_producer.hpp"
#include "rpc/streams.hpp"
#include "shm/access.hpp"
#include "shm/stream.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

rpc::Streams& Link::streams() {
  if (rpc::Streams* const made = known_streams()) return *made;
  const std::lock_guard lock(watch_mutex_);
  if (rpc::Streams* const made = streams_.load(std::memory_order_relaxed)) return *made;
  auto streams = std::make_unique<rpc::Streams>(*this);
  // sync Link.streams release: they are made; pairs with acquire in known_streams(). seq_cst: ordered with the look of an end() that comes meanwhile.
  streams_.store(streams.get(), std::memory_order_seq_cst);
  return *streams.release();
}

bool Link::makes_items() const noexcept {
  rpc::Streams* const streams = known_streams();
  return streams != nullptr && streams->is_running();
}

void Link::look_at_streams() noexcept {
  if (callee_.alarm != nullptr) callee_.alarm->ring(*this);
  // sync Link.client_loop acquire: as in client_loop().
  if (rpc::ClientLoop* const loop = client_loop_.load(std::memory_order_acquire)) loop->wake();
}

rpc::PeerMemory::Verdict Link::resolve(const shm::Descriptor& descriptor, const std::byte*& data, rpc::PeerMemory::Pins& pins) noexcept {
  return find_on_socket([&] { return peer_->resolve(descriptor, data, pins); });
}

bool Link::take_orphan(std::uint32_t lane, std::uint32_t sequence, const shm::CellBody& body) noexcept {
  rpc::Streams* const streams = known_streams();
  return streams != nullptr && streams->answered(lane, sequence, body);
}

void Link::keep_streams(os::TimePoint now) noexcept {
  rpc::Streams* const streams = known_streams();
  if (streams == nullptr) return;
  streams->try_again();
  if (!streams->reap()) return;
  lanes_.reap_orphans();
  // Until the peer has closed those that were given up. Chosen, not measured.
  constexpr std::chrono::milliseconds kLook{100};
  if (streams->reap()) static_cast<void>(rpc::Watcher::tick(weak_from_this(), now + kLook));
}

bool Link::dispatches_here() const noexcept {
  // sync Link.client_loop acquire: as in client_loop().
  const rpc::ClientLoop* const loop = client_loop_.load(std::memory_order_acquire);
  return loop != nullptr && loop->dispatches_here();
}

void Link::serve_meanwhile(rpc::Meanwhile& wait) noexcept {
  rpc::Spinner spinner(Wait::adaptive, history_);
  Job job;
  const auto serve = [&] {
    if (!take_job(job)) return false;
    run(job);
    return true;
  };
  rpc::serve_until([&] { return wait.is_done(); }, spinner, serve, [&] { rpc::look_or_nap(spinner); });
}

// ── opened here ───────────────────────────────────────────────────────────────────────────────────

Result<void> Link::open_stream(ServerCall& call, std::unique_ptr<StreamServing> serving, const StreamTicket& ticket) {
  if (callee_.alarm == nullptr && Access::relaxed(mine_.control.serving) == 0) {
    return Error(Errc::would_block, "no thread of this process would make the stream's items: it is not in link(*client).run()", Execution::yes);
  }
  shm::StreamRequest request;
  std::memcpy(&request, ticket.bytes, sizeof request);
  auto stream = std::make_shared<rpc::StreamProducer>(*this, call.lane_, request.number, std::move(serving));
  if (stream->find_credit(request.credit) != rpc::PeerMemory::Verdict::good) {
    return protocol_error("a call that opens a stream names memory that was never handed over");
  }
  auto place = stream->make_block();
  if (!place) return place.error();
  Measure measure;
  measure.room(sizeof *place, 8);
  rpc::Outgoing& reply = call.outgoing_->get();
  auto body = reply.begin(measure);
  if (!body) return body.error();
  Access::write(*body, &*place, sizeof *place);
  own_->keep(reply.held(), stream->share_block());
  return streams().add(std::move(stream), callee_.max_streams);
}

void ServerCall::open_stream(StreamServing* serving, const StreamTicket& ticket) {
  if (auto opened = link_->open_stream(*this, std::unique_ptr<StreamServing>(serving), ticket); !opened) return fail(opened.error());
  outcome_ = Outcome::stream;
}

void Link::reply_with_stream(std::uint32_t lane, rpc::Outgoing& outgoing) noexcept {
  shm::CellBody reply;
  const bool well = describe_reply(outgoing, reply);
  streams().opened(lane, well);  // before the reply, after which the lane may open another one
  if (!well) return reply_with_error(lane, Error(Errc::no_resources, "the caller holds too many results of earlier calls", Execution::yes));
  send_reply(lane, reply);
  look_at_streams();
}

StreamServing::StreamServing(ServerCall& call) : body_(new std::byte[call.request_.bytes()]), call_(*call.link_, call.lane_, nullptr) {
  std::memcpy(body_.get(), call.request_.body(), call.request_.bytes());
  call_.request_.take_over(call.request_, body_.get());
}
StreamServing::~StreamServing() = default;

// ── read here ─────────────────────────────────────────────────────────────────────────────────────

StreamReader::Got StreamReader::wait(std::chrono::steady_clock::time_point until) noexcept { return stream_->wait(os::Deadline{until}); }
Frame& StreamReader::item() noexcept { return stream_->item(); }
void StreamReader::finish() noexcept { stream_->finish(); }
Error StreamReader::malformed() noexcept { return stream_->malformed(); }
const Error& StreamReader::error() const noexcept { return stream_->error(); }
void StreamReader::cancel() noexcept { stream_->cancel(); }
bool StreamReader::ready() const noexcept { return stream_->is_ready(); }
void StreamReader::ask_for_ring() noexcept { stream_->ask_for_ring(); }

void StreamReader::leave() noexcept {
  const std::shared_ptr<rpc::IncomingStream> stream = std::move(stream_);
  if (Link& link = link_of(*target_); !link.forked()) link.streams().leave(stream);
}

}  // namespace shmidl::stub
