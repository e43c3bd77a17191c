// One method: from C++ arguments to a frame and back, on both sides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include <shmidl/future.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/direct.hpp>
#include <shmidl/stub/parameters.hpp>
#include <shmidl/stub/struct_wire.hpp>
#include <shmidl/stub/wire.hpp>

// A field or a method that its owner calls deprecated is served all the same.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace shmidl::stub {

/// The root of a body: the fixed parts one after the other, each aligned.
template <class... W>
struct Root {
  static constexpr std::array<std::uint32_t, sizeof...(W) + 1> offsets = [] {
    std::array<std::uint32_t, sizeof...(W) + 1> result{};
    std::uint32_t end = 0;
    std::size_t next = 0;
    ((end = (end + W::align - 1) / W::align * W::align, result[next++] = end, end += W::size), ...);
    result[next] = end;
    return result;
  }();
  static constexpr std::uint32_t bytes = offsets[sizeof...(W)];
  static constexpr bool small = bytes <= kInlineBytes && (true && ... && W::fixed);
};

template <class R>
struct WireOrNone {
  using Type = Wire<R>;
};
template <>
struct WireOrNone<void> {
  using Type = NoWire;
};

/// What an asynchronous call yields: nothing, the only value, or a tuple of the result and the outs.
template <class Tuple>
struct Yield {
  using Type = Tuple;
  static Type of(Tuple&& values) { return std::move(values); }
};
template <>
struct Yield<std::tuple<>> {
  using Type = void;
};
template <class V>
struct Yield<std::tuple<V>> {
  using Type = V;
  static Type of(std::tuple<V>&& values) { return std::get<0>(std::move(values)); }
};

/// The types of several tuples in one.
template <class... Tuples>
struct Joined;
template <class... T>
struct Joined<std::tuple<T...>> {
  using Type = std::tuple<T...>;
};
template <class... T, class... U, class... Rest>
struct Joined<std::tuple<T...>, std::tuple<U...>, Rest...> : Joined<std::tuple<T..., U...>, Rest...> {};

// Values by their place, as a tuple of references: every method has several, and std::tuple takes compilers far longer.
template <std::size_t At, class T>
struct PackPart {
  const T& value;
};
template <class Places, class... T>
struct Pack;
template <std::size_t... At, class... T>
struct Pack<std::index_sequence<At...>, T...> : PackPart<At, T>... {};
template <std::size_t At, class T>
const T& part_of(const PackPart<At, T>& part) noexcept {
  return part.value;
}

/// How many arguments a parameter takes of an asynchronous call: one, or none if it is only `out`.
template <class Parameter>
inline constexpr std::size_t kTaken = std::tuple_size_v<typename Parameter::Parts>;

// What handlers are given, each made in its place.
template <std::size_t At, class T>
struct SlotPart {
  SlotPart(ServerCall& call, const std::byte* at) : slot(call, at) {}
  T slot;
};
template <class Root, class Places, class... T>
struct Slots;
template <class Root, std::size_t... At, class... T>
struct Slots<Root, std::index_sequence<At...>, T...> : SlotPart<At, T>... {
  explicit Slots([[maybe_unused]] ServerCall& call, [[maybe_unused]] const std::byte* body) : SlotPart<At, T>(call, body + Root::offsets[At])... {}
};
template <std::size_t At, class T>
T& slot_of(SlotPart<At, T>& part) noexcept {
  return part.slot;
}

/// The same of a direct call.
template <class Places, class... T>
struct Locals;
template <std::size_t... At, class... T>
struct Locals<std::index_sequence<At...>, T...> : SlotPart<At, T>... {
  explicit Locals([[maybe_unused]] ServerCall& call, [[maybe_unused]] const DirectCall& direct) : SlotPart<At, T>(call, direct.argument(At))... {}
};

