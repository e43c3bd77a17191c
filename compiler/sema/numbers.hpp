#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sema/program.hpp"

// Arithmetic of constant expressions, without names or messages' places.
namespace shmidl::sema {

[[nodiscard]] std::string to_text(Wide number);
/// The smallest and the largest number of an integer type or char.
[[nodiscard]] Wide lowest(TypeKind kind);
[[nodiscard]] Wide highest(TypeKind kind);

/// `0x1F`, `0b1`, `017`, `1_000`, `12L`, `200u8`; nothing when it is not a number, or has more than 64 bits.
[[nodiscard]] std::optional<Value> read_integer(ast::Dialect dialect, std::string_view text);
[[nodiscard]] std::optional<double> read_floating(std::string_view text);

[[nodiscard]] Value integer_value(Wide number, int bits, bool pattern = false);
[[nodiscard]] Value truth_value(bool truth);
/// `a op b` of whole numbers, where `op` compares; nothing for any other.
[[nodiscard]] std::optional<bool> compare(std::string_view op, Wide a, Wide b);
/// The number whose lowest `bits` bits these are.
[[nodiscard]] Wide as_signed(Wide number, int bits);

/// A value, or why there is none.
struct Outcome {
  Value value;
  std::string fault;  ///< empty when there is a value
  bool overflow = false;
  std::string help{};
};
[[nodiscard]] Outcome compute(std::string_view op, const Value& operand);
[[nodiscard]] Outcome compute(std::string_view op, const Value& left, const Value& right);

// --- aidl_numbers.cpp: the same by AIDL's rules
[[nodiscard]] std::optional<Value> read_aidl_integer(std::string_view text);
[[nodiscard]] Outcome compute_aidl(std::string_view op, const Value& operand);
[[nodiscard]] Outcome compute_aidl(std::string_view op, const Value& left, const Value& right);

}  // namespace shmidl::sema
