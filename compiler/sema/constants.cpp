#include <algorithm>
#include <cctype>
#include <limits>

#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

std::optional<std::string> unescape(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      result += text[at];
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    static constexpr std::string_view kLetters = "ntr0\\'\"";
    static constexpr std::string_view kMeanings{"\n\t\r\0\\'\"", 7};
    const std::size_t index = kLetters.find(text[at]);
    if (index == std::string_view::npos) return std::nullopt;
    result += kMeanings[index];
  }
  return result;
}

Value literal(Context& context, const Scope& scope, const ast::Expr& expr) {
  Value value;
  if (expr.kind == ast::ExprKind::integer) {
    if (const std::optional<Value> number = read_integer(scope.unit->file.dialect, expr.text)) return *number;
    const bool hexadecimal = expr.text.starts_with("0x") || expr.text.starts_with("0X");
    const auto is_digit = [&](char c) {
      return (c >= '0' && c <= '9') || c == '_' || (hexadecimal && std::isxdigit(static_cast<unsigned char>(c)) != 0);
    };
    const bool digits = std::all_of(expr.text.begin() + (hexadecimal ? 2 : 0), expr.text.end(), is_digit) && expr.text.size() > 2;
    context.error(digits ? Code::constant_range : Code::syntax, expr.span,
                  "`" + expr.text + (digits ? "` does not fit into 64 bits" : "` is not a number"));
  } else if (expr.kind == ast::ExprKind::floating) {
    if (const std::optional<double> number = read_floating(expr.text)) {
      value.kind = ValueKind::floating;
      value.floating = *number;
    } else {
      context.error(Code::syntax, expr.span, "`" + expr.text + "` is not a number");
    }
  } else if (expr.kind == ast::ExprKind::boolean) {
    value.kind = ValueKind::boolean;
    value.integer = expr.text == "true" ? 1 : 0;
  } else if (const std::optional<std::string> text = unescape(expr.text); !text || (scope.unit->is_aidl() && *text != expr.text)) {
    context.error(Code::syntax, expr.span,
                  scope.unit->is_aidl() ? "strings have no escapes" : "an escape is one of \\n \\t \\r \\0 \\\\ \\' \\\"");
  } else if (expr.kind == ast::ExprKind::string) {
    value.kind = ValueKind::string;
    value.text = *text;
  } else if (text->size() == 1) {
    value.kind = ValueKind::integer;
    value.integer = static_cast<unsigned char>(text->front());
    value.pattern = true;
  } else {
    context.error(Code::constant_type, expr.span, "a character is one byte of ASCII, this has " + std::to_string(text->size()));
  }
  return value;
}

}  // namespace

Value evaluate(Context& context, const Scope& scope, const ast::Expr& expr, const Type* expected) {
  switch (expr.kind) {
    case ast::ExprKind::none:
      return {};
    case ast::ExprKind::name:
      return value_named(context, scope, expr, expected);
    case ast::ExprKind::list:
      context.error(Code::not_supported, expr.span, "a list of values is not done by this version of shmidl");
      return {};
    case ast::ExprKind::unary:
    case ast::ExprKind::binary: {
      const Value left = evaluate(context, scope, expr.args[0], nullptr);
      if (left.kind == ValueKind::none) return {};
      const Value right = expr.args.size() > 1 ? evaluate(context, scope, expr.args[1], nullptr) : Value{};
      if (expr.args.size() > 1 && right.kind == ValueKind::none) return {};
      Outcome outcome = expr.args.size() > 1 ? compute(expr.text, left, right) : compute(expr.text, left);
      if (!outcome.fault.empty())
        context.error(outcome.overflow ? Code::constant_range : Code::constant_operation, expr.span, outcome.fault);
      return outcome.value;
    }
    default:
      return literal(context, scope, expr);
  }
}

