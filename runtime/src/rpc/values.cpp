// The parts of the codecs that need no type: handles, holders, what goes wrong with encoded values.
#include <new>
#include <string>
#include <utility>

#include <shmidl/codec.hpp>
#include <shmidl/holder.hpp>
#include <shmidl/stub/handle_wire.hpp>

namespace shmidl {

struct Holder::Held final : stub::Storage {
  Held(std::string of_name, stub::EncodedBytes of_bytes) noexcept : Storage(&end), name(std::move(of_name)), bytes(std::move(of_bytes)) {}
  static void end(Storage* storage) noexcept { delete static_cast<Held*>(storage); }
  std::string name;
  stub::EncodedBytes bytes;
};

Holder::Holder(std::string name, stub::EncodedBytes bytes) : held_(new Held(std::move(name), std::move(bytes))) {}

Holder::Holder(const Holder& other) noexcept : held_(other.held_) {
  if (held_ != nullptr) held_->retain();
}

Holder::~Holder() {
  if (held_ != nullptr) held_->release();
}

std::string_view Holder::name() const noexcept { return held_ == nullptr ? std::string_view{} : std::string_view{held_->name}; }

const stub::EncodedBytes& Holder::bytes() const noexcept {
  static const stub::EncodedBytes none;
  return held_ == nullptr ? none : held_->bytes;
}

}  // namespace shmidl

namespace shmidl::stub {

namespace {

constexpr std::uint32_t kHolderHead = 8;  // two lengths

constexpr std::uint64_t value_at(std::uint64_t name_bytes) noexcept { return (kHolderHead + name_bytes + 7) & ~std::uint64_t{7}; }

}  // namespace

void throw_not_carried(std::string_view what) {
  throw Error(Errc::version_mismatch, "this version of the runtime does not pass " + std::string(what) + " yet; only absent ones travel");
}

void throw_not_decoded(std::string_view name) {
  throw Error(Errc::protocol_error, "the bytes that came as `" + std::string(name) + "` are not those of one");
}

void throw_not_encoded(std::string_view name, std::uint64_t bytes) {
  throw Error(Errc::too_large, "a `" + std::string(name) + "` of " + std::to_string(bytes) + " bytes is past the 2 GiB that a value of its own may have");
}

void throw_codec_failed(std::string_view name, bool reading) {
  std::string text = "the Codec of `" + std::string(name) + (reading ? "` could not read a value" : "` could not write a value");
  const Errc errc = reading ? Errc::schema_mismatch : Errc::cancelled;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    text += ": ";
    text += error.what();
  } catch (...) {
  }
  throw Error(errc, text);
}

void Wire<Holder>::measure(Measure& measure, const Holder& view) {
  if (!view) return;
  const std::uint64_t bytes = value_at(view.name().size()) + view.bytes().size();
  if (bytes >= kExternal) throw_not_encoded(view.name(), bytes);
  measure.room(bytes, 8);
}

void Wire<Holder>::write(Writer& writer, std::uint32_t at, const Holder& view) noexcept {
  if (!view) return writer.put_ref(at, Ref{});
  const std::uint64_t bytes = value_at(view.name().size()) + view.bytes().size();
  const std::uint32_t where = writer.take(bytes, 8);
  const auto first = static_cast<std::uint32_t>(value_at(view.name().size()));
  writer.zero(where, first);
  const std::uint32_t lengths[2] = {static_cast<std::uint32_t>(view.name().size()), static_cast<std::uint32_t>(view.bytes().size())};
  writer.put(where, lengths, sizeof lengths);
  writer.put(where + kHolderHead, view.name().data(), view.name().size());
  writer.put(where + first, view.bytes().data(), view.bytes().size());
  writer.put_ref(at, Ref{where, static_cast<std::uint32_t>(bytes)});
}

bool Wire<Holder>::check(Frame& frame, std::byte* at) noexcept {
  const Ref ref = load<Ref>(at);
  if (ref.where == 0) return ref.count == 0;
  if (ref.count < kHolderHead || !frame.claim(ref.where, ref.count, 8)) return false;
  const std::uint64_t name_bytes = load<std::uint32_t>(frame.body() + ref.where);
  const std::uint64_t value_bytes = load<std::uint32_t>(frame.body() + ref.where + 4);
  return name_bytes != 0 && value_at(name_bytes) + value_bytes == ref.count;
}

Holder Wire<Holder>::view(const Frame& frame, const std::byte* at) {
  const Ref ref = load<Ref>(at);
  if (ref.where == 0) return {};
  const std::byte* const block = frame.body() + ref.where;
  const auto name_bytes = load<std::uint32_t>(block);
  const auto value_bytes = load<std::uint32_t>(block + 4);
  return Holder(std::string(reinterpret_cast<const char*>(block) + kHolderHead, name_bytes),
                EncodedBytes(std::span<const std::byte>(block + value_at(name_bytes), value_bytes)));
}

}  // namespace shmidl::stub
