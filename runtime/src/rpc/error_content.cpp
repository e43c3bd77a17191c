#include "rpc/error_content.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <typeinfo>

namespace shmidl::rpc {
namespace {

constexpr std::byte kHasStruct{0x80};
constexpr std::size_t kHead = 16;  // before the text, where a struct follows

void append(std::vector<std::byte>& to, const void* from, std::size_t bytes) {
  const auto* first = static_cast<const std::byte*>(from);
  to.insert(to.end(), first, first + bytes);
}

Execution execution_of(std::byte value) noexcept { return static_cast<Execution>(std::min<std::uint8_t>(std::to_integer<std::uint8_t>(value), 2)); }

std::string text_of(std::span<const std::byte> bytes) { return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }

}  // namespace

std::vector<std::byte> pack_error(const ErrorContent& content) {
  std::vector<std::byte> bytes;
  const stub::EncodedError* const thrown = content.thrown;
  if (thrown == nullptr || thrown->bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    bytes.reserve(1 + content.text.size());
    bytes.push_back(content.execution);
    append(bytes, content.text.data(), content.text.size());
    return bytes;
  }
  bytes.reserve(kHead + content.text.size() + thrown->name.size() + thrown->bytes.size());
  bytes.push_back(content.execution | kHasStruct);
  bytes.resize(4);
  const std::uint32_t lengths[3] = {static_cast<std::uint32_t>(content.text.size()), static_cast<std::uint32_t>(thrown->name.size()),
                                    static_cast<std::uint32_t>(thrown->bytes.size())};
  append(bytes, lengths, sizeof lengths);
  append(bytes, content.text.data(), content.text.size());
  append(bytes, thrown->name.data(), thrown->name.size());
  append(bytes, thrown->bytes.data(), thrown->bytes.size());
  return bytes;
}

void put_short_error(const Error& error, shm::CellBody& body) noexcept {
  const std::string_view text = error.what();
  const std::size_t shown = std::min(text.size(), shm::kInlineBytes - 1);
  body = shm::CellBody{};
  body.content[0] = static_cast<std::byte>(error.execution());
  std::copy_n(reinterpret_cast<const std::byte*>(text.data()), shown, body.content + 1);
  body.content_bytes = static_cast<std::uint32_t>(1 + shown);
}

std::optional<Error> unpack_error(std::span<const std::byte> content, Errc errc, std::size_t longest_text) {
  if (content.empty()) return std::nullopt;
  if ((content[0] & kHasStruct) == std::byte{0}) {
    return Error(errc, text_of(content.subspan(1, std::min(content.size() - 1, longest_text))), execution_of(content[0]));
  }
  if (content.size() < kHead) return std::nullopt;
  std::uint32_t lengths[3];
  std::memcpy(lengths, content.data() + 4, sizeof lengths);
  const auto rest = content.subspan(kHead);
  if (lengths[0] > longest_text || std::uint64_t{lengths[0]} + lengths[1] + lengths[2] != rest.size()) return std::nullopt;
  const Error error(errc, text_of(rest.first(lengths[0])), execution_of(content[0] & ~kHasStruct));
  detail::PayloadRef thrown(new stub::EncodedError(text_of(rest.subspan(lengths[0], lengths[1])), stub::EncodedBytes(rest.last(lengths[2]))));
  return detail::ErrorAccess::with(error, std::move(thrown));
}

std::string text_of_foreign_exception() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  const std::unique_ptr<char, decltype(&std::free)> name(type == nullptr ? nullptr : abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  if (name == nullptr) return "the handler threw something that is not a std::exception";
  return "the handler threw `" + std::string(name.get()) + "`, which is not a std::exception, nor named by the method's `throws`";
}

}  // namespace shmidl::rpc
