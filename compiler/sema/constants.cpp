#include <algorithm>
#include <cctype>

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

/// Why the digits of a literal are not its value.
void refuse_integer(Context& context, const Scope& scope, const ast::Expr& expr) {
  const std::string& text = expr.text;
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const std::size_t first = hexadecimal ? 2 : 0;
  std::size_t at = first;
  while (at < text.size() && ((text[at] >= '0' && text[at] <= '9') || text[at] == '_' ||
                              (hexadecimal && std::isxdigit(static_cast<unsigned char>(text[at])) != 0)))
    ++at;
  const std::string suffix = text.substr(at);
  static constexpr std::string_view kSuffixes[] = {"", "u8", "u32", "u64", "l", "L", "u", "U", "ul", "UL", "ull", "ULL", "LL", "ll"};
  static constexpr std::ptrdiff_t kOfAidl = 6;  // the first of them; the others are C's
  const bool aidl = scope.unit->is_aidl();
  const auto* const end = aidl ? std::begin(kSuffixes) + kOfAidl : std::end(kSuffixes);
  const bool known = std::find(std::begin(kSuffixes), end, suffix) != end;
  const bool joined = at > first && text[first] != '_' && text[at - 1] != '_' && text.find("__") == std::string::npos;
  if (!known || !joined) {
    std::string help;
    if (aidl && std::find(end, std::end(kSuffixes), suffix) != std::end(kSuffixes) && at > first)
      help = suffix.find_first_of("lL") != std::string::npos ? "write `" + text.substr(0, at) + "L`" : "write `" + text.substr(0, at) + "`";
    else if (known && at > first)
      help = "write one `_`, and only between digits";
    context.error(Code::syntax, expr.span, "`" + text + "` is not a number", help);
    return;
  }
  if (!aidl && !hexadecimal && text.starts_with('0') && text.find_first_of("89") < at) {
    context.error(Code::syntax, expr.span, "`" + text + "` is not a number: after a leading 0 the digits are 0 to 7",
                  "write `" + text.substr(std::min(text.find_first_not_of('0'), text.size() - 1)) + "`");
    return;
  }
  const std::string bits = suffix == "u8" ? "8" : suffix == "u32" ? "32" : "64";
  const bool lowest = aidl && text == "9223372036854775808";
  context.error(Code::constant_range, expr.span, "`" + text + "` does not fit into " + bits + " bits",
                lowest ? "write `0x8000000000000000` for the lowest `long`" : "");
}

/// `1.5e-3f`, whether or not it fits.
bool is_floating(std::string_view text) {
  const auto skip_digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  std::size_t digits = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += skip_digits();
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  return digits > 0 && (text.empty() || text == "f" || text == "F");
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '\\'; }

Value text_literal(Context& context, const Scope& scope, const ast::Expr& expr) {
  const bool aidl = scope.unit->is_aidl();
  const bool one = expr.kind == ast::ExprKind::character;
  Value value;
  const std::optional<std::string> text = unescape(expr.text);
  if (aidl && std::find(expr.text.begin(), expr.text.end(), '\\') != expr.text.end()) {
    context.error(Code::syntax, expr.span, one ? "characters have no escapes" : "strings have no escapes");
  } else if (aidl && !std::all_of(expr.text.begin(), expr.text.end(), is_plain)) {
    context.error(Code::syntax, expr.span, std::string{one ? "a character" : "a string"} + " is printable ASCII in AIDL");
  } else if (!text) {
    context.error(Code::syntax, expr.span, "an escape is one of \\n \\t \\r \\0 \\\\ \\' \\\"");
  } else if (!one) {
    value.kind = ValueKind::string;
    value.text = *text;
  } else if (text->size() == 1) {
    value.kind = ValueKind::integer;
    value.integer = static_cast<unsigned char>(text->front());
    value.pattern = true;
    value.character = true;
  } else {
    context.error(Code::constant_type, expr.span, "a character is one byte of ASCII, this has " + std::to_string(text->size()),
                  text->empty() ? "" : "write `\"" + expr.text + "\"` for a string");
  }
  return value;
}

Value literal(Context& context, const Scope& scope, const ast::Expr& expr) {
  Value value;
  if (expr.kind == ast::ExprKind::integer) {
    const std::optional<Value> number =
        scope.unit->is_aidl() ? read_aidl_integer(expr.text) : read_integer(scope.unit->file.dialect, expr.text);
    if (number) return *number;
    refuse_integer(context, scope, expr);
  } else if (expr.kind == ast::ExprKind::floating) {
    const std::optional<double> number = read_floating(expr.text);
    if (number) {
      value.kind = ValueKind::floating;
      value.floating = *number;
      value.single = expr.text.ends_with('f') || expr.text.ends_with('F');
    } else {
      const bool too_large = is_floating(expr.text);
      context.error(too_large ? Code::constant_range : Code::syntax, expr.span,
                    "`" + expr.text + (too_large ? "` does not fit into `double`" : "` is not a number"));
    }
  } else if (expr.kind == ast::ExprKind::boolean) {
    value.kind = ValueKind::boolean;
    value.integer = expr.text == "true" ? 1 : 0;
  } else {
    return text_literal(context, scope, expr);
  }
  return value;
}