/// Method `Index` of an interface: result `Returned` (a value type, a codec's name, or Throws), parameters P (In, Out, InOut, CountedOut,
/// CountedInOut).
template <std::uint32_t Index, class Returned, class... P>
class Method {
  using Ending = Outcome<Returned>;
  using R = ValueOf<typename Ending::Result>;
  using ResultWire = typename WireOrNone<typename Ending::Result>::Type;
  using Request = Root<typename P::Request...>;
  using Reply = Root<ResultWire, typename P::Reply...>;
  using Places = std::index_sequence_for<P...>;
  static constexpr bool kSmall = Request::small && Reply::small;
  static constexpr std::uint32_t kOddBytes = Request::small ? 0xffff'ffffu : 0;  // what no request has; DirectCall
  using ResultTuple = std::conditional_t<std::is_void_v<R>, std::tuple<>, std::tuple<std::conditional_t<std::is_void_v<R>, int, R>>>;
  using Yielded = Yield<typename Joined<ResultTuple, typename P::Results...>::Type>;
  static constexpr std::array<std::size_t, sizeof...(P) + 1> kTakenBefore = [] {
    std::array<std::size_t, sizeof...(P) + 1> before{};
    std::size_t next = 0;
    ((before[next + 1] = before[next] + kTaken<P>, ++next), ...);
    return before;
  }();
  static constexpr bool kHasOuts = (false || ... || (std::tuple_size_v<typename P::Results> != 0));

 public:
  using AsyncResult = typename Yielded::Type;

  /// The plain form: throws Error.
  static R call(const ClientLink& link, typename P::Argument... arguments) { return invoke(link, nullptr, Places{}, arguments...).value(); }

  /// The form that does not throw.
  static Result<R> try_call(const ClientLink& link, const CallOptions& options, typename P::Argument... arguments) noexcept {
    try {
      return invoke(link, &options, Places{}, arguments...);
    } catch (...) {
      return caught_error(true);
    }
  }

  /// The form that returns before the answer; `parts` are what goes in.
  template <class... A>
  static Future<AsyncResult> async_call(const ClientLink& link, const CallOptions& options, const A&... parts) {
    static_assert(sizeof...(A) == (std::size_t{0} + ... + kTaken<P>));
    return start(link, options, Places{}, Pack<std::index_sequence_for<A...>, A...>{{parts}...});
  }

  /// A oneway method: throws Error; waits for room.
  static void send(const ClientLink& link, typename P::Argument... arguments) { post(link, nullptr, true, Places{}, arguments...).value(); }

  static Result<void> try_send(const ClientLink& link, const CallOptions& options, typename P::Argument... arguments) noexcept {
    try {
      return post(link, &options, false, Places{}, arguments...);
    } catch (...) {
      return caught_error(false);
    }
  }

  /// Unpacks, calls `Member` of `self`, packs.
  template <auto Member, class Self>
  static void serve(Self& self, ServerCall& call) {
    run<Member>(self, call, Places{});
  }

 private:
  template <std::size_t... At>
  static Result<R> invoke(const ClientLink& link, const CallOptions* options, std::index_sequence<At...> places, typename P::Argument... arguments) {
    if constexpr (kSmall) {
      SmallCall call;
      if (Error* error = begin_small(link.target(), Index, options, call)) [[unlikely]] {
        if (error != kTryDirect) return failed(error);
        if (auto answer = call_directly(link, options, places, arguments...)) return std::move(*answer);
        if (Error* other = begin_in_full(link.target(), Index, options, call)) return failed(other);
      }
      (P::store(call.request + Request::offsets[At], arguments), ...);
      if (Error* error = finish_small(link.target(), call, Request::bytes, Reply::bytes)) return failed(error);
      Frame frame;
      frame.set(call.reply.data(), Reply::bytes, true, false);
      return unpack(frame, places, arguments...);
    } else {
      Call call(link.target(), Index, options);
      Measure measure;
      measure_all(measure, places, arguments...);
      std::byte* body = call.begin(measure);
      if (body == nullptr && call.may_be_direct()) [[unlikely]] {
        if (auto answer = call_directly(link, options, places, arguments...)) return std::move(*answer);
        body = call.begin(measure);
      }
      if (body == nullptr || !call.publish(write_all(body, measure, places, arguments...)) || !call.wait()) return Ending::decode(call.error());
      Frame& frame = call.reply();
      if (!check_reply(frame, places) || !(P::fits(frame, frame.body() + Reply::offsets[At + 1], arguments) && ...)) return call.malformed();
      return unpack(frame, places, arguments...);
    }
  }

