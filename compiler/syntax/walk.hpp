#pragma once

#include <string>
#include <vector>

#include "syntax/ast.hpp"

// Goes over what a declaration names, without knowing what the names mean.
namespace shmidl::ast {

/// A name and the declarations around it, outermost first.
template <class OnType, class OnConstant>
class Walk {
 public:
  /// `on_type(const Type&, around)`: each type as written, its arguments too. `on_constant(const Expr&, around)`: each name in an expression.
  /// Without `methods`, what the methods of interfaces take and give is left out.
  Walk(OnType on_type, OnConstant on_constant, bool methods = true)
      : on_type_(std::move(on_type)), on_constant_(std::move(on_constant)), methods_(methods) {}

  void declaration(const Declaration& declaration) {
    around_.push_back(&declaration);
    for (const Field& field : declaration.fields) {
      type(field.type);
      expression(field.value);
    }
    for (const Constant& constant : declaration.constants) {
      type(constant.type);
      expression(constant.value);
    }
    for (const Enumerator& enumerator : declaration.enumerators) expression(enumerator.value);
    for (const Method& method : declaration.methods) {
      if (!methods_) break;
      type(method.result);
      for (const Parameter& parameter : method.parameters) type(parameter.type);
      for (const Type& thrown : method.throws) type(thrown);
    }
    for (const Declaration& nested : declaration.nested) this->declaration(nested);
    around_.pop_back();
  }

  void type(const Type& type) {
    on_type_(type, around_);
    for (const Type& argument : type.arguments) this->type(argument);
    for (const Dimension& dimension : type.dimensions) expression(dimension.size);
  }

  void expression(const Expr& expr) {
    for (const Expr& arg : expr.args) expression(arg);
    if (expr.kind == ExprKind::name) on_constant_(expr, around_);
  }

 private:
  OnType on_type_;
  OnConstant on_constant_;
  bool methods_;
  std::vector<const Declaration*> around_;
};

}  // namespace shmidl::ast
