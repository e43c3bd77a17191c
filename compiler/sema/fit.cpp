#include <cmath>
#include <limits>

#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

// Fits a value to the type of its place, by the rules of the dialect that it is written in.
namespace shmidl::sema {
namespace {

using diag::Code;

bool is_list(const Type& type) { return type.is(TypeKind::array) || type.is(TypeKind::fixed_array); }

/// What stands behind `@nullable`.
const Type& bare(const Type& type) {
  const Type* inner = &type;
  while (inner->element && !is_list(*inner)) inner = inner->element.get();
  return *inner;
}

class Fit {
 public:
  Fit(Context& context, const Scope& scope, const std::string& place, const std::string& range_help)
      : context_(context), scope_(scope), place_(place), range_help_(range_help) {}

  Value evaluate(const ast::Expr& expr, const Type& whole) {
    const Type& type = bare(whole);
    if (type.is(TypeKind::error)) return {};
    if (is_list(type) && expr.kind == ast::ExprKind::list) return elements(expr, type);
    if (expr.kind == ast::ExprKind::list) {
      if (!is_scalar(type.kind) && !type.is(TypeKind::string) && !type.is(TypeKind::enumeration)) return no_constant(expr, type);
      return one_value(expr, type);
    }
    const Value value = sema::evaluate(context_, scope_, expr, &type);
    if (value.kind == ValueKind::none) return value;
    return to(value, expr, type);
  }

 private:
  Value wrong(const ast::Expr& expr, const std::string& what, std::string help = {}) const {
    context_.error(Code::constant_type, expr.span, place_ + " needs " + what, std::move(help));
    return {};
  }

  /// A type whose values cannot be written: it has its own beginnings.
  Value no_constant(const ast::Expr& expr, const Type& type) const {
    context_.error(Code::constant_type, expr.span, "there are no constants of type `" + name_of(type) + "`", "remove the value");
    return {};
  }

  Value one_value(const ast::Expr& expr, const Type& type) const {
    context_.error(Code::constant_type, expr.span, place_ + " is one `" + name_of(type) + "`, not a list of values",
                   "write one value, or make it an array");
    return {};
  }

  std::string name_of(const Type& type) const { return spelled(type, scope_.unit->file.dialect); }

  Value elements(const ast::Expr& expr, const Type& type) {
    Value list;
    list.kind = ValueKind::list;
    if (!fits_length(expr, type, expr.args.size())) return {};
    for (const ast::Expr& element : expr.args) {
      list.elements.push_back(evaluate(element, *type.element));
      if (list.elements.back().kind == ValueKind::none) return {};
    }
    return list;
  }

  /// C fills up what is missing at the end, AIDL wants each element.
  bool fits_length(const ast::Expr& expr, const Type& type, std::size_t count) const {
    if (!type.is(TypeKind::fixed_array) || count == type.length || (!scope_.unit->is_aidl() && count < type.length)) return true;
    context_.error(Code::constant_length, expr.span,
                   place_ + " needs " + std::to_string(type.length) + (type.length == 1 ? " element" : " elements") +
                       ", and this list has " + std::to_string(count));
    return false;
  }

  Value to(const Value& value, const ast::Expr& expr, const Type& type) {
    if (is_list(type)) return to_list(value, expr, type);
    if (!is_scalar(type.kind) && !type.is(TypeKind::string) && !type.is(TypeKind::enumeration)) return no_constant(expr, type);
    if (value.kind == ValueKind::list) return one_value(expr, type);
    if (type.is(TypeKind::string)) return value.kind == ValueKind::string ? value : wrong(expr, "a string", quoted(expr, '"'));
    if (type.is(TypeKind::enumeration)) {
      if (value.kind == ValueKind::enumerator && value.declared == type.declared) return value;
      return wrong(expr, "an enumerator of `" + name_of(type) + "`", enumerator_of(value, *type.declared));
    }
    if (value.kind == ValueKind::string) return wrong(expr, std::string{noun(type)} + ", not a string", text_help(expr, type));
    return scope_.unit->is_aidl() ? to_aidl(value, expr, type) : to_c(value, expr, type);
  }

  static std::string_view noun(const Type& type) {
    if (type.is(TypeKind::bool_)) return "`true` or `false`";
    if (type.is(TypeKind::char16) || type.is(TypeKind::char8)) return "a character";
    return is_integer(type.kind) ? "an integer" : "a number";
  }

  /// `"a"` for `'a'`.
  static std::string quoted(const ast::Expr& expr, char quote) {
    const bool literal = expr.kind == ast::ExprKind::character || expr.kind == ast::ExprKind::integer || expr.kind == ast::ExprKind::floating;
    return literal ? "write `" + (quote + expr.text) + quote + "`" : std::string{};
  }

  static std::string text_help(const ast::Expr& expr, const Type& type) {
    if (expr.kind != ast::ExprKind::string) return {};
    if ((type.is(TypeKind::char16) || type.is(TypeKind::char8)) && expr.text.size() == 1) return "write `'" + expr.text + "'`";
    const bool digits = !expr.text.empty() && expr.text.find_first_not_of("0123456789") == std::string::npos;
    return digits && is_integer(type.kind) ? "write `" + expr.text + "`" : std::string{};
  }

  /// The enumerator that has this value, where there is one.
  std::string enumerator_of(const Value& value, const Declaration& declaration) const {
    if (value.kind != ValueKind::integer) return {};
    evaluate_enumerators(context_, const_cast<Declaration&>(declaration));  // evaluated on first use
    for (const Enumerator& enumerator : declaration.enumerators)
      if (enumerator.progress == Progress::done && enumerator.value == value.integer)
        return "write `" + declaration.name + "." + enumerator.name + "`";
    return {};
  }