Value operation(Context& context, const Scope& scope, const ast::Expr& expr, const Type* expected) {
  const bool binary = expr.args.size() > 1;
  for (const ast::Expr& arg : expr.args) {
    if (arg.kind != ast::ExprKind::list) continue;
    context.error(Code::constant_operation, expr.span, "`" + expr.text + "` has no meaning for a list of values");
    return {};
  }
  const Value left = evaluate(context, scope, expr.args[0], nullptr);
  const Value right = binary ? evaluate(context, scope, expr.args[1], nullptr) : Value{};
  if (left.kind == ValueKind::none || (binary && right.kind == ValueKind::none)) return {};
  for (const Value* const operand : {&left, &right}) {
    if (operand->kind != ValueKind::list) continue;
    context.error(Code::constant_operation, expr.args[operand == &left ? 0 : 1].span, "`" + expr.text + "` has no meaning for a list of values");
    return {};
  }
  Outcome outcome = scope.unit->is_aidl() ? (binary ? compute_aidl(expr.text, left, right) : compute_aidl(expr.text, left))
                                          : (binary ? compute(expr.text, left, right) : compute(expr.text, left));
  const bool wide = expected != nullptr && expected->is(TypeKind::int64);
  if (!outcome.fault.empty())
    context.error(outcome.overflow ? Code::constant_range : Code::constant_operation, expr.span, outcome.fault,
                  outcome.overflow && !wide ? std::string{} : outcome.help);
  return outcome.value;
}

/// What to do when the numbers of an enum are larger than its type.
std::string range_help(const Declaration& declaration) {
  const TypeKind kind = declaration.type.kind;
  if (!declaration.written->type.name.parts.empty() || !is_scalar(kind)) return {};
  if (scalar_size(kind) < 4) return "write `@Backing(type=\"int\")` before the enum";
  return kind == TypeKind::int64 || kind == TypeKind::uint64 ? "" : "write `@Backing(type=\"long\")` before the enum";
}

/// Remembers what is being computed, while it is.
class Computing {
 public:
  Computing(Context& context, Pending pending) : context_(context) {
    context_.pending.push_back(std::move(pending));
    context_.depth += kWeight;
  }
  ~Computing() {
    context_.pending.pop_back();
    context_.depth -= kWeight;
  }
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;

 private:
  static constexpr int kWeight = 4;  ///< takes more of the stack than an operator does
  Context& context_;
};

/// `A -> B -> A`, with the places of those in between.
void report_cycle(Context& context, const void* what) {
  auto first = context.pending.begin();
  while (first != context.pending.end() && first->what != what) ++first;
  if (first == context.pending.end()) return;
  const bool together = std::all_of(first, context.pending.end(), [&](const Pending& p) { return p.owner == first->owner; });
  const auto name = [&](const Pending& pending) {
    return together || pending.owner == nullptr ? pending.name : pending.owner->name + "." + pending.name;
  };
  constexpr std::ptrdiff_t kMostNotes = 8;  // a longer path is told by its names alone
  std::string path;
  std::vector<diag::Note> notes;
  for (auto step = first; step != context.pending.end(); ++step) {
    path += name(*step) + " -> ";
    if (step != first && step - first <= kMostNotes) notes.push_back({step->span, "`" + name(*step) + "` is declared here"});
  }
  const bool alone = context.pending.end() - first == 1;
  context.error(Code::constant_cycle, first->span,
                "`" + name(*first) + "` is defined by itself" + (alone ? "" : ": " + path + name(*first)), {}, std::move(notes));
}

}  // namespace

Value evaluate(Context& context, const Scope& scope, const ast::Expr& expr, const Type* expected) {
  constexpr int kDeepest = 2000;  // an expression may have 1000 operators; a stack of 8 MiB holds more than twice of this
  if (context.depth >= kDeepest) {
    context.error(Code::too_large, expr.span, "the constants that this one needs go too deep");
    return {};
  }
  ++context.depth;
  Value value;
  if (expr.kind == ast::ExprKind::name)
    value = value_named(context, scope, expr, expected);
  else if (expr.kind == ast::ExprKind::unary || expr.kind == ast::ExprKind::binary)
    value = operation(context, scope, expr, expected);
  else if (expr.kind == ast::ExprKind::list)
    context.error(Code::constant_type, expr.span, "a list of values is for an array, and stands alone");
  else if (expr.kind != ast::ExprKind::none)
    value = literal(context, scope, expr);
  --context.depth;
  return value;
}

