#include <algorithm>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::size_t kShort = 16;  // chosen, not measured

/// Where a name is in a list; its size when it is not. Long lists are indexed on first use, so that a file's time stays linear.
template <class Item>
std::size_t position(Context& context, const std::vector<Item>& list, std::string_view name) {
  if (list.size() <= kShort)
    return static_cast<std::size_t>(std::find_if(list.begin(), list.end(), [&](const Item& item) { return item.name == name; }) -
                                    list.begin());
  auto [index, fresh] = context.positions.try_emplace(&list);
  if (fresh)
    for (std::size_t at = 0; at < list.size(); ++at) index->second.emplace(list[at].name, at);
  const auto found = index->second.find(name);
  return found == index->second.end() ? list.size() : found->second;
}

Constant* constant_in(Context& context, std::vector<Constant>& list, std::string_view name) {
  const std::size_t at = position(context, list, name);
  return at == list.size() ? nullptr : &list[at];
}

Value enumerator_in(Context& context, Declaration& declaration, std::string_view name) {
  if (declaration.kind != DeclKind::enumeration) return {};
  const std::size_t at = position(context, declaration.enumerators, name);
  if (at == declaration.enumerators.size()) return {};
  evaluate_enumerator(context, declaration, at);
  const Enumerator& enumerator = declaration.enumerators[at];
  Value value;
  value.kind = ValueKind::enumerator;
  value.integer = enumerator.value;
  value.bits = scalar_size(declaration.type.kind) > 4 ? 64 : 32;
  value.is_unsigned = scalar_size(declaration.type.kind) >= 4 && !is_signed(declaration.type.kind);
  if (value.is_unsigned) value.integer = Wide{static_cast<std::uint64_t>(enumerator.value)};
  value.text = enumerator.name;
  value.place = at;
  value.declared = &declaration;
  return value;
}

/// An enumerator of any of these declarations: the first that has one of this name.
Value enumerator_in(Context& context, const std::vector<std::unique_ptr<Declaration>>& list, std::string_view name) {
  if (list.size() <= kShort) {
    for (const auto& declaration : list)
      if (Value value = enumerator_in(context, *declaration, name); value.kind != ValueKind::none) return value;
    return {};
  }
  auto [index, fresh] = context.enumerations.try_emplace(&list);
  if (fresh)
    for (const auto& declaration : list)
      for (const Enumerator& enumerator : declaration->enumerators) index->second.emplace(enumerator.name, declaration.get());
  const auto found = index->second.find(name);
  return found == index->second.end() ? Value{} : enumerator_in(context, *found->second, name);
}

Value of_constant(Context& context, Constant& constant) {
  evaluate_constant(context, constant);
  return constant.value;
}

std::vector<Unit*> visible_units(const Scope& scope) {
  std::vector<Unit*> units = {scope.unit};
  units.insert(units.end(), scope.unit->imports.begin(), scope.unit->imports.end());
  return units;
}

/// What a name without a dot means, from the inside out. `known` tells whether it was declared at all.
Value single_name(Context& context, const Scope& scope, const std::string& name, const Type* expected, bool& known) {
  known = true;
  if (expected != nullptr && expected->is(TypeKind::enumeration)) {
    Value value = enumerator_in(context, const_cast<Declaration&>(*expected->declared), name);  // evaluated on first use
    if (value.kind != ValueKind::none) return value;
  }
  for (Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent) {
    if (Constant* const found = constant_in(context, outer->constants, name)) return of_constant(context, *found);
    if (Value value = enumerator_in(context, *outer, name); value.kind != ValueKind::none) return value;
    if (scope.unit->is_aidl()) continue;
    if (Value value = enumerator_in(context, outer->nested, name); value.kind != ValueKind::none) return value;
  }
  for (Unit* const unit : visible_units(scope)) {
    if (Constant* const found = constant_in(context, unit->constants, name)) return of_constant(context, *found);
    if (scope.unit->is_aidl()) continue;
    if (Value value = enumerator_in(context, unit->declarations, name); value.kind != ValueKind::none) return value;
  }
  known = false;
  return {};
}

std::vector<std::string> constant_names(const Scope& scope, const Declaration* only) {
  std::vector<std::string> names;
  const auto take = [&](const Declaration& declaration) {
    for (const Constant& constant : declaration.constants) names.push_back(constant.name);
    for (const Enumerator& enumerator : declaration.enumerators) names.push_back(enumerator.name);
  };
  if (only != nullptr) {
    take(*only);
    return names;
  }
  for (const Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent) take(*outer);
  for (const Constant& constant : scope.unit->constants) names.push_back(constant.name);
  for (const auto& declaration : scope.unit->declarations)
    if (declaration->kind == DeclKind::enumeration) take(*declaration);
  names.insert(names.end(), {"true", "false"});
  return names;
}

