// One value on its way: packed as a sender does, received as a receiver does, in memory of exactly its size, so that a sanitizer sees every
// step past an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <shmidl/stub.hpp>

namespace wire {

using shmidl::stub::Frame;
using shmidl::stub::Measure;
using shmidl::stub::Ref;
using shmidl::stub::Wire;
using shmidl::stub::Writer;

using Bytes = std::vector<std::byte>;

template <class V>
using RootOf = shmidl::stub::Root<Wire<V>>;
template <class V>
using ViewOf = typename Wire<V>::View;

/// A body and what lies outside of it.
struct Packed {
  Bytes body;
  std::vector<Bytes> externals;
  bool complete = false;

  template <class T>
  [[nodiscard]] T at(std::size_t offset) const {
    return shmidl::stub::load<T>(body.data() + offset);
  }
  template <class T>
  void put(std::size_t offset, const T& value) {
    std::memcpy(body.data() + offset, &value, sizeof value);
  }
  friend bool operator==(const Packed&, const Packed&) = default;
};

/// Packs one value; `before` fills the memory first.
template <class V>
Packed pack(const ViewOf<V>& view, std::byte before = std::byte{0xaa}) {
  Measure measure;
  measure.room(RootOf<V>::bytes, 8);
  Wire<V>::measure(measure, view);
  Packed packed;
  packed.body.assign(static_cast<std::size_t>(measure.body_bytes()), before);
  for (std::uint32_t i = 0; i < measure.externals(); ++i) {
    const auto& range = measure.range(i);
    const auto* first = static_cast<const std::byte*>(range.data);
    packed.externals.emplace_back(first, first + range.bytes);
    if (range.clear != nullptr) range.clear(packed.externals.back().data(), range.bytes);
  }
  Writer writer(packed.body.data(), measure.body_bytes(), &measure);
  writer.zero(writer.take(RootOf<V>::bytes, 8), RootOf<V>::bytes);
  Wire<V>::write(writer, 0, view);
  packed.complete = writer.complete();
  return packed;
}

/// How a receiver looks at a frame.
struct Reader {
  bool exact = true;
  bool in_place = true;
};

/// A received frame of one value.
template <class V>
class Received {
 public:
  explicit Received(const Packed& packed, Reader reader = {}) : memory_(new std::byte[packed.body.size()]) {
    if (!packed.body.empty()) std::memcpy(memory_.get(), packed.body.data(), packed.body.size());
    for (const Bytes& external : packed.externals) {
      // Regions hold frames at multiples of 64.
      auto* storage = shmidl::stub::make_private_storage(external.size());
      auto* data = static_cast<std::byte*>(shmidl::stub::private_memory(storage));
      if (!external.empty()) std::memcpy(data, external.data(), external.size());
      frame_.add_external(data, static_cast<std::uint32_t>(external.size()), storage, false);
      storage->release();
    }
    frame_.set(memory_.get(), static_cast<std::uint32_t>(packed.body.size()), reader.exact, reader.in_place);
    good_ = frame_.claim(0, RootOf<V>::bytes, 1) && Wire<V>::check(frame_, frame_.body());
  }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] ViewOf<V> view() const { return Wire<V>::view(frame_, frame_.body()); }
  [[nodiscard]] V value() const { return Wire<V>::value(frame_, frame_.body()); }
  [[nodiscard]] const Frame& frame() const { return frame_; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  Frame frame_;
  bool good_ = false;
};

/// What the other side gets of `value`, by value and through the view; nothing if the two differ or the check fails.
template <class V, class Sent = V>
std::optional<V> exchange(const Sent& value, Reader reader = {}) {
  const Packed packed = pack<Sent>(Wire<Sent>::of(value));
  if (!packed.complete) return std::nullopt;
  const Received<V> received(packed, reader);
  if (!received.good()) return std::nullopt;
  V by_value = received.value();
  const V by_view = Wire<V>::own(received.view());
  if (!(by_value == by_view)) return std::nullopt;
  return by_value;
}

/// True if the value arrives as it was sent, however the receiver looks at it.
template <class V>
bool arrives(const V& value) {
  for (const bool exact : {true, false}) {
    for (const bool in_place : {true, false}) {
      const auto got = exchange<V>(value, Reader{exact, in_place});
      if (!got || !(*got == value)) return false;
    }
  }
  return pack<V>(Wire<V>::of(value), std::byte{0xaa}) == pack<V>(Wire<V>::of(value), std::byte{0x55});
}

}  // namespace wire
