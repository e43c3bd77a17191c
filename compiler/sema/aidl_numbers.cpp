#include <algorithm>
#include <limits>

#include "sema/numbers.hpp"

// AIDL computes in `int` and `long`, and what leaves them is a fault. A literal is of the smallest type that holds it, hexadecimal ones
// are bits, `boolean` takes part as 0 or 1. There are no floating-point operators but the signs, and none for characters.
namespace shmidl::sema {
namespace {

std::string width_name(int bits) { return bits == 64 ? "`long`" : bits == 8 ? "`byte`" : "`int`"; }

Outcome fault(std::string text, bool overflow = false, std::string help = {}) { return {{}, std::move(text), overflow, std::move(help)}; }

Outcome in_range(Wide number, int bits) {
  const Wide limit = Wide{1} << (bits - 1);
  if (number >= -limit && number < limit) return {integer_value(number, bits), {}, false};
  return fault(to_text(number) + " does not fit into " + width_name(bits), true,
               bits == 32 && number >= -(Wide{1} << 63) && number < (Wide{1} << 63) ? "write one of the operands with `L`" : "");
}

bool is_whole(const Value& value) {
  return !value.character &&
         (value.kind == ValueKind::integer || value.kind == ValueKind::boolean || value.kind == ValueKind::enumerator);
}

/// A negative count moves the other way.
Outcome shift(bool left, Wide number, Wide places, int bits) {
  if (places < 0) {
    left = !left;
    places = -places;
  }
  if (number < 0) return fault("a negative number cannot be shifted, and this is " + to_text(number));
  if (places >= bits)
    return fault("a shift of a " + std::to_string(bits) + "-bit number moves at most " + std::to_string(bits - 1) + " places, not " +
                 to_text(places));
  if (!left) return {integer_value(number >> static_cast<int>(places), bits), {}, false};
  const Wide moved = number << static_cast<int>(places);
  if (moved >= Wide{1} << bits) return in_range(moved, bits);
  return {integer_value(as_signed(moved, bits), bits), {}, false};
}

std::string kind_of(const Value& value) {
  if (value.character) return "a character";
  if (value.kind == ValueKind::string) return "a string";
  if (value.kind == ValueKind::floating) return "a floating-point number";
  if (value.kind == ValueKind::list) return "a list";
  return "a number";
}

}  // namespace

std::optional<Value> read_aidl_integer(std::string_view text) {
  int bits = 0;
  bool is_unsigned = false;
  static constexpr struct {
    std::string_view text;
    int bits;
    bool is_unsigned;
  } kSuffixes[] = {{"u8", 8, true}, {"u32", 32, true}, {"u64", 64, true}, {"l", 64, false}, {"L", 64, false}};
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  for (const auto& suffix : kSuffixes) {
    if (!text.ends_with(suffix.text)) continue;
    text.remove_suffix(suffix.text.size());
    bits = suffix.bits;
    is_unsigned = suffix.is_unsigned;
    break;
  }
  if (hexadecimal) text.remove_prefix(2);
  if (text.empty() || text.front() == '_' || text.back() == '_' || text.find("__") != std::string_view::npos) return std::nullopt;
  Wide number = 0;
  for (const char c : text) {
    if (c == '_') continue;
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
    if (digit >= (hexadecimal ? 16 : 10)) return std::nullopt;
    number = number * (hexadecimal ? 16 : 10) + digit;
    if (number >= Wide{1} << 64) return std::nullopt;
  }
  if (bits == 8) return number < 256 ? std::optional{integer_value(as_signed(number, 8), 8)} : std::nullopt;
  if (hexadecimal) {
    if (!(bits == 64 && !is_unsigned) && number < Wide{1} << 32) return integer_value(as_signed(number, 32), 32);
    return integer_value(as_signed(number, 64), 64);
  }
  if (is_unsigned) return number < Wide{1} << bits ? std::optional{integer_value(as_signed(number, bits), bits)} : std::nullopt;
  if (number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return integer_value(number, bits == 64 || number > std::numeric_limits<std::int32_t>::max() ? 64 : 32);
}

Outcome compute_aidl(std::string_view op, const Value& operand) {
  if (operand.kind == ValueKind::floating && (op == "-" || op == "+")) {
    Value result = operand;
    if (op == "-") result.floating = -result.floating;
    return {result, {}, false};
  }
  if (!is_whole(operand)) return fault("`" + std::string{op} + "` has no meaning for " + kind_of(operand));
  if (op == "!") return {truth_value(operand.integer == 0), {}, false};
  if (operand.kind == ValueKind::boolean) {
    if (op == "~") return fault("`~` has no meaning for a boolean", false, "write `!`");
    return {truth_value(operand.integer != 0), {}, false};
  }
  if (op == "+") return {integer_value(operand.integer, operand.bits), {}, false};
  if (op == "~") return {integer_value(-operand.integer - 1, operand.bits), {}, false};
  return in_range(-operand.integer, operand.bits);
}

Outcome compute_aidl(std::string_view op, const Value& left, const Value& right) {
  if (left.kind == ValueKind::string && right.kind == ValueKind::string) {
    if (op != "+") return fault("strings have no operator but `+`");
    Value both = left;
    both.text += right.text;
    return {both, {}, false};
  }
  if (!is_whole(left) || !is_whole(right))
    return fault("`" + std::string{op} + "` has no meaning for " + kind_of(is_whole(left) ? right : left) +
                 (kind_of(left) == kind_of(right) ? "" : " and " + kind_of(is_whole(left) ? left : right)));
  const Wide a = left.integer;
  const Wide b = right.integer;
  const int bits = std::max({32, left.bits, right.bits});
  if (op == "||") return {truth_value(a != 0 || b != 0), {}, false};
  if (op == "&&") return {truth_value(a != 0 && b != 0), {}, false};
  if (const std::optional<bool> truth = compare(op, a, b)) return {truth_value(*truth), {}, false};
  if (op == "|") return {integer_value(a | b, bits), {}, false};
  if (op == "&") return {integer_value(a & b, bits), {}, false};
  if (op == "^") return {integer_value(a ^ b, bits), {}, false};
  if (op == "<<" || op == ">>") return shift(op == "<<", a, b, bits);
  if (op == "+") return in_range(a + b, bits);
  if (op == "-") return in_range(a - b, bits);
  if (op == "*") return in_range(a * b, bits);  // 64 by 64 bits: no Wide overflows
  if (b == 0) return fault("division by zero");
  return in_range(op == "/" ? a / b : bits == 64 && b == -1 && a == -(Wide{1} << 63) ? Wide{1} << 63 : a % b, bits);
}

}  // namespace shmidl::sema