/// The enumeration in sight that has this enumerator, or null.
const Declaration* enumeration_with(const Scope& scope, const std::string& name) {
  const Declaration* found = nullptr;
  const auto look_in = [&](const std::vector<std::unique_ptr<Declaration>>& list) {
    for (const auto& declaration : list)
      for (const Enumerator& enumerator : declaration->enumerators)
        if (enumerator.name == name && found == nullptr) found = declaration.get();
  };
  for (const Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent) look_in(outer->nested);
  for (const Unit* const unit : visible_units(scope)) look_in(unit->declarations);
  return found;
}

void report_unknown(Context& context, const Scope& scope, const ast::Expr& expr, const Declaration* owner, const std::string& member) {
  if (expr.text == "null" || expr.text == "NULL" || expr.text == "nullptr")
    return context.error(Code::unknown_constant, expr.span, "`" + expr.text + "` is not a value",
                         "leave the value out: what is `@nullable` begins without one");
  const std::string near = context.suggests() ? diag::suggest(member, constant_names(scope, owner)) : "";
  if (owner != nullptr) {
    const bool enumeration = owner->kind == DeclKind::enumeration;
    return context.error(Code::unknown_constant, expr.span,
                         "`" + owner->name + "` has no " + (enumeration ? "enumerator" : "constant") + " `" + member + "`",
                         near.empty() ? "" : "write `" + expr.text.substr(0, expr.text.rfind('.') + 1) + near + "`",
                         {{name_span(*owner), "`" + owner->name + "` is declared here"}});
  }
  ast::Path path;
  path.parts.push_back({expr.text, expr.span});
  if (const Declaration* const type = look_up(context, scope, path).found) {
    const std::string first = type->enumerators.empty() ? "" : type->enumerators.front().name;
    return context.error(Code::unknown_constant, expr.span, "`" + expr.text + "` is a type, not a value",
                         first.empty() ? "" : "write one of its enumerators, such as `" + expr.text + "." + first + "`",
                         {{name_span(*type), "declared here"}});
  }
  std::string help = near.empty() ? "" : "write `" + near + "`";
  if (!context.suggests()) return context.error(Code::unknown_constant, expr.span, "`" + expr.text + "` is not a declared constant");
  if (const Declaration* const enumeration = enumeration_with(scope, expr.text))
    help = "write `" + enumeration->name + "." + expr.text + "`";
  context.error(Code::unknown_constant, expr.span, "`" + expr.text + "` is not a declared constant", help);
}

}  // namespace

Value value_named(Context& context, const Scope& scope, const ast::Expr& expr, const Type* expected) {
  const std::size_t dot = expr.text.rfind('.');
  bool known = false;
  Declaration* owner = nullptr;
  bool swallow = false;
  if (dot == std::string::npos) {
    Value value = single_name(context, scope, expr.text, expected, known);
    if (known) return value;
  } else {
    ast::Path path;
    for (std::size_t begin = 0; begin <= dot;) {
      const std::size_t end = expr.text.find('.', begin);
      path.parts.push_back({expr.text.substr(begin, end - begin), {}});
      begin = end + 1;
    }
    const Lookup lookup = look_up(context, scope, path);
    owner = lookup.found;
    swallow = lookup.swallow;
    const std::string member = expr.text.substr(dot + 1);
    for (Unit* const unit : visible_units(scope)) {
      if (unit->package != expr.text.substr(0, dot)) continue;
      if (Constant* const found = constant_in(context, unit->constants, member)) return of_constant(context, *found);
    }
    if (owner != nullptr) {
      if (Constant* const found = constant_in(context, owner->constants, member)) return of_constant(context, *found);
      if (Value value = enumerator_in(context, *owner, member); value.kind != ValueKind::none) return value;
    }
  }
  const std::vector<std::string>& lost = scope.unit->file.lost;
  swallow = swallow || std::find(lost.begin(), lost.end(), expr.text) != lost.end();
  for (const Unit* const import : scope.unit->imports) swallow = swallow || import->file.members_incomplete || import->file.incomplete;
  if (swallow || scope.unit->file.members_incomplete || scope.unit->file.incomplete) return {};
  report_unknown(context, scope, expr, owner, dot == std::string::npos ? expr.text : expr.text.substr(dot + 1));
  return {};
}

Span constant_named(const Scope& scope, const std::string& name) {
  const auto in = [&](const std::vector<Constant>& list) {
    for (const Constant& constant : list)
      if (constant.name == name) return constant.written->name.span;
    return Span{};
  };
  for (const Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent)
    if (const Span found = in(outer->constants); !found.empty()) return found;
  for (const Unit* const unit : visible_units(scope)) {
    if (const Span found = in(unit->constants); !found.empty()) return found;
    for (const auto& declaration : unit->declarations)
      for (const Enumerator& enumerator : declaration->enumerators)
        if (enumerator.name == name) return enumerator.written->name.span;
  }
  return {};
}

}  // namespace shmidl::sema
