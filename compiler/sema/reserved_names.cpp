#include <algorithm>
#include <array>
#include <string_view>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

// Names that are taken: by the built-in types, and by the languages that AIDL is translated to.
namespace shmidl::sema {
namespace {

using diag::Code;

/// Words of Java and of C++, which no package and no type may be called.
constexpr std::array<std::string_view, 33> kWords = {
    "break",   "case",  "catch", "char",   "class",  "continue", "default", "do",   "double", "else", "enum",   "false",    "float", "for",
    "goto",    "if",    "int",   "long",   "new",    "private",  "protected", "public", "return", "short", "static", "switch", "this",  "throw",
    "true",    "try",   "void",  "volatile", "while"};
/// What Java keeps besides them.
constexpr std::array<std::string_view, 20> kJavaWords = {"abstract", "assert",  "boolean",   "byte",     "const",   "extends",      "final",
                                                         "finally",  "implements", "import", "instanceof", "interface", "native", "null",
                                                         "package",  "strictfp", "super",    "synchronized", "throws", "transient"};

template <class List>
bool is_in(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void check_part(Context& context, const ast::Name& name) {
  const bool word = is_in(kWords, name.text);
  if (!word && (!is_builtin(ast::Dialect::aidl, name.text) || name.text == "blob")) return;  // `blob` is only ours
  context.error(Code::reserved_name, name.span,
                "`" + name.text + (word ? "` is a word of Java and C++, and names no package and no type"
                                        : "` is a built-in type, and names nothing else"),
                "give it another name");
}

/// What a C file declares to have it at all, such as `typedef unsigned char uint8_t;`, is there already.
void check_idl_name(Context& context, const Declaration& declaration) {
  const ast::Name& name = declaration.written->name;
  if (is_builtin(ast::Dialect::idl, name.text))
    context.error(Code::reserved_name, name.span, "`" + name.text + "` is a built-in type, and names nothing else",
                  declaration.kind == DeclKind::alias ? "remove the typedef" : "give it another name");
}

void check_names(Context& context, const Unit& unit) {
  if (!unit.is_aidl()) return each_declaration(unit.declarations, [&](const Declaration& declaration) { check_idl_name(context, declaration); });
  for (const ast::Name& part : unit.file.package.parts) check_part(context, part);
  each_declaration(unit.declarations, [&](const Declaration& declaration) {
    const std::vector<ast::Name>& dotted = declaration.written->dotted.parts;
    if (dotted.empty()) return check_part(context, declaration.written->name);
    for (const ast::Name& part : dotted) check_part(context, part);
  });
}

void check_methods(Context& context, const Declaration& declaration) {
  static constexpr std::array<std::string_view, 4> kReserved = {"getInterfaceVersion", "getInterfaceHash", "asBinder",
                                                                "getTransactionName"};
  for (const Method& method : declaration.methods) {
    const ast::Name& name = method.written->name;
    const std::vector<Parameter>& parameters = method.parameters;
    const bool same = name.text == kReserved.back() ? parameters.size() == 1 && parameters[0].type.is(TypeKind::int32) : parameters.empty();
    if (same && is_in(kReserved, name.text))
      context.error(Code::reserved_name, name.span, "`" + name.text + "` is a method that every AIDL interface has",
                    "give it another name");
    for (const Parameter& parameter : method.parameters) {
      const Span span = parameter.written->name.span;
      if (parameter.name.starts_with("_aidl"))
        context.error(Code::reserved_name, span, "names that begin with `_aidl` are reserved", "give it another name");
      else if (is_in(kWords, parameter.name) || is_in(kJavaWords, parameter.name))
        context.error(Code::reserved_name, span, "`" + parameter.name + "` is a word of Java, and no name of a parameter in AIDL",
                      "write `" + parameter.name + "_`");
    }
  }
}

}  // namespace

void check_reserved_names(Context& context) {
  for (const auto& unit : context.program.units) check_names(context, *unit);
  each_checked_declaration(context.program, [&](const Declaration& declaration) {
    if (declaration.unit->is_aidl()) check_methods(context, declaration);
  });
}

}  // namespace shmidl::sema