Value evaluate_for(Context& context, const Scope& scope, const ast::Expr& expr, const Type& type, const std::string& place) {
  if (type.is(TypeKind::error)) return {};
  Value value = evaluate(context, scope, expr, &type);
  if (value.kind == ValueKind::none) return value;
  const auto wrong = [&](const std::string& what) {
    context.error(Code::constant_type, expr.span, place + " needs " + what);
    return Value{};
  };
  if (type.is(TypeKind::string)) return value.kind == ValueKind::string ? value : wrong("a string");
  if (type.is(TypeKind::enumeration)) {
    if (value.kind == ValueKind::enumerator && value.declared == type.declared) return value;
    return wrong("an enumerator of `" + type_name(type) + "`");
  }
  if (!is_scalar(type.kind)) {
    context.error(Code::not_supported, expr.span, "a value of type `" + type_name(type) + "` is not done by this version of shmidl");
    return {};
  }
  if (value.kind == ValueKind::string) return wrong("`" + type_name(type) + "`, not a string");
  if (type.is(TypeKind::bool_)) {
    const bool truth = value.kind == ValueKind::boolean ||
                       (!scope.unit->is_aidl() && value.kind == ValueKind::integer && (value.integer == 0 || value.integer == 1));
    if (!truth) return wrong("`true` or `false`");
    value.kind = ValueKind::boolean;
    return value;
  }
  if (type.is(TypeKind::float32) || type.is(TypeKind::float64)) {
    if (value.kind == ValueKind::boolean) return wrong("a number");
    if (value.kind != ValueKind::floating) value.floating = static_cast<double>(value.integer);
    value.kind = ValueKind::floating;
    if (type.is(TypeKind::float32) && (value.floating > static_cast<double>(std::numeric_limits<float>::max()) ||
                                       value.floating < static_cast<double>(std::numeric_limits<float>::lowest()))) {
      context.error(Code::constant_range, expr.span, "the value does not fit into `float`");
      return {};
    }
    return value;
  }
  if (value.kind == ValueKind::floating) return wrong("an integer");
  if (value.kind == ValueKind::boolean && scope.unit->is_aidl()) return wrong("an integer");
  value.kind = ValueKind::integer;
  const Wide low = lowest(type.kind);
  const Wide high = highest(type.kind);
  const Wide modulus = high - low + 1;
  if (value.pattern && value.integer > high && value.integer < modulus) value.integer -= modulus;
  if (value.pattern && value.integer < low && value.integer >= -(Wide{1} << (value.bits - 1)))
    value.integer += low == 0 ? Wide{1} << value.bits : Wide{0};
  if (value.integer >= low && value.integer <= high) return value;
  context.error(Code::constant_range, expr.span,
                to_text(value.integer) + " does not fit into `" + type_name(type) + "` (" + to_text(low) + " to " + to_text(high) + ")");
  return {};
}

void evaluate_constant(Context& context, Constant& constant) {
  if (constant.progress == Progress::done) return;
  if (constant.progress == Progress::running) {
    context.error(Code::constant_cycle, constant.written->name.span, "`" + constant.name + "` is defined by itself");
    return;
  }
  constant.progress = Progress::running;
  if (constant.type.is(TypeKind::error)) constant.type = resolve(context, {constant.unit, constant.owner}, constant.written->type);
  if (constant.type.is(TypeKind::void_))
    context.error(Code::misplaced_void, constant.written->type.span, "`void` is not a value: a constant needs another type");
  else
    constant.value =
        evaluate_for(context, {constant.unit, constant.owner}, constant.written->value, constant.type, "`" + constant.name + "`");
  constant.progress = Progress::done;
}

void evaluate_enumerators(Context& context, Declaration& declaration) {
  if (declaration.laid_out != Progress::untouched) {  // an enum has no layout of its own: the mark serves its values
    if (declaration.laid_out == Progress::running) return;
    return;
  }
  declaration.laid_out = Progress::running;
  resolve_declared(context, declaration);
  const Scope scope{declaration.unit, &declaration};
  Wide next = 0;
  for (Enumerator& enumerator : declaration.enumerators) {
    const ast::Expr& written = enumerator.written->value;
    if (written.present()) {
      const Value value = evaluate_for(context, scope, written, declaration.type, "`" + enumerator.name + "`");
      if (value.kind != ValueKind::none) next = value.integer;
    } else if (next > highest(declaration.type.kind)) {
      context.error(Code::constant_range, enumerator.written->name.span,
                    to_text(next) + " does not fit into `" + type_name(declaration.type) + "`, which stores `" + declaration.name + "`",
                    "write `@Backing(type=\"int\")` before the enum");
      next = 0;
    }
    enumerator.value = static_cast<std::int64_t>(next);
    ++next;
  }
  declaration.laid_out = Progress::done;
}

void evaluate_all(Context& context) {
  for (const auto& unit : context.program.units)
    for (Constant& constant : unit->constants) evaluate_constant(context, constant);
  each_declaration(context.program, [&](Declaration& declaration) {
    if (declaration.kind == DeclKind::enumeration) evaluate_enumerators(context, declaration);
    for (Constant& constant : declaration.constants) evaluate_constant(context, constant);
    for (Field& field : declaration.fields) {
      if (!field.written->value.present()) continue;
      if (field.type.is(TypeKind::array) || field.type.is(TypeKind::fixed_array) || field.type.is(TypeKind::structure))
        context.error(Code::not_supported, field.written->value.span,
                      "a default of type `" + type_name(field.type) + "` is not done by this version of shmidl");
      else
        field.value = evaluate_for(context, {declaration.unit, &declaration}, field.written->value, field.type,
                                   "the default of `" + field.name + "`");
    }
  });
}

}  // namespace shmidl::sema