void evaluate_constant(Context& context, Constant& constant) {
  if (constant.progress == Progress::done) return;
  if (constant.progress == Progress::running) {
    report_cycle(context, &constant);
    return;
  }
  constant.progress = Progress::running;
  const Computing computing(context, {&constant, constant.name, constant.owner, constant.written->name.span});
  const Scope scope{constant.unit, constant.owner};
  if (constant.type.is(TypeKind::error)) constant.type = resolve(context, scope, constant.written->type);
  const Type* inner = &constant.type;
  while (inner->element) inner = inner->element.get();
  if (constant.type.is(TypeKind::void_))
    context.error(Code::misplaced_void, constant.written->type.name.span, "`void` is not a value: a constant needs another type");
  else if (constant.unit->is_aidl() && constant.type.is(TypeKind::array) && constant.written->type.dimensions.empty())
    context.error(Code::constant_kind, constant.written->type.name.span, "a constant cannot be a `List`",
                  "write `" + spelled(constant.type, ast::Dialect::aidl) + "`");
  else if (!inner->is(TypeKind::error) && !is_scalar(inner->kind) && !inner->is(TypeKind::string) &&
           (constant.unit->is_aidl() || !inner->is(TypeKind::enumeration)))
    context.error(Code::constant_kind, constant.written->type.name.span,
                  "a constant cannot be of type `" + spelled(*inner, constant.unit->file.dialect) + "`");
  else
    constant.value = evaluate_for(context, scope, constant.written->value, constant.type, "`" + constant.name + "`");
  constant.progress = Progress::done;
}

void evaluate_enumerator(Context& context, Declaration& declaration, std::size_t index) {
  Enumerator& enumerator = declaration.enumerators[index];
  if (enumerator.progress == Progress::done) return;
  if (enumerator.progress == Progress::running) {
    report_cycle(context, &enumerator);
    return;
  }
  resolve_declared(context, declaration);
  const ast::Expr& written = enumerator.written->value;
  if (!written.present() && index > 0) {  // from the nearest one that has a value, without going deep
    std::size_t start = index - 1;
    while (start > 0 && declaration.enumerators[start].progress == Progress::untouched &&
           !declaration.enumerators[start].written->value.present())
      --start;
    for (; start < index - 1; ++start) evaluate_enumerator(context, declaration, start);
  }
  enumerator.progress = Progress::running;
  const Computing computing(context, {&enumerator, enumerator.name, &declaration, enumerator.written->name.span});
  const std::string help = range_help(declaration);
  if (written.present()) {
    const Value value =
        evaluate_for(context, {declaration.unit, &declaration}, written, declaration.type, "`" + enumerator.name + "`", help);
    if (value.kind != ValueKind::none) enumerator.value = static_cast<std::int64_t>(value.integer);
  } else if (index > 0 && is_scalar(declaration.type.kind)) {
    evaluate_enumerator(context, declaration, index - 1);
    const Wide last = is_signed(declaration.type.kind) ? Wide{declaration.enumerators[index - 1].value}
                                                       : Wide{static_cast<std::uint64_t>(declaration.enumerators[index - 1].value)};
    if (last == highest(declaration.type.kind))
      context.error(Code::constant_range, enumerator.written->name.span,
                    to_text(last + 1) + " does not fit into `" + spelled(declaration.type, declaration.unit->file.dialect) + "`, which stores `" + declaration.name + "`",
                    help);
    else
      enumerator.value = static_cast<std::int64_t>(last + 1);
  }
  enumerator.progress = Progress::done;
}

void evaluate_enumerators(Context& context, Declaration& declaration) {
  for (std::size_t index = 0; index < declaration.enumerators.size(); ++index) evaluate_enumerator(context, declaration, index);
}

void evaluate_all(Context& context) {
  for (const auto& unit : context.program.units)
    if (unit->whole)
      for (Constant& constant : unit->constants) evaluate_constant(context, constant);
  each_checked_declaration(context.program, [&](Declaration& declaration) {
    if (declaration.kind == DeclKind::enumeration) evaluate_enumerators(context, declaration);
    for (Constant& constant : declaration.constants) evaluate_constant(context, constant);
    for (Field& field : declaration.fields) {
      const ast::Expr& written = field.written->value;
      if (!written.present()) continue;
      if (declaration.unit->is_aidl() && !field.written->type.arguments.empty())
        context.error(Code::constant_type, written.span, "there are no constants of type `" + field.written->type.name.text() + "`",
                      "remove the value");
      else
        field.value =
            evaluate_for(context, {declaration.unit, &declaration}, written, field.type, "the default of `" + field.name + "`");
    }
  });
}

}  // namespace shmidl::sema
