#pragma once

#include <vector>

#include "syntax/ast.hpp"
#include "syntax/state.hpp"

// What the grammars collect on the way to a tree, and the few steps from one to the other.
namespace shmidl::syntax {

/// Operands and the operators between them, in the order of the text.
struct Chain {
  std::vector<ast::Expr> operands;
  std::vector<ast::Name> operators;
};

/// Prefix operators and what they stand before.
struct Operand {
  std::vector<ast::Name> prefixes;
  ast::Expr value;
};

/// A C declarator: what stands after the base type.
struct Declarator {
  std::vector<ast::Span> pointers;
  ast::Name name;
  std::vector<ast::Dimension> dimensions;
  ast::Expr value;
  ast::Span span;
};

/// `int a, b[4];`
struct FieldLine {
  std::vector<ast::Annotation> annotations;
  ast::Type type;
  std::vector<Declarator> declarators;
  ast::Span span;
};

[[nodiscard]] ast::Expr fold(Operand operand);
/// Applies C's precedence.
[[nodiscard]] ast::Expr fold(Chain chain);
[[nodiscard]] std::vector<ast::Field> spread(FieldLine line);

/// Gives an alias its name; a second one becomes a sibling.
void add_alias_to(ast::Declaration& alias, Declarator declarator);
/// In AIDL the annotations of a parameter stand behind its direction.
void check_order(State& state, ast::Span annotations, ast::Span direction);
/// Takes a `package` or an `import`, and reports one that stands in a wrong place.
void place_package(State& state, ast::File& file, ast::Path package);
void place_import(State& state, ast::File& file, ast::Import import);

/// Drops what could not be read to its end and attaches documentation.
void finish(ast::File& file, const Comments& comments);

/// Refuses texts nested deeper than the parser goes; false when it did.
[[nodiscard]] bool check_nesting(State& state);

}  // namespace shmidl::syntax
