#pragma once

// What a call or a connection can end with besides its answer.
//
// An error is chosen by what the caller does next: wait longer, try again, start
// the server, ask for access, rebuild. Its message says what was attempted, on
// what, and why it did not work. An error of a call also says whether the method
// was executed, which decides if repeating it is safe.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace shmidl {

/// The kinds of error. The numbers go over the wire and are never reused.
enum class Errc : int {
  timed_out = 1,      ///< The deadline passed.
  cancelled,          ///< The caller gave up.
  not_executed,       ///< The peer died and certainly had not begun the call.
  maybe_executed,     ///< The peer died and may have begun the call.
  peer_died,          ///< The peer died; this was not a call.
  not_found,          ///< Nothing runs under that name.
  name_in_use,        ///< Another server runs under that name.
  permission_denied,  ///< The kernel, the directory's owner or the server refuses.
  unknown_method,     ///< The server's interface lacks the method.
  schema_mismatch,    ///< Both sides have the method, with different meanings.
  version_mismatch,   ///< The two libraries share no version of the protocol.
  too_large,          ///< A value is above its bound.
  would_block,        ///< No room, or nothing there, at this moment.
  overloaded,         ///< The server has as many clients or calls as it takes.
  no_resources,       ///< Memory, descriptors or another quota ran out.
  draining,           ///< The server takes no new calls; it is stopping.
  protocol_error,     ///< The peer sent what no correct peer sends.
  bad_address,        ///< The address or name is not written correctly.
  forked,             ///< The connection belongs to the parent process.
  service_error,      ///< The handler threw.
};

/// Whether the method of a failed call was executed.
enum class Execution : std::uint8_t { no = 0, maybe = 1, yes = 2 };

/// One line of text for a kind of error; never empty, static storage.
std::string_view to_string(Errc errc) noexcept;

/// "no", "maybe" or "yes".
std::string_view to_string(Execution execution) noexcept;

/// The category of every Errc; its name is "shmidl".
const std::error_category& category() noexcept;

/// Found by argument lookup, so that `error.code() == Errc::timed_out` compiles.
std::error_code make_error_code(Errc errc) noexcept;

}  // namespace shmidl

template <>
struct std::is_error_code_enum<shmidl::Errc> : std::true_type {};

namespace shmidl {

class Error;

namespace detail {

/// A struct that a handler threw, inside of an Error. Immutable; what is not decoded has no type. Counted: see PayloadRef.
struct Payload {
  Payload() = default;
  Payload(const Payload&) = delete;
  Payload& operator=(const Payload&) = delete;
  virtual ~Payload();
  [[nodiscard]] virtual const std::type_info* type() const noexcept { return nullptr; }
  [[nodiscard]] virtual const void* object() const noexcept { return nullptr; }
  /// Throws an object that is both the Error and the struct; returns if there is no struct.
  virtual void raise(const Error&) const {}

 private:
  friend class PayloadRef;
  mutable std::uint32_t references_ = 1;
};

/// One of the owners of a Payload; null where there is none. As a std::shared_ptr, without <memory>, which every stub would have to read.
///
/// Threads: as std::shared_ptr: different objects from any thread, one object from one at a time.
class PayloadRef {
 public:
  PayloadRef() noexcept = default;
  /// Takes over what `new` made.
  explicit PayloadRef(const Payload* owned) noexcept : payload_(owned) {}
  PayloadRef(const PayloadRef& other) noexcept;
  PayloadRef(PayloadRef&& other) noexcept : payload_(std::exchange(other.payload_, nullptr)) {}
  PayloadRef& operator=(PayloadRef other) noexcept {
    std::swap(payload_, other.payload_);
    return *this;
  }
  ~PayloadRef();

  [[nodiscard]] const Payload* get() const noexcept { return payload_; }

 private:
  const Payload* payload_ = nullptr;
};

struct ErrorAccess;

}  // namespace detail

/// An error as a value: thrown by the plain form of a call, held by Result by the others.
///
/// Shape:   what() is the message alone, or the text of the Errc where the message is empty.
/// Threads: a copy shares the text, costs two counter increments, and never throws.
class Error : public std::system_error {
 public:
  explicit Error(Errc errc, std::string message = {}, Execution execution = Execution::no);
  Error(const Error& other) noexcept;
  Error& operator=(const Error& other) noexcept;
  ~Error() override;

  Errc errc() const noexcept { return static_cast<Errc>(code().value()); }
  Execution execution() const noexcept { return execution_; }
  const char* what() const noexcept override;

  /// The struct that the handler threw, if it threw an E and the method says so; else null. Lifetime: that of the last copy of this Error.
  template <class E>
  [[nodiscard]] const E* as() const noexcept {
    return static_cast<const E*>(payload_of(typeid(E)));
  }

  /// Throws this error; where it carries a struct, as an object that is also that struct.
  [[noreturn]] void raise() const;

  /// The same kind, the same message and the same execution.
  friend bool operator==(const Error& a, const Error& b) noexcept {
    return a.code() == b.code() && a.execution_ == b.execution_ && std::string_view{a.what()} == b.what();
  }

 private:
  /// The struct, if it is of this type; else null.
  [[nodiscard]] const void* payload_of(const std::type_info& type) const noexcept;

  // system_error appends the category's text to the message that it is given, so the
  // message is kept apart: in a runtime_error, whose text is shared between copies.
  std::runtime_error message_;
  Execution execution_;
  detail::PayloadRef payload_;

  friend struct detail::ErrorAccess;
};

/// For the stubs: puts the struct into an Error and takes it out.
struct detail::ErrorAccess {
  static Error with(Error error, PayloadRef payload) noexcept {
    error.payload_ = std::move(payload);
    return error;
  }
  static const PayloadRef& payload(const Error& error) noexcept { return error.payload_; }
};

static_assert(std::is_nothrow_copy_constructible_v<Error> && std::is_nothrow_copy_assignable_v<Error>,
              "Result relies on an Error that can always be moved into place");

}  // namespace shmidl
