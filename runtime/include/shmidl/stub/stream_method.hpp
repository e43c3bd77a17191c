// A method that returns a stream: from C++ arguments to its opening and back, on both sides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <shmidl/future.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/method.hpp>
#include <shmidl/stub/parameters.hpp>
#include <shmidl/stub/stream_reader.hpp>
#include <shmidl/stub/stream_writer.hpp>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace shmidl {
template <class T>
class Stream;

namespace stub {

template <class R, class... E>
struct Throws;

/// As Method. `Returned` is Stream<Codec>, or Throws of one, where Codec is the items' type, or its name with a bound; P are In.
template <std::uint32_t Index, class Returned, class Codec, class... P>
class StreamMethod {
  using T = ValueOf<Codec>;
  using Ending = Outcome<Returned>;
  using Request = Root<typename P::Request..., StreamWire<StreamTicket>>;
  using Places = std::index_sequence_for<P...>;
  static constexpr std::uint32_t kTicketAt = Request::offsets[sizeof...(P)];

 public:
  using AsyncResult = Stream<T>;

  /// The plain form: throws Error.
  static Stream<T> call(const ClientLink& link, typename P::Argument... arguments) { return invoke(link, nullptr, Places{}, arguments...).value(); }

  /// The form that does not throw. The timeout bounds the opening; the stop counts until the stream's end.
  static Result<Stream<T>> try_call(const ClientLink& link, const CallOptions& options, typename P::Argument... arguments) noexcept {
    try {
      return invoke(link, &options, Places{}, arguments...);
    } catch (...) {
      return caught_error(true);
    }
  }

  /// The form that returns before the stream is open.
  static Future<Stream<T>> async_call(const ClientLink& link, const CallOptions& options, typename P::Argument... arguments) {
    Pending pending;
    send(pending.begin(now(link), Index, options), Places{}, arguments...);
    return Future<Stream<T>>(std::move(pending), &collect);
  }

  /// Unpacks, calls `Member` of `self`, and opens what it returns.
  template <auto Member, class Self>
  static void serve(Self& self, ServerCall& call) {
    run<Member>(self, call, Places{});
  }

 private:
  /// The connection that carries a stream that is begun now, or, if there is none, the last one, which says why.
  static TargetRef now(const ClientLink& link) {
    try {
      return current_of(link.shared(), true);
    } catch (const Error&) {
      return current_of(link.shared());
    }
  }

  template <std::size_t... At>
  static bool send(Call& call, std::index_sequence<At...>, typename P::Argument... arguments) {
    StreamTicket ticket;
    if (!call.begin_stream(ticket)) return false;
    Measure measure;
    measure.room(Request::bytes, 8);
    (P::measure(measure, arguments), ...);
    std::byte* body = call.begin(measure);
    if (body == nullptr && call.may_be_direct()) body = call.begin(measure);  // what makes the items runs on the server's threads
    if (body == nullptr) return false;
    Writer writer(body, measure.body_bytes(), &measure);
    writer.zero(writer.take(Request::bytes, 8), Request::bytes);
    (P::write(writer, Request::offsets[At], arguments), ...);
    writer.put(kTicketAt, &ticket, sizeof ticket);
    return call.publish(writer.complete());
  }

  template <std::size_t... At>
  static Result<Stream<T>> invoke(const ClientLink& link, const CallOptions* options, std::index_sequence<At...> places, typename P::Argument... arguments) {
    const TargetRef now = current_of(link.shared(), true);  // a stream stays on its connection
    Call call(*now, Index, options);
    if (!send(call, places, arguments...)) return Ending::decode(call.error());
    return open(call);
  }

  static Result<Stream<T>> collect(Pending& pending) { return open(pending.call()); }

  static Result<Stream<T>> open(Call& call) {
    if (!call.wait()) return Ending::decode(call.error());
    StreamReader reader;
    if (!call.open_stream(reader)) return call.error();
    return Stream<T>(std::move(reader), {&Stream<T>::template read_item<Codec>, [](const Error& error) -> Error { return Ending::decode(error); }});
  }

  struct Serving final : StreamServing {
    explicit Serving(ServerCall& from) : StreamServing(from), slots(call(), call().request().body()) {}

    bool step(StreamWriter& to) override {
      bool more = false;
      if constexpr (Ending::throws) Ending::run(to, [&] { more = stream.template step<Codec>(to); });
      else more = stream.template step<Codec>(to);
      return more;
    }
    [[nodiscard]] bool pushes() const noexcept override { return stream.pushes(); }
    [[nodiscard]] StreamOptions options() const noexcept override { return stream.options(); }

    Slots<Request, Places, typename P::Slot...> slots;
    Stream<T> stream;  // ends before what it reads
  };

  template <auto Member, class Self, std::size_t... At>
  static void run(Self& self, ServerCall& call, std::index_sequence<At...>) {
    Frame& frame = call.request();
    frame.copy_externals();  // what the caller sent is its own again once the stream is open
    if (!frame.claim(0, Request::bytes, 1)) return call.malformed();
    if (!(P::Request::check(frame, frame.body() + Request::offsets[At]) && ...)) return call.malformed();
    auto serving = std::make_unique<Serving>(call);
    call.started();
    bool opened = false;
    const auto handle = [&] {
      serving->stream = (self.*Member)(slot_of<At>(serving->slots).pass()...);
      opened = true;
    };
    if constexpr (Ending::throws) Ending::run(call, handle);
    else handle();
    if (!opened) return;
    StreamTicket ticket;
    read_shared(&ticket, frame.body() + kTicketAt, sizeof ticket);
    call.open_stream(serving.release(), ticket);
  }
};

template <std::uint32_t Index, class Codec, class... P>
class Method<Index, Stream<Codec>, P...> : public StreamMethod<Index, Stream<Codec>, Codec, P...> {};
template <std::uint32_t Index, class Codec, class... E, class... P>
class Method<Index, Throws<Stream<Codec>, E...>, P...> : public StreamMethod<Index, Throws<Stream<Codec>, E...>, Codec, P...> {};

}  // namespace stub
}  // namespace shmidl

#pragma GCC diagnostic pop
