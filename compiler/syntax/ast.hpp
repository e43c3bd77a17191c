#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/span.hpp"

// What was typed, in either dialect. Nothing here is resolved or checked: that is the model's side.
namespace shmidl::ast {

using source::Span;

enum class Dialect : std::uint8_t { idl, aidl };

struct Name {
  std::string text;
  Span span;
};

/// `a.b.C`, as written.
struct Path {
  std::vector<Name> parts;
  Span span;

  [[nodiscard]] std::string text() const {
    std::string result;
    for (const Name& part : parts) result += (result.empty() ? "" : ".") + part.text;
    return result;
  }
};

enum class ExprKind : std::uint8_t { none, integer, floating, string, character, boolean, name, unary, binary, list };

/// A constant expression. `text` is the literal, the dotted name or the operator; `args` are the operands or the elements.
struct Expr {
  ExprKind kind = ExprKind::none;
  std::string text;
  std::vector<Expr> args;
  Span span;

  [[nodiscard]] bool present() const { return kind != ExprKind::none; }
};

struct Argument {
  Name name;  ///< empty for a single unnamed value
  Expr value;
};

struct Annotation {
  Name name;
  std::vector<Argument> arguments;
  Span span;
};

/// One pair of brackets; without a size for `[]`.
struct Dimension {
  Expr size;
  Span span;
};

struct Type {
  std::vector<Annotation> annotations;
  bool is_const = false;
  bool is_stream = false;
  Path name;
  std::vector<Type> arguments;
  std::vector<Dimension> dimensions;
  std::vector<Span> pointers;  ///< one per `*`
  bool pointer_is_const = false;  ///< `const` stands behind the last `*`
  Span span;
};

enum class Direction : std::uint8_t { none, in, out, inout };

struct Parameter {
  Direction direction = Direction::none;
  Span direction_span;
  Type type;
  Name name;
  Span span;
};

struct Method {
  std::string doc;
  std::vector<Annotation> annotations;
  bool oneway = false;
  Type result;
  Name name;
  std::vector<Parameter> parameters;
  std::vector<Type> throws;
  Expr id;
  Span span;
};

struct Constant {
  std::string doc;
  std::vector<Annotation> annotations;
  Type type;
  Name name;
  Expr value;
  Span span;
};

struct Field {
  std::string doc;
  std::vector<Annotation> annotations;
  Type type;
  Name name;
  Expr value;  ///< the default, if one is written
  Span span;
};

struct Enumerator {
  std::string doc;
  std::vector<Annotation> annotations;
  Name name;
  Expr value;
  Span span;
};

/// `cpp_header "a/b.h"` of an unstructured parcelable.
struct NativeHeader {
  Name kind;
  Expr path;
};

enum class DeclKind : std::uint8_t { interface, structure, union_, enumeration, alias, forward, unstructured };

struct Declaration {
  DeclKind kind = DeclKind::interface;
  std::string doc;
  std::vector<Annotation> annotations;
  bool oneway = false;
  Span keyword;  ///< the word that opened it
  Name name;     ///< empty for a nameless block
  Path dotted;   ///< an unstructured parcelable's name may have dots
  std::vector<Name> parameters;
  std::vector<NativeHeader> headers;
  Type type;  ///< an alias's target, an enum's underlying type
  std::vector<Method> methods;
  std::vector<Constant> constants;
  std::vector<Field> fields;
  std::vector<Enumerator> enumerators;
  std::vector<Declaration> nested;
  std::vector<Declaration> siblings;  ///< while parsing: the base and the further names of one typedef
  Span span;
};

struct Import {
  std::string path;  ///< a file path in .idl, a dotted name in .aidl
  Span span;
};

struct File {
  Dialect dialect = Dialect::idl;
  std::uint32_t id = 0;
  Path package;
  std::vector<Import> imports;
  std::vector<Constant> constants;
  std::vector<Declaration> declarations;
  // What could not be read. A reference to it is not reported a second time.
  std::vector<std::string> lost;    ///< names of declarations with a fault
  bool incomplete = false;          ///< a declaration whose name is unknown, or an import
  bool members_incomplete = false;  ///< something inside a declaration
};

}  // namespace shmidl::ast
