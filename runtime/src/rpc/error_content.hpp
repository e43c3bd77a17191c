// The content of a reply that is an error: whether the method ran, a text, and the struct that the handler threw.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shmidl/error.hpp>
#include <shmidl/stub/throws.hpp>

#include "shm/layout.hpp"

namespace shmidl::rpc {

struct ErrorContent {
  std::byte execution{};
  std::string_view text;
  const stub::EncodedError* thrown = nullptr;  ///< or null
};

/// Shape: without a struct {u8 execution, text}; with one {u8 execution | 0x80, u8[3] zero, u32 bytes of text, of name, of value, text, name, value}.
std::vector<std::byte> pack_error(const ErrorContent& content);

/// For want of memory: as much of an error without its struct as fits a cell.
void put_short_error(const Error& error, shm::CellBody& body) noexcept;

/// The error in private memory; nothing if it does not check. `longest_text` bytes of text are taken at most.
std::optional<Error> unpack_error(std::span<const std::byte> content, Errc errc, std::size_t longest_text);

/// In a handler of exceptions: what to tell of one that is no std::exception.
std::string text_of_foreign_exception();

}  // namespace shmidl::rpc
