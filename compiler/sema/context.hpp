#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diag/sink.hpp"
#include "sema/program.hpp"
#include "source/files.hpp"

namespace shmidl::sema {

/// A constant or an enumerator whose value is being computed.
struct Pending {
  const void* what = nullptr;
  std::string name;
  const Declaration* owner = nullptr;
  Span span;
};

/// What the steps of one analysis share.
struct Context {
  Program& program;
  const source::Files& files;
  diag::Sink& sink;
  std::unordered_map<std::string, Declaration*> by_name;  ///< by qualified name
  std::vector<Pending> pending{};                         ///< each needed by the one before: the way back is a cycle
  int depth = 0;                                          ///< of expressions, through the constants that they name
  std::unordered_map<const void*, std::unordered_map<std::string_view, std::size_t>> positions{};  ///< of names in long lists
  std::unordered_map<const void*, std::unordered_map<std::string_view, Declaration*>> enumerations{};  ///< in long lists, by enumerator
  std::vector<const Declaration*> resolving{};            ///< aliases and enums whose type is being found, outermost first
  std::vector<Unit*> waiting{};                           ///< needed files whose members are not resolved yet

  /// A type of this file is used.
  void need(Unit& unit) {
    if (unit.needed) return;
    unit.needed = true;
    waiting.push_back(&unit);
  }

  /// To look for a name that is like the one that is unknown goes over all of them: done for as many errors as are printed.
  [[nodiscard]] bool suggests() const { return sink.errors() < 100; }

  void error(diag::Code code, Span span, std::string message, std::string help = {}, std::vector<diag::Note> notes = {}) const {
    sink.report({code, span, std::move(message), std::move(notes), std::move(help), {}});
  }
};

/// From where a name is looked up.
struct Scope {
  Unit* unit = nullptr;
  Declaration* inside = nullptr;  ///< null at file level
};

struct Lookup {
  Declaration* found = nullptr;
  Declaration* other = nullptr;  ///< a second meaning of the same name
  bool swallow = false;          ///< not found because of a fault that was already reported
};

// --- symbols.cpp
/// Makes the declarations of every unit and reports names that are declared twice.
void declare(Context& context);
/// "`Image`, declared at calculator.idl:2"
[[nodiscard]] std::string declared_at(const Context& context, const Declaration& declaration);
[[nodiscard]] Span name_span(const Declaration& declaration);

// --- look_up.cpp
[[nodiscard]] Lookup look_up(const Context& context, const Scope& scope, const ast::Path& path);
/// Every type name that could be written in this scope.
[[nodiscard]] std::vector<std::string> visible_names(const Scope& scope);

// --- named_type.cpp
/// The type of a name alone; reports a name that means none. What it is declared in becomes needed.
[[nodiscard]] Type named_type(Context& context, const Scope& scope, const ast::Path& path);
/// `Map` and `CharSequence`.
void report_java_only(Context& context, const ast::Path& path);

// --- type_annotations.cpp
/// The type with what `list` says of it: `@nullable`, `@MaxSize`.
[[nodiscard]] Type annotated(Context& context, const Scope& scope, const ast::Type& written, const std::vector<ast::Annotation>& list, Type type);

// --- resolve.cpp
/// `before`: annotations that stand before the whole field, method or constant and speak of its type too.
[[nodiscard]] Type resolve(Context& context, const Scope& scope, const ast::Type& type, const std::vector<ast::Annotation>& before = {});
/// What an optional or a box holds; any other type itself.
[[nodiscard]] const Type& value_of(const Type& type);

// --- spelled.cpp
/// A type's name in the model, the same in both dialects: `int32`, `demo.Image[]`.
[[nodiscard]] std::string type_name(const Type& type);
/// A type as a user of the dialect writes it: `int`, `Image[]`.
[[nodiscard]] std::string spelled(const Type& type, ast::Dialect dialect);
/// "parcelable" or "struct".
[[nodiscard]] std::string record(ast::Dialect dialect);

// --- members.cpp
/// Resolves the target of an alias or the underlying type of an enum, once.
void resolve_declared(Context& context, Declaration& declaration);
/// Resolves the types of all members of the files that are needed; of those that were found since, when it is called again.
void resolve_members(Context& context);

// --- parameters.cpp
void resolve_parameters(Context& context, const Scope& scope, Method& method);

// --- constants.cpp, fit.cpp, references.cpp
/// The value of the constant or enumerator that an expression names.
[[nodiscard]] Value value_named(Context& context, const Scope& scope, const ast::Expr& expr, const Type* expected);
/// The place where a name that is no type is declared as a constant or an enumerator; empty when it is not.
[[nodiscard]] Span constant_named(const Scope& scope, const std::string& name);
[[nodiscard]] Value evaluate(Context& context, const Scope& scope, const ast::Expr& expr, const Type* expected);
/// Evaluates and fits the value to a type; reports what does not fit. None when it could not.
[[nodiscard]] Value evaluate_for(Context& context, const Scope& scope, const ast::Expr& expr, const Type& type, const std::string& place,
                                 const std::string& range_help = {});
void evaluate_constant(Context& context, Constant& constant);
void evaluate_enumerator(Context& context, Declaration& declaration, std::size_t index);
void evaluate_enumerators(Context& context, Declaration& declaration);
void evaluate_all(Context& context);

// --- attributes.cpp
/// The first annotation of this name, or null.
[[nodiscard]] const ast::Annotation* find_annotation(const std::vector<ast::Annotation>& list, std::string_view name);
/// What an annotation gives to a parameter, or null; `value` is also the name of the unnamed one.
[[nodiscard]] const ast::Expr* argument_of(const ast::Annotation& annotation, std::string_view name);
/// Brings documentation tags and annotations of a program without faults into the model.
void remark(Context& context);

// --- annotations.cpp, reserved_names.cpp, check.cpp, kinds.cpp, layout.cpp, fingerprint.cpp, names.cpp, order.cpp
void check_annotations(Context& context);
/// Words that AIDL keeps free in every file, and methods and parameters of the checked ones.
void check_reserved_names(Context& context);
void check_declarations(Context& context);
/// What one kind of declaration asks of its members: @FixedSize, @JavaOnlyImmutable, unions.
void check_kind(Context& context, const Declaration& declaration);
void lay_out(Context& context);
void fingerprint(Context& context);
void name_for_cpp(Context& context);
void put_in_order(Context& context);

/// Calls `visit` for every declaration, outer ones first.
template <class Visit>
void each_declaration(const std::vector<std::unique_ptr<Declaration>>& list, const Visit& visit) {
  for (const auto& declaration : list) {
    visit(*declaration);
    each_declaration(declaration->nested, visit);
  }
}
/// Of the files that count: a file that was loaded and that nothing needs is left out.
template <class Visit>
void each_declaration(const Program& program, const Visit& visit) {
  for (const auto& unit : program.units)
    if (unit->needed) each_declaration(unit->declarations, visit);
}
/// Of the files that are checked, which are fewer than those that are needed.
template <class Visit>
void each_checked_declaration(const Program& program, const Visit& visit) {
  for (const auto& unit : program.units)
    if (unit->whole) each_declaration(unit->declarations, visit);
}

}  // namespace shmidl::sema
