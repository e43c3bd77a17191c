// The codec of blobs.
#pragma once

#include <cstdint>

#include <shmidl/blob.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// A blob: 8 bytes, 1 + its place in the frame's table and zero; zero when it has no bytes.
template <>
struct Wire<Blob> {
  using View = Blob;
  static constexpr std::uint32_t size = 8;
  static constexpr std::uint32_t align = 4;
  static constexpr bool fixed = false;  // so that measure() sees every value before it is sent

  static const Blob& of(const Blob& value) noexcept { return value; }
  static Blob own(const Blob& view) noexcept { return view; }
  static void measure(Measure& measure, const Blob& view) {
    if (!view.empty()) measure.attach({view.storage(), -1});
  }
  static void write(Writer& writer, std::uint32_t at, const Blob& view) noexcept {
    const std::uint64_t handle = view.empty() ? 0 : writer.attach({view.storage(), -1});
    writer.put(at, &handle, sizeof handle);
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const auto handle = load<std::uint64_t>(at);
    if (handle == 0) return true;
    return handle <= kMaxExternals + kMaxAttachments && frame.claim_attachment(static_cast<std::uint32_t>(handle), External::Kind::blob);
  }
  static Blob view(const Frame& frame, const std::byte* at) noexcept {
    const auto handle = load<std::uint32_t>(at);
    return handle == 0 ? Blob() : Blob(frame.blob(handle));
  }
  static Blob value(const Frame& frame, const std::byte* at) noexcept { return view(frame, at); }
};

}  // namespace shmidl::stub
