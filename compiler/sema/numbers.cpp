#include "sema/numbers.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "sema/builtins.hpp"

namespace shmidl::sema {
namespace {

Value floating(double number) {
  Value value;
  value.kind = ValueKind::floating;
  value.floating = number;
  return value;
}
/// The type of C that an operation is computed in, and whether its operands were written as bits.
struct Computed {
  int bits = 32;
  bool is_unsigned = false;
  bool pattern = false;

  [[nodiscard]] Value value(Wide number) const {
    Value made = integer_value(number, bits, pattern);
    made.is_unsigned = is_unsigned;
    return made;
  }
  /// As C converts to this type.
  [[nodiscard]] Wide wrapped(Wide number) const {
    return is_unsigned ? number & ((Wide{1} << bits) - 1) : as_signed(number, bits);
  }
  /// A result that leaves the type is a fault, in an unsigned type as well.
  [[nodiscard]] Outcome checked(Wide number) const {
    const Wide limit = Wide{1} << (bits - 1);
    const bool fits = is_unsigned ? number >= 0 && number < 2 * limit : number >= -limit && number < limit;
    if (fits) return {value(number), {}, false};
    return {{}, to_text(number) + " does not fit into " + std::to_string(bits) + (is_unsigned ? " unsigned bits" : " bits"), true};
  }
};

Computed type_of(const Value& value) { return {std::max(32, value.bits), value.is_unsigned, value.pattern}; }

/// The wider type; of two that are as wide, the unsigned one.
Computed common_type(const Value& left, const Value& right) {
  const int bits = std::max({32, left.bits, right.bits});
  return {bits, (left.is_unsigned && left.bits == bits) || (right.is_unsigned && right.bits == bits), left.pattern || right.pattern};
}

double as_double(const Value& value) { return value.kind == ValueKind::floating ? value.floating : static_cast<double>(value.integer); }
bool is_number(const Value& v) { return v.kind == ValueKind::integer || v.kind == ValueKind::boolean || v.kind == ValueKind::enumerator; }

Outcome on_doubles(std::string_view op, double a, double b) {
  if (op == "+") return {floating(a + b), {}, false};
  if (op == "-") return {floating(a - b), {}, false};
  if (op == "*") return {floating(a * b), {}, false};
  if (op == "/" && b == 0) return {{}, "division by zero", false};
  if (op == "/") return {floating(a / b), {}, false};
  if (op == "<") return {truth_value(a < b), {}, false};
  if (op == ">") return {truth_value(a > b), {}, false};
  if (op == "<=") return {truth_value(a <= b), {}, false};
  if (op == ">=") return {truth_value(a >= b), {}, false};
  if (op == "==") return {truth_value(!(a < b) && !(b < a)), {}, false};
  if (op == "!=") return {truth_value(a < b || b < a), {}, false};
  return {{}, "`" + std::string{op} + "` has no meaning for floating-point numbers", false};
}

Outcome shift(std::string_view op, const Value& left, Wide places) {
  Computed type = type_of(left);
  if (places < 0 || places >= type.bits)
    return {{},
            "a shift of a " + std::to_string(type.bits) + "-bit number moves 0 to " + std::to_string(type.bits - 1) + " places, not " +
                to_text(places),
            false};
  if (op == ">>") return {type.value(left.integer >> static_cast<int>(places)), {}, false};
  type.pattern = true;
  const Wide kept = left.integer & ((Wide{1} << (type.bits - static_cast<int>(places))) - 1);  // the others are shifted out
  return {type.value(type.wrapped(kept << static_cast<int>(places))), {}, false};
}

}  // namespace

Value integer_value(Wide number, int bits, bool pattern) {
  Value value;
  value.kind = ValueKind::integer;
  value.integer = number;
  value.bits = bits;
  value.pattern = pattern;
  return value;
}

std::optional<bool> compare(std::string_view op, Wide a, Wide b) {
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  if (op == ">=") return a >= b;
  return std::nullopt;
}

Value truth_value(bool truth) {
  Value value;
  value.kind = ValueKind::boolean;
  value.integer = truth ? 1 : 0;
  return value;
}

Wide as_signed(Wide number, int bits) {
  const Wide modulus = Wide{1} << bits;
  number &= modulus - 1;
  return number >= modulus / 2 ? number - modulus : number;
}

std::string to_text(Wide number) {
  const bool negative = number < 0;
  std::string digits;
  do {
    const int digit = static_cast<int>(number % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    number /= 10;
  } while (number != 0);
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Wide lowest(TypeKind kind) { return is_signed(kind) ? -(Wide{1} << static_cast<int>(8 * scalar_size(kind) - 1)) : Wide{0}; }
Wide highest(TypeKind kind) { return (Wide{1} << static_cast<int>(8 * scalar_size(kind) - (is_signed(kind) ? 1 : 0))) - 1; }

std::optional<Value> read_integer(ast::Dialect dialect, std::string_view text) {
  std::string digits{text};
  int bits = 0;
  bool byte = false;
  bool is_unsigned = false;
  const auto drop = [&](std::string_view suffix) {
    if (!digits.ends_with(suffix)) return false;
    digits.resize(digits.size() - suffix.size());
    return true;
  };
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (drop("u8")) {
    byte = true;
  } else if (drop("u64")) {
    bits = 64;
  } else if (drop("u32")) {
    bits = 32;
  } else {
    while (!digits.empty() && (digits.back() == 'l' || digits.back() == 'L' || digits.back() == 'u' || digits.back() == 'U')) {
      if (digits.back() == 'l' || digits.back() == 'L') bits = 64;
      else is_unsigned = true;
      digits.pop_back();
    }
  }
  int base = 10;
  std::size_t at = 0;
  if (hexadecimal) {
    base = 16;
    at = 2;
  } else if (digits.starts_with("0b") || digits.starts_with("0B")) {
    base = 2;
    at = 2;
  } else if (digits.size() > 1 && digits[0] == '0' && dialect == ast::Dialect::idl) {
    base = 8;
    at = 1;
  }
  if (at == digits.size()) return std::nullopt;
  Wide number = 0;
  for (; at < digits.size(); ++at) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[at])));
    if (c == '_' && at > 0 && at + 1 < digits.size()) continue;
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
    if (digit >= base) return std::nullopt;
    number = number * base + digit;
    if (number >= (Wide{1} << 64)) return std::nullopt;
  }
  const bool pattern = base != 10;
  if (byte) return number < 256 ? std::optional{integer_value(number >= 128 ? number - 256 : number, 32, true)} : std::nullopt;
  if (bits == 0) bits = number < (pattern || is_unsigned ? Wide{1} << 32 : Wide{1} << 31) ? 32 : 64;
  const bool top = number >= Wide{1} << (bits - 1);  // a decimal number with it is too large for any signed type
  return Computed{bits, is_unsigned || top, pattern}.value(number);
}

