// A struct as bytes of its own, outside of any frame: what a Holder holds, and what travels with a thrown struct.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <shmidl/array.hpp>
#include <shmidl/error.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

using EncodedBytes = Array<std::byte>;  // shared by copies; aligned for every type

/// Throws Error for bytes that are no value of the type `name`.
[[noreturn]] void throw_not_decoded(std::string_view name);
/// Throws Error for a value that is too large to be encoded.
[[noreturn]] void throw_not_encoded(std::string_view name, std::uint64_t bytes);

/// The body of a frame whose root is one P; nothing stands outside of it. Errors (thrown): too_large.
template <class P>
EncodedBytes encode(const P& value) {
  const typename Wire<P>::View view = Wire<P>::of(value);
  Measure measure(false);
  measure.room(Wire<P>::size, 8);
  Wire<P>::measure(measure, view);
  if (measure.body_bytes() >= kExternal) throw_not_encoded(name_of<P>(), measure.body_bytes());
  auto bytes = EncodedBytes::uninitialized(static_cast<std::size_t>(measure.body_bytes()));
  Writer writer(bytes.data(), measure.body_bytes(), nullptr);
  writer.zero(writer.take(Wire<P>::size, 8), Wire<P>::size);
  Wire<P>::write(writer, 0, view);
  return bytes;
}

/// Errors (thrown): protocol_error if the bytes make no sense, schema_mismatch or too_large if this side's definition has no place for them.
template <class P>
P decode(const EncodedBytes& bytes) {
  // A check writes into what it checks, and the bytes may be shared.
  EncodedBytes mine{std::span<const std::byte>(bytes.data(), bytes.size())};
  Frame frame;
  std::byte* const body = mine.data();
  frame.set(body, static_cast<std::uint32_t>(mine.size()), false, false);
  if (!frame.claim(0, Wire<P>::size, 1) || !Wire<P>::check(frame, body)) {
    if (frame.refused()) throw frame.refusal(Execution::no);
    throw_not_decoded(name_of<P>());
  }
  return Wire<P>::value(frame, body);
}

}  // namespace shmidl::stub