  [[gnu::cold, gnu::noinline]] static Result<R> failed(Error* error) {
    return Ending::decode(take_error(error));
  }

  /// The call on this thread; nothing if it goes over the connection.
  template <std::size_t... At>
  [[gnu::cold, gnu::noinline]] static std::optional<Result<R>> call_directly(const ClientLink& link, const CallOptions* options, std::index_sequence<At...>,
                                                                             typename P::Argument... arguments) {
    const void* const places[] = {nullptr, __builtin_addressof(arguments)...};
    std::optional<std::conditional_t<std::is_void_v<R>, char, R>> result;
    DirectCall call(link.target(), Index, options, places + 1, &result);
    if (!call.entered()) return std::nullopt;
    call.set_odd_bytes(kOddBytes);
    if (const auto error = call.run()) return std::optional<Result<R>>(std::in_place, Ending::decode(*error));
    if constexpr (std::is_void_v<R>) return std::optional<Result<R>>(std::in_place);
    else return std::optional<Result<R>>(std::in_place, std::in_place, std::move(*result));
  }

  template <std::size_t... At>
  static void measure_all(Measure& measure, std::index_sequence<At...>, typename P::Argument... arguments) {
    measure.room(Request::bytes, 8);
    (P::measure(measure, arguments), ...);
  }

  template <std::size_t... At>
  static bool write_all(std::byte* body, const Measure& measure, std::index_sequence<At...>, typename P::Argument... arguments) {
    Writer writer(body, measure.body_bytes(), &measure);
    writer.zero(writer.take(Request::bytes, 8), Request::bytes);
    (P::write(writer, Request::offsets[At], arguments), ...);
    return writer.complete();
  }

  template <std::size_t... At>
  static bool check_reply(Frame& frame, std::index_sequence<At...>) noexcept {
    return frame.claim(0, Reply::bytes, 1) && ResultWire::check(frame, frame.body()) &&
           (P::Reply::check(frame, frame.body() + Reply::offsets[At + 1]) && ...);
  }

  template <std::size_t... At>
  static Result<R> unpack(Frame& frame, std::index_sequence<At...>, typename P::Argument... arguments) {
    if constexpr (kSmall) {  // nothing that throws
      (P::Reply::check(frame, frame.body() + Reply::offsets[At + 1]), ...);
      ResultWire::check(frame, frame.body());
      (P::receive(frame, frame.body() + Reply::offsets[At + 1], arguments), ...);
      return result(frame);
    } else {
      try {
        (P::receive(frame, frame.body() + Reply::offsets[At + 1], arguments), ...);
        return result(frame);
      } catch (const Error& error) {
        return executed_error(error);
      }
    }
  }

  static Result<R> result([[maybe_unused]] const Frame& frame) {
    if constexpr (std::is_void_v<R>) return {};
    else return Result<R>(std::in_place, ResultWire::value(frame, frame.body()));
  }

  // Asynchronous: the parts are matched to the parameters, Out takes none.
  template <std::size_t At, class Parts>
  static decltype(auto) part(const Parts& parts) {
    if constexpr (kTakenBefore[At + 1] != kTakenBefore[At]) return part_of<kTakenBefore[At]>(parts);
    else return nullptr;
  }

  template <std::size_t... At, class Parts>
  static Future<AsyncResult> start(const ClientLink& link, const CallOptions& options, std::index_sequence<At...>, const Parts& parts) {
    if constexpr (kSmall) {
      Pending call;
      if (std::byte* const at = call.begin_small(link.shared(), Index, options)) {
        (store_part<P>(at + Request::offsets[At], part<At>(parts)), ...);
        call.publish_small(Request::bytes);
      }
      return Future<AsyncResult>(std::move(call), &collect_small);
    } else {
      Pending pending;
      Call& call = pending.begin(link.shared(), Index, options);
      Measure measure;
      measure.room(Request::bytes, 8);
      (measure_part<P>(measure, part<At>(parts)), ...);
      if (std::byte* body = call.begin(measure); body != nullptr) {
        Writer writer(body, measure.body_bytes(), &measure);
        writer.zero(writer.take(Request::bytes, 8), Request::bytes);
        (write_part<P>(writer, Request::offsets[At], part<At>(parts)), ...);
        (void)call.publish(writer.complete());
      }
      return Future<AsyncResult>(std::move(pending), &collect);
    }
  }

