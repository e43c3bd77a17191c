// A field that holds a struct of any type, chosen at run time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <shmidl/stub/encoded.hpp>

namespace shmidl {

/// A struct of any type, as its bytes and its name; who knows the type takes it out, anybody else passes it on untouched.
///
/// Shape:   a copy shares the bytes, which never change.
/// Threads: different objects from any thread, one object from one at a time.
class Holder {
 public:
  Holder() noexcept = default;
  Holder(const Holder& other) noexcept;
  Holder(Holder&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  Holder& operator=(Holder other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~Holder();

  /// Puts `value` in place of what is held. Errors (thrown): too_large.
  template <class P>
  void set(const P& value) {
    static_assert(!stub::name_of<P>().empty(), "a Holder holds a struct or union that an IDL file declares");
    *this = Holder(std::string(stub::name_of<P>()), stub::encode(value));
  }

  /// A copy of what is held; nothing if that is not a P.
  ///
  /// Errors: thrown; protocol_error if the bytes are not those of a P, schema_mismatch if they need a newer definition of it.
  template <class P>
  [[nodiscard]] std::optional<P> get() const {
    if (!holds<P>()) return std::nullopt;
    return stub::decode<P>(bytes());
  }
  template <class P>
  [[nodiscard]] bool holds() const noexcept {
    return held_ != nullptr && name() == stub::name_of<P>();
  }

  [[nodiscard]] bool has_value() const noexcept { return held_ != nullptr; }
  explicit operator bool() const noexcept { return held_ != nullptr; }
  void reset() noexcept { *this = Holder(); }

  /// The IDL name of what is held; empty if there is nothing.
  [[nodiscard]] std::string_view name() const noexcept;

  /// The same type and the same bytes.
  friend bool operator==(const Holder& a, const Holder& b) noexcept {
    return a.held_ == b.held_ || (a.has_value() == b.has_value() && a.name() == b.name() && a.bytes() == b.bytes());
  }

  /// For the stubs.
  Holder(std::string name, stub::EncodedBytes bytes);
  [[nodiscard]] const stub::EncodedBytes& bytes() const noexcept;

 private:
  struct Held;
  Held* held_ = nullptr;  // shared with the copies
};

namespace stub {

/// A Ref to {u32 bytes of the name, u32 bytes of the value, the name, the value aligned to 8}; absent when nothing is held.
template <>
struct Wire<Holder> {
  using View = Holder;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;

  static const Holder& of(const Holder& value) noexcept { return value; }
  static Holder own(const Holder& view) noexcept { return view; }
  static void measure(Measure& measure, const Holder& view);
  static void write(Writer& writer, std::uint32_t at, const Holder& view) noexcept;
  static bool check(Frame& frame, std::byte* at) noexcept;
  static Holder view(const Frame& frame, const std::byte* at);
  static Holder value(const Frame& frame, const std::byte* at) { return view(frame, at); }
};

}  // namespace stub
}  // namespace shmidl
