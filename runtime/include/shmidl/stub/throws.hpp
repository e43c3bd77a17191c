// Typed errors: structs that a handler throws and the caller catches.
#pragma once

#include <new>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <shmidl/error.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/encoded.hpp>
#include <shmidl/stub/parameters.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl {

/// What a plain call throws for a struct that the handler threw: an Error and the struct, to be caught as either.
template <class E>
class Thrown final : public Error, public E {
 public:
  Thrown(const Error& error, const E& value) : Error(error), E(value) {}
};

namespace stub {

/// A thrown struct as it travels: its IDL name and its bytes.
struct EncodedError final : detail::Payload {
  EncodedError(std::string of_name, EncodedBytes of_bytes) : name(std::move(of_name)), bytes(std::move(of_bytes)) {}
  std::string name;
  EncodedBytes bytes;
};

/// A thrown struct as the caller knows it.
template <class E>
struct DecodedError final : detail::Payload {
  explicit DecodedError(E decoded) : value(std::move(decoded)) {}
  [[nodiscard]] const std::type_info* type() const noexcept override { return &typeid(E); }
  [[nodiscard]] const void* object() const noexcept override { return &value; }
  void raise(const Error& error) const override { throw Thrown<E>(error, value); }
  E value;
};

/// What an error says of the struct: its to_string, else its name.
template <class E>
std::string text_of(const E& value) {
  if constexpr (requires { to_string(value); }) return to_string(value);
  else return std::string(name_of<E>());
}

/// The error of a call whose handler threw `value`. Errors (thrown): too_large.
template <class E>
Error error_of(const E& value) {
  static_assert(!name_of<E>().empty(), "a thrown struct is one that an IDL file declares");
  return detail::ErrorAccess::with(Error(Errc::service_error, text_of(value), Execution::yes),
                                   detail::PayloadRef(new EncodedError(std::string(name_of<E>()), encode(value))));
}

/// Stands for a method's result where the method throws structs: result R (or its codec), errors E.
template <class R, class... E>
struct Throws;

template <class R, class... E>
struct Outcome<Throws<R, E...>> {
  using Result = R;
  static constexpr bool throws = true;

  /// The caller's error: with the struct, if this side knows it and its bytes are good; without, as any other service_error, if not.
  static Error decode(const Error& error) noexcept {
    const auto* encoded = dynamic_cast<const EncodedError*>(detail::ErrorAccess::payload(error).get());
    if (encoded == nullptr) return error;
    detail::PayloadRef decoded;
    try {
      static_cast<void>((decode_if<E>(*encoded, decoded) || ...));
    } catch (const Error&) {
    } catch (const std::bad_alloc&) {
    }
    return detail::ErrorAccess::with(error, std::move(decoded));
  }

  /// Runs the handler; a struct that it throws, or an Error that carries one, is the answer of the call, or the end of the stream.
  template <class C, class F>
  static void run(C& call, F&& handler) {
    Catch<E...>::around(call, handler);
  }

 private:
  template <class T>
  static bool decode_if(const EncodedError& encoded, detail::PayloadRef& decoded) {
    if (encoded.name != name_of<T>()) return false;
    decoded = detail::PayloadRef(new DecodedError<T>(stub::decode<T>(encoded.bytes)));
    return true;
  }
  template <class T, class C>
  static bool forward(C& call, const Error& error) {
    const T* const value = error.as<T>();
    if (value != nullptr) call.answer(error_of(*value));
    return value != nullptr;
  }

  template <class... Ts>
  struct Catch {
    template <class C, class F>
    static void around(C& call, F&& handler) {
      try {
        handler();
      } catch (const Error& error) {
        if (!(forward<E>(call, error) || ...)) throw;
      }
    }
  };
  template <class First, class... Rest>
  struct Catch<First, Rest...> {
    template <class C, class F>
    static void around(C& call, F&& handler) {
      try {
        Catch<Rest...>::around(call, handler);
      } catch (const First& value) {
        call.answer(error_of(value));
      }
    }
  };
};

}  // namespace stub
}  // namespace shmidl