  /// A constant array by its name, or the characters of a string.
  Value to_list(const Value& value, const ast::Expr& expr, const Type& type) {
    Value list;
    list.kind = ValueKind::list;
    if (value.kind == ValueKind::string && type.element->is(TypeKind::char8)) {
      for (const char c : value.text) {
        Value letter;
        letter.kind = ValueKind::integer;
        letter.integer = static_cast<unsigned char>(c);
        letter.character = true;
        list.elements.push_back(letter);
      }
    } else if (value.kind == ValueKind::list) {
      for (const Value& element : value.elements) {
        list.elements.push_back(to(element, expr, bare(*type.element)));
        if (list.elements.back().kind == ValueKind::none) return {};
      }
    } else {
      return wrong(expr, "a list of values", "write `{ … }` around them");
    }
    return fits_length(expr, type, list.elements.size()) ? list : Value{};
  }

  Value to_aidl(Value value, const ast::Expr& expr, const Type& type) {
    const bool whole = !value.character && value.kind != ValueKind::floating;
    if (type.is(TypeKind::char16)) {
      if (value.character) return value;
      return wrong(expr, "a character, as in `'a'`");
    }
    if (type.is(TypeKind::float32) || type.is(TypeKind::float64)) {
      const bool literal = expr.kind == ast::ExprKind::integer || expr.kind == ast::ExprKind::floating;
      const std::string suffix = type.is(TypeKind::float32) ? "f" : "";
      if (value.kind != ValueKind::floating)
        return wrong(expr, "a floating-point number", literal ? "write `" + expr.text + ".0" + suffix + "`" : "");
      if (type.is(TypeKind::float32) && !value.single)
        return wrong(expr, "a `float`, and this is a `double`", literal ? "write `" + expr.text + "f`" : "");
      return to_floating(value, expr, type);
    }
    if (!whole) return wrong(expr, type.is(TypeKind::bool_) ? "`true` or `false`" : "an integer");
    if (type.is(TypeKind::bool_)) {
      value.kind = ValueKind::boolean;
      value.integer = value.integer != 0 ? 1 : 0;
      return value;
    }
    value.kind = ValueKind::integer;
    const TypeKind kind = type.is(TypeKind::uint8) ? TypeKind::int8 : type.kind;  // the elements of `byte[]` are written as bytes
    if (value.integer < lowest(kind) || value.integer > highest(kind)) {
      std::string help = range_help_;
      const Wide limit = highest(kind) * 2 + 1;
      if (help.empty() && expr.kind == ast::ExprKind::integer && !expr.text.ends_with('L') && kind != TypeKind::int64 &&
          value.integer >= 0 && value.integer <= limit)
        help = "write `" + expr.text + (kind == TypeKind::int8 ? "u8`, which" : "u32`, which") + " is " + to_text(value.integer - limit - 1);
      return out_of_range(value, expr, name_of(type), kind, help);
    }
    if (type.is(TypeKind::uint8) && value.integer < 0) value.integer += 256;
    return value;
  }

  Value to_c(Value value, const ast::Expr& expr, const Type& type) {
    if (type.is(TypeKind::bool_)) {
      const bool truth = value.kind == ValueKind::boolean || (value.kind == ValueKind::integer && (value.integer == 0 || value.integer == 1));
      if (!truth) return wrong(expr, "`true` or `false`");
      value.kind = ValueKind::boolean;
      return value;
    }
    if (type.is(TypeKind::float32) || type.is(TypeKind::float64)) {
      if (value.kind == ValueKind::boolean) return wrong(expr, "a number");
      if (value.kind != ValueKind::floating) value.floating = static_cast<double>(value.integer);
      value.kind = ValueKind::floating;
      return to_floating(value, expr, type);
    }
    if (value.kind == ValueKind::floating) return wrong(expr, "an integer");
    value.kind = ValueKind::integer;
    const Wide low = lowest(type.kind);
    const Wide high = highest(type.kind);
    const Wide modulus = high - low + 1;
    if (value.pattern && value.integer > high && value.integer < modulus) value.integer -= modulus;
    if (value.pattern && low == 0 && value.integer < 0 && value.integer >= -modulus) value.integer += modulus;
    if (value.integer >= low && value.integer <= high) {
      value.bits = high > std::numeric_limits<std::uint32_t>::max() ? 64 : 32;
      value.is_unsigned = low == 0 && high > std::numeric_limits<std::int32_t>::max();
      return value;
    }
    return out_of_range(value, expr, name_of(type), type.kind, range_help_);
  }

  Value to_floating(const Value& value, const ast::Expr& expr, const Type& type) const {
    if (!type.is(TypeKind::float32) || std::fabs(value.floating) <= static_cast<double>(std::numeric_limits<float>::max())) return value;
    context_.error(Code::constant_range, expr.span, "the value does not fit into `float`");
    return {};
  }

  Value out_of_range(const Value& value, const ast::Expr& expr, const std::string& name, TypeKind kind, std::string help) const {
    context_.error(Code::constant_range, expr.span,
                   to_text(value.integer) + " does not fit into `" + name + "` (" + to_text(lowest(kind)) + " to " + to_text(highest(kind)) + ")",
                   std::move(help));
    return {};
  }

  Context& context_;
  const Scope& scope_;
  const std::string& place_;
  const std::string& range_help_;
};

}  // namespace

Value evaluate_for(Context& context, const Scope& scope, const ast::Expr& expr, const Type& type, const std::string& place,
                   const std::string& range_help) {
  return Fit(context, scope, place, range_help).evaluate(expr, type);
}

}  // namespace shmidl::sema
