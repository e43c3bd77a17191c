// Expressions built from bytes, evaluated by the compiler and by a second evaluator that knows nothing of it.
#include <algorithm>
#include <array>
#include <optional>

#include "fuzz/fuzz.hpp"

using namespace shmidl;

namespace {

/// The value, exactly; nothing where an `int` of 32 bits would not hold a step, or where C gives no meaning.
using Value = std::optional<std::int64_t>;

struct Operator {
  const char* text;
  int precedence;  ///< C's: more binds closer
};
constexpr std::array<Operator, 10> kOperators = {
    {{"*", 10}, {"/", 10}, {"%", 10}, {"+", 9}, {"-", 9}, {"<<", 8}, {">>", 8}, {"&", 5}, {"^", 4}, {"|", 3}}};

Value fits(std::int64_t value) { return value >= -2147483647 && value <= 2147483647 ? Value{value} : Value{}; }

Value apply(std::string_view op, Value left, Value right) {
  if (!left || !right) return {};
  const std::int64_t a = *left;
  const std::int64_t b = *right;
  if (op == "*") return fits(a * b);
  if (op == "/") return b == 0 ? Value{} : fits(a / b);
  if (op == "%") return b == 0 ? Value{} : fits(a % b);
  if (op == "+") return fits(a + b);
  if (op == "-") return fits(a - b);
  if (op == "<<") return a < 0 || b < 0 || b > 30 ? Value{} : fits(a << b);
  if (op == ">>") return a < 0 || b < 0 || b > 30 ? Value{} : fits(a >> b);
  if (op == "&") return a & b;
  if (op == "^") return a ^ b;
  return a | b;
}

class Builder {
 public:
  explicit Builder(std::string_view bytes) : bytes_(bytes) {}

  struct Made {
    std::string text;
    Value value;
    int precedence = 20;
  };

  Made expression(int depth) {
    const unsigned choice = depth <= 0 ? 0 : next() % 8;
    if (choice < 2) return literal();
    if (choice == 2) return unary(depth);
    const Operator op = kOperators[next() % kOperators.size()];
    Made left = expression(depth - 1);
    Made right = expression(depth - 1);
    const bool more = next() % 4 == 0;  // brackets that are not needed
    if (left.precedence < op.precedence || more) left.text = "(" + left.text + ")";
    if (right.precedence <= op.precedence || more) right.text = "(" + right.text + ")";
    const std::string blank = next() % 2 == 0 ? " " : "";
    return {left.text + blank + op.text + blank + right.text, apply(op.text, left.value, right.value), op.precedence};
  }

 private:
  unsigned next() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  Made literal() {
    static constexpr std::array<std::int64_t, 8> kEdges = {0, 1, 2, 7, 31, 32768, 65536, 2147483647};
    const unsigned choice = next();
    const std::int64_t number = choice % 3 == 0 ? kEdges[next() % kEdges.size()] : next();
    if (choice % 5 != 1 || number > 0x7FFFFFF) return {std::to_string(number), number};
    std::string digits;
    for (std::int64_t rest = number; rest != 0 || digits.empty(); rest /= 16) digits += "0123456789abcdef"[rest % 16];
    std::reverse(digits.begin(), digits.end());
    return {"0x" + digits, number};
  }

  Made unary(int depth) {
    Made operand = expression(depth - 1);
    if (operand.precedence < 15) operand.text = "(" + operand.text + ")";
    const char op = "-+~"[next() % 3];
    Value value = operand.value;
    if (value && op == '-') value = fits(-*value);
    if (value && op == '~') value = fits(~*value);
    return {op + operand.text, value, 15};
  }

  std::string_view bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Builder::Made made = Builder({reinterpret_cast<const char*>(data), size}).expression(6);
  for (const ast::Dialect dialect : {ast::Dialect::idl, ast::Dialect::aidl}) {
    const auto compiled = fuzz::compile("interface Fuzz {\n  const long V = " + made.text + ";\n}" + (dialect == ast::Dialect::idl ? ";" : ""), dialect);
    if (!made.value) continue;  // it only has to end
    fuzz::require(compiled->accepted(), "an expression that C computes in an int is accepted");
    const model::Json model = compiled->model();
    fuzz::require(model.at("declarations").at(0).at("constants").at(0).at("value") == *made.value, "both evaluators agree");
  }
  return 0;
}