  template <class Parameter, class A>
  static void store_part(std::byte* at, const A& value) noexcept {
    if constexpr (kTaken<Parameter> != 0) {
      static_assert(sizeof(A) == Parameter::Request::size, "what is small travels as it is");
      std::memcpy(at, &value, sizeof value);
    }
  }
  template <class Parameter, class A>
  static void measure_part(Measure& measure, const A& value) {
    if constexpr (kTaken<Parameter> != 0) Parameter::Request::measure(measure, value);
  }
  template <class Parameter, class A>
  static void write_part(Writer& writer, std::uint32_t at, const A& value) {
    if constexpr (kTaken<Parameter> != 0) Parameter::Request::write(writer, at, value);
  }

  static Result<AsyncResult> collect_small(Pending& pending) {
    SmallContent reply;
    if (Error* error = pending.wait_small(reply, Reply::bytes)) return Ending::decode(take_error(error));
    Frame frame;
    frame.set(reply.bytes.data(), Reply::bytes, true, false);
    (void)check_reply(frame, Places{});  // what is small has no Ref; a bool is normalised
    return gather(frame, Places{});
  }

  static Result<AsyncResult> collect(Pending& pending) {
    Call& call = pending.call();
    if (!call.wait()) return Ending::decode(call.error());
    Frame& frame = call.reply();
    if (!check_reply(frame, Places{})) return call.malformed();
    try {
      return gather(frame, Places{});
    } catch (const Error& error) {
      return executed_error(error);
    }
  }

  template <std::size_t... At>
  static Result<AsyncResult> gather(const Frame& frame, std::index_sequence<At...>) {
    const auto outs = [&] {
      if constexpr (kHasOuts) return std::tuple_cat(P::yield(frame, frame.body() + Reply::offsets[At + 1])...);
    };
    if constexpr (!kHasOuts) {
      return result(frame);
    } else if constexpr (std::is_void_v<R>) {
      return Result<AsyncResult>(std::in_place, Yielded::of(outs()));
    } else {
      return Result<AsyncResult>(std::in_place, Yielded::of(std::tuple_cat(std::tuple<R>(ResultWire::value(frame, frame.body())), outs())));
    }
  }

  template <std::size_t... At>
  static Result<void> post(const ClientLink& link, const CallOptions* options, bool may_wait, std::index_sequence<At...> places,
                           typename P::Argument... arguments) {
    if constexpr (Request::small) {
      SmallSend call;
      if (Error* error = begin_small_send(link.target(), Index, options, may_wait, call)) return take_error(error);
      (P::store(call.request + Request::offsets[At], arguments), ...);
      finish_small_send(call, Request::bytes);
    } else {
      Send call(link.target(), Index, options, may_wait);
      Measure measure;
      measure_all(measure, places, arguments...);
      std::byte* body = call.begin(measure);
      if (body == nullptr || !call.publish(write_all(body, measure, places, arguments...))) return call.error();
    }
    return {};
  }

  template <class Slot>
  static bool slot_fits(const Slot& slot) noexcept {
    if constexpr (requires { slot.fits; }) return slot.fits;
    else return true;
  }

