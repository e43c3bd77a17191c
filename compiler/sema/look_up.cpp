#include <algorithm>
#include <optional>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

// What a written name means, from where it is written.
namespace shmidl::sema {
namespace {

Declaration* global(const Context& context, const std::string& name) {
  const auto found = context.by_name.find(name);
  return found == context.by_name.end() ? nullptr : found->second;
}

Declaration* nested_in(const Context& context, const Declaration& outer, const std::string& name) {
  constexpr std::size_t kShort = 16;  // chosen, not measured
  if (outer.nested.size() > kShort) {
    Declaration* const found = global(context, outer.qualified + "." + name);
    if (found == nullptr || found->parent == &outer) return found;  // else it is declared twice
  }
  for (const auto& declaration : outer.nested)
    if (declaration->name == name) return declaration.get();
  return nullptr;
}

Declaration* member_path(const Context& context, Declaration* from, const ast::Path& path, std::size_t part) {
  for (; from != nullptr && part < path.parts.size(); ++part) from = nested_in(context, *from, path.parts[part].text);
  return from;
}

Declaration* top_level(const Context& context, const Unit& unit, const std::string& name) {
  Declaration* const found = global(context, unit.package.empty() ? name : unit.package + "." + name);
  return found != nullptr && found->unit == &unit ? found : nullptr;
}

bool lost_in(const Unit& unit, const std::string& name) {
  const std::vector<std::string>& lost = unit.file.lost;
  return unit.file.incomplete || std::find(lost.begin(), lost.end(), name) != lost.end();
}

/// A type inside of the declarations around, innermost first. AIDL does not look further once the first part of the name means something.
std::optional<Declaration*> in_scopes(const Context& context, const Scope& scope, const ast::Path& path) {
  const std::string& first = path.parts.front().text;
  const bool aidl = scope.unit->is_aidl();
  for (Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent) {
    Declaration* const start = !aidl && outer->name == first ? outer : nested_in(context, *outer, first);
    Declaration* const found = member_path(context, start, path, 1);
    if (found != nullptr || (aidl && start != nullptr)) return found;
  }
  return std::nullopt;
}

/// AIDL: what an import names by its last part comes before the types of the file itself.
Declaration* through_import(const Context& context, const Scope& scope, const ast::Path& path) {
  const std::string& first = path.parts.front().text;
  for (const ast::Import& import : scope.unit->file.imports) {
    if (import.path != first && !import.path.ends_with("." + first)) continue;
    if (Declaration* const found = member_path(context, global(context, import.path), path, 1)) return found;
    if (Declaration* const found = global(context, import.path + path.text().substr(first.size()))) return found;  // `Outer.Inner` of foreign types
  }
  return nullptr;
}

}  // namespace

Lookup look_up(const Context& context, const Scope& scope, const ast::Path& path) {
  if (path.parts.empty()) return {nullptr, nullptr, true};
  const std::string& first = path.parts.front().text;
  const bool aidl = scope.unit->is_aidl();
  if (const std::optional<Declaration*> found = in_scopes(context, scope, path))
    return {*found, nullptr, *found == nullptr && scope.unit->file.members_incomplete};
  if (Declaration* const found = aidl ? through_import(context, scope, path) : nullptr) return {found};
  if (Declaration* const found = member_path(context, top_level(context, *scope.unit, first), path, 1)) return {found};

  Lookup result;
  for (const Unit* const import : scope.unit->imports) {
    Declaration* const found = member_path(context, top_level(context, *import, first), path, 1);
    if (found == nullptr) continue;
    if (result.found != nullptr && !aidl) result.other = found;
    if (result.found == nullptr) result.found = found;
  }
  if (result.found != nullptr) return result;
  if (Declaration* const found = global(context, path.text())) return {found};
  if (Declaration* const found = aidl ? global(context, scope.unit->package + "." + path.text()) : nullptr) return {found};
  result.swallow = lost_in(*scope.unit, first);
  for (const Unit* const import : scope.unit->imports) result.swallow = result.swallow || lost_in(*import, first);
  return result;
}

std::vector<std::string> visible_names(const Scope& scope) {
  std::vector<std::string> names = builtin_names(scope.unit->file.dialect);
  for (const Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent)
    for (const auto& nested : outer->nested) names.push_back(nested->name);
  for (const auto& declaration : scope.unit->declarations) names.push_back(declaration->name);
  for (const Unit* const import : scope.unit->imports)
    for (const auto& declaration : import->declarations) names.push_back(declaration->name);
  return names;
}

}  // namespace shmidl::sema