std::optional<double> read_floating(std::string_view text) {
  std::string digits{text};
  if (digits.ends_with('f') || digits.ends_with('F')) digits.pop_back();
  char* end = nullptr;
  const double number = std::strtod(digits.c_str(), &end);
  if (digits.empty() || *end != '\0' || !std::isfinite(number)) return std::nullopt;
  return number;
}

Outcome compute(std::string_view op, const Value& operand) {
  if (operand.kind == ValueKind::floating) {
    if (op == "-") return {floating(-operand.floating), {}, false};
    if (op == "+") return {operand, {}, false};
  }
  if (op == "!" && is_number(operand)) return {truth_value(operand.integer == 0), {}, false};
  if (!is_number(operand)) return {{}, "`" + std::string{op} + "` needs a number", false};
  Computed type = type_of(operand);
  if (op == "+") return {type.value(operand.integer), {}, false};
  type.pattern = type.pattern || op == "~" || type.is_unsigned;
  if (op == "~" || type.is_unsigned) return {type.value(type.wrapped(op == "~" ? -operand.integer - 1 : -operand.integer)), {}, false};
  return type.checked(-operand.integer);
}

Outcome compute(std::string_view op, const Value& left, const Value& right) {
  if (left.kind == ValueKind::string && right.kind == ValueKind::string) {
    if (op != "+") return {{}, "strings have no operator but `+`", false};
    Value both = left;
    both.text += right.text;
    return {both, {}, false};
  }
  if (left.kind == ValueKind::string || right.kind == ValueKind::string || left.kind == ValueKind::none || right.kind == ValueKind::none)
    return {{}, "`" + std::string{op} + "` needs two numbers or two strings", false};
  if (left.kind == ValueKind::floating || right.kind == ValueKind::floating) return on_doubles(op, as_double(left), as_double(right));
  const Wide a = left.integer;
  const Wide b = right.integer;
  const Computed type = common_type(left, right);
  if (op == "||") return {truth_value(a != 0 || b != 0), {}, false};
  if (op == "&&") return {truth_value(a != 0 && b != 0), {}, false};
  if (op == "|") return {type.value(type.wrapped(a) | type.wrapped(b)), {}, false};
  if (op == "&") return {type.value(type.wrapped(a) & type.wrapped(b)), {}, false};
  if (op == "^") return {type.value(type.wrapped(a) ^ type.wrapped(b)), {}, false};
  if (op == "<<" || op == ">>") return shift(op, left, b);
  if (op == "+") return type.checked(a + b);
  if (op == "-") return type.checked(a - b);
  if (op == "*") {
    const bool huge = a != 0 && b != 0 && (a > (Wide{1} << 65) / (b < 0 ? -b : b) || a < -(Wide{1} << 65) / (b < 0 ? -b : b));
    return huge ? Outcome{{}, "the product does not fit into " + std::to_string(type.bits) + " bits", true} : type.checked(a * b);
  }
  if (type.is_unsigned && (a < 0 || b < 0))  // C would take it for a large number
    return {{}, "the other operand has no sign, and " + to_text(a < 0 ? a : b) + " has one", false, "remove the `U`"};
  if (const std::optional<bool> truth = compare(op, a, b)) return {truth_value(*truth), {}, false};
  if (b == 0) return {{}, "division by zero", false};
  return type.checked(op == "/" ? a / b : a % b);
}

}  // namespace shmidl::sema
