#pragma once

#include "syntax/build.hpp"
#include "syntax/lexemes.hpp"

// Rules that both dialects have: names, expressions, annotations. Included by grammar.cpp alone.
namespace shmidl::syntax {
namespace {

// --- what an action does with the attribute of the parser before it

template <class Member>
auto set(Member member) {
  return [member](auto& context) { x3::_val(context).*member = std::move(x3::_attr(context)); };
}
template <class Member>
auto add(Member member) {
  return [member](auto& context) { (x3::_val(context).*member).push_back(std::move(x3::_attr(context))); };
}
/// Adds to a member of the node's type.
template <class Member>
auto add_to_type(Member member) {
  return [member](auto& context) { (x3::_val(context).type.*member).push_back(std::move(x3::_attr(context))); };
}
template <class Member>
auto on(Member member) {
  return [member](auto& context) { x3::_val(context).*member = true; };
}

/// `start >> … >> finish` gives a node its span. A node that was left in between has none, and is dropped later.
const auto start = Here{}[([](auto& context) { x3::_val(context).span = x3::_attr(context); })];
const auto finish_ = Behind{}[([](auto& context) { x3::_val(context).span.end = x3::_attr(context); })];

// --- where to go on after a fault

struct InBlock {
  template <class Context>
  x3::error_handler_result on_error(const char*& first, const char* const&, const x3::expectation_failure<const char*>& fault,
                                    const Context& context) {
    State& state = state_of(context);
    report_expected(state, fault.where(), fault.which());
    state.members_incomplete = true;
    first = resume_in_block(state, fault.where());
    if (skip_blank(fault.where(), first) == first && *first == '}') state.astray = true;
    return x3::error_handler_result::accept;
  }
};

/// In a list without `;`, what follows a fault is not looked at.
struct ToBlockEnd {
  template <class Context>
  x3::error_handler_result on_error(const char*& first, const char* const&, const x3::expectation_failure<const char*>& fault,
                                    const Context& context) {
    State& state = state_of(context);
    report_expected(state, fault.where(), fault.which());
    state.members_incomplete = true;
    first = end_of_block(state, fault.where());
    return x3::error_handler_result::accept;
  }
};

/// A declaration keeps its name through a fault, so that what refers to it is not reported.
struct InDeclaration {
  template <class Context>
  x3::error_handler_result on_error(const char*& first, const char* const&, const x3::expectation_failure<const char*>& fault,
                                    const Context& context) {
    State& state = state_of(context);
    report_expected(state, fault.where(), fault.which());
    state.astray = true;
    first = resume_at_top(state, fault.where());
    return x3::error_handler_result::accept;
  }
};

struct AtTop {
  template <class Context>
  x3::error_handler_result on_error(const char*& first, const char* const&, const x3::expectation_failure<const char*>& fault,
                                    const Context& context) {
    State& state = state_of(context);
    report_expected(state, fault.where(), fault.which());
    state.incomplete = true;
    first = resume_at_top(state, fault.where());
    return x3::error_handler_result::accept;
  }
};

/// What is no declaration. Of a row of such, the first is told, and what opens a block of its own.
struct Astray {
  template <class Context>
  x3::error_handler_result on_error(const char*& first, const char* const&, const x3::expectation_failure<const char*>& fault,
                                    const Context& context) {
    State& state = state_of(context);
    if (!state.astray || opens_block(state, fault.where()) || misspells_declaration(state, fault.where()))
      report_expected(state, fault.where(), fault.which());
    state.incomplete = state.astray = true;
    first = resume_at_top(state, fault.where());
    return x3::error_handler_result::accept;
  }
};

// --- expressions

struct ExprRule;
struct ListRule;
struct OperandRule;
struct PrimaryRule;
struct ChainRule;
struct ReferenceRule;

const x3::rule<ExprRule, ast::Expr> expr = "a value";
const x3::rule<ListRule, ast::Expr> list = "a list of values";
const x3::rule<PrimaryRule, ast::Expr> primary = "a value";
const x3::rule<OperandRule, Operand> operand = "a value";
const x3::rule<ChainRule, Chain> chain = "a value";
const x3::rule<ReferenceRule, ast::Expr> reference = "a name";

const auto take = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
const auto take_folded = [](auto& context) { x3::_val(context) = fold(std::move(x3::_attr(context))); };
const auto name_part = [](auto& context) {
  ast::Expr& value = x3::_val(context);
  value.kind = ast::ExprKind::name;
  value.text += (value.text.empty() ? "" : ".") + x3::_attr(context).text;
};

const Identifier any_name{ast::Dialect::aidl};

const auto reference_def = start >> any_name[name_part] >> *(mark(".") > any_name[name_part]) > finish_;
const auto open_list = [](auto& context) {
  x3::_val(context).kind = ast::ExprKind::list;
  ++state_of(context).lists;
};
const auto close_values = [](auto& context) { --state_of(context).lists; };
const auto list_def = start >> mark("{")[open_list] >>
                      -(expr[add(&ast::Expr::args)] >> *(mark(",") >> expr[add(&ast::Expr::args)]) >> -mark(",")) >
                      mark("}", "`,` or `}`")[close_values] > finish_;
const auto primary_def = Literal{}[take] | list[take] | reference[take] | (mark("(") > expr[take] > mark(")"));
const auto operand_def = *Operator{true}[add(&Operand::prefixes)] >> primary[set(&Operand::value)];
const auto chain_def = operand[([](auto& context) { x3::_val(context).operands.push_back(fold(std::move(x3::_attr(context)))); })] >>
                       *(Operator{false}[add(&Chain::operators)] >
                         operand[([](auto& context) { x3::_val(context).operands.push_back(fold(std::move(x3::_attr(context)))); })]);
const auto expr_def = chain[take_folded];

BOOST_SPIRIT_DEFINE(expr, list, primary, operand, chain, reference)

// --- annotations, names

struct ArgumentRule;
struct AnnotationRule;
struct PathRule;

const x3::rule<ArgumentRule, ast::Argument> argument = "an annotation's parameter";
const x3::rule<AnnotationRule, ast::Annotation> annotation = "an annotation";
const x3::rule<PathRule, ast::Path> path = "a name";

const auto argument_def =
    (&(any_name >> mark("=")) >> any_name[set(&ast::Argument::name)] >> mark("=") > expr[set(&ast::Argument::value)]) |
    expr[set(&ast::Argument::value)];
const auto annotation_def = start >> AtSign{} > any_name.of("the name of the annotation")[set(&ast::Annotation::name)] >
                            -(mark("(") > -(argument[add(&ast::Annotation::arguments)] >>
                                            *(mark(",") > argument[add(&ast::Annotation::arguments)])) > mark(")", "`,` or `)`")) > finish_;
const auto path_def = start >> any_name[add(&ast::Path::parts)] >> *(mark(".") > any_name[add(&ast::Path::parts)]) > finish_;

BOOST_SPIRIT_DEFINE(argument, annotation, path)

}  // namespace
}  // namespace shmidl::syntax