  template <auto Member, class Self, std::size_t... At>
  static void run(Self& self, ServerCall& call, std::index_sequence<At...>) {
    Frame& frame = call.request();
    if constexpr (Request::small) {
      if (frame.bytes() != Request::bytes) return run_without_frame<Member>(self, call);
    } else {
      if (!frame.claim(0, Request::bytes, 1)) return run_without_frame<Member>(self, call);
    }
    if (!(P::Request::check(frame, frame.body() + Request::offsets[At]) && ...)) return call.malformed();
    Slots<Request, Places, typename P::Slot...> slots(call, frame.body());
    if (!(slot_fits(slot_of<At>(slots)) && ...)) return;
    call.started();
    if constexpr (Ending::throws) Ending::run(call, [&] { handle<Member>(self, call, slots, std::index_sequence<At...>{}); });
    else handle<Member>(self, call, slots, std::index_sequence<At...>{});
  }

  template <auto Member, class Self>
  [[gnu::cold, gnu::noinline]] static void run_without_frame(Self& self, ServerCall& call) {
    if (const DirectCall* const direct = call.direct()) run_directly<Member>(self, call, *direct, Places{});
    else call.malformed();
  }

  template <auto Member, class Self, std::size_t... At>
  static void run_directly(Self& self, ServerCall& call, const DirectCall& direct, std::index_sequence<At...>) {
    Locals<Places, Local<P>...> locals(call, direct);
    if (!(slot_fits(slot_of<At>(locals)) && ...)) return;
    call.started();
    const auto handler = [&] {
      if constexpr (std::is_void_v<R>) (self.*Member)(slot_of<At>(locals).pass()...);
      else direct.result<R>().emplace((self.*Member)(slot_of<At>(locals).pass()...));
      if constexpr (!Reply::small) {
        // Its bounds, as they are looked at where a reply is packed.
        try {
          Measure measure;
          measure.room(Reply::bytes, 8);
          if constexpr (!std::is_void_v<R>) ResultWire::measure(measure, ResultWire::of(*direct.result<R>()));
          (measure_local<P>(measure, slot_of<At>(locals)), ...);
          if (!call.may_return(measure)) return;
        } catch (const Error& error) {
          return call.refuse_result(error);
        }
      }
      (slot_of<At>(locals).give(), ...);
    };
    if constexpr (Ending::throws) Ending::run(call, handler);
    else handler();
  }

  template <class Parameter, class Slot>
  static void measure_local(Measure& measure, const Slot& slot) {
    if constexpr (Slot::returns) Parameter::measure_reply(measure, slot);
  }

  template <auto Member, class Self, class All, std::size_t... At>
  static void handle(Self& self, ServerCall& call, All& slots, std::index_sequence<At...> places) {
    if constexpr (std::is_void_v<R>) {
      (self.*Member)(slot_of<At>(slots).pass()...);
      reply(call, places, slots, nullptr);
    } else {
      const R result = (self.*Member)(slot_of<At>(slots).pass()...);
      reply(call, places, slots, &result);
    }
  }

  /// `result` is null where the method has none.
  template <class All, class Value, std::size_t... At>
  static void reply(ServerCall& call, std::index_sequence<At...>, [[maybe_unused]] All& slots, [[maybe_unused]] Value result) {
    if constexpr (Reply::small) {
      [[maybe_unused]] std::byte* at = call.small_reply(Reply::bytes);
      if constexpr (!std::is_void_v<R>) std::memcpy(at, result, ResultWire::size);
      (P::store_reply(at + Reply::offsets[At + 1], slot_of<At>(slots)), ...);
    } else {
      try {
        Measure measure;
        measure.room(Reply::bytes, 8);
        if constexpr (!std::is_void_v<R>) ResultWire::measure(measure, ResultWire::of(*result));
        (P::measure_reply(measure, slot_of<At>(slots)), ...);
        std::byte* body = call.begin(measure);
        if (body == nullptr) return;
        Writer writer(body, measure.body_bytes(), &measure);
        writer.zero(writer.take(Reply::bytes, 8), Reply::bytes);
        if constexpr (!std::is_void_v<R>) ResultWire::write(writer, 0, ResultWire::of(*result));
        (P::write_reply(writer, Reply::offsets[At + 1], slot_of<At>(slots)), ...);
        call.finish(writer.complete());
      } catch (const Error& error) {
        call.refuse_result(error);
      }
    }
  }
};

}  // namespace shmidl::stub

#pragma GCC diagnostic pop
