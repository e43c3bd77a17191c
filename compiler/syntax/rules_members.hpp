#pragma once

#include "syntax/rules_shared.hpp"

// Types, parameters and members. Where the dialects differ, the rule exists twice; the rest is shared. Included by grammar.cpp alone.
namespace shmidl::syntax {
namespace {

struct DimensionRule;
struct AidlTypeRule;
struct IdlTypeRule;
struct ThrowsRule;

const x3::rule<DimensionRule, ast::Dimension> dimension = "an array size";
const x3::rule<AidlTypeRule, ast::Type> aidl_type = "a type";
const x3::rule<IdlTypeRule, ast::Type> idl_type = "a type";

const auto dimension_def = start >> mark("[") > -expr[set(&ast::Dimension::size)] > mark("]") > finish_;

const auto annotations_of_type = *annotation[add(&ast::Type::annotations)];
const auto single_name = [](auto& context) {
  ast::Name& name = x3::_attr(context);
  ast::Path& type = x3::_val(context).name;
  type.span = name.span;
  type.parts.push_back(std::move(name));
};

const auto aidl_type_def = start >> annotations_of_type >>
                           (ForeignName{refuse_qualified}[set(&ast::Type::name)] | ForeignName{refuse_c_type}[set(&ast::Type::name)] |
                            path[set(&ast::Type::name)]) >>
                           -(mark("<") > aidl_type[add(&ast::Type::arguments)] >> *(mark(",") > aidl_type[add(&ast::Type::arguments)]) >
                             mark(">", "`,` or `>`")) >> -Refused{refuse_pointer} >> -Refused{refuse_reference} > *dimension[add(&ast::Type::dimensions)] > finish_;

const auto is_const = mark("const")[on(&ast::Type::is_const)];
const auto star = [](auto& context) {
  x3::_val(context).pointers.push_back(x3::_attr(context));
  x3::_val(context).pointer_is_const = false;
};
const auto idl_type_def =
    start >> annotations_of_type >> *Refused{refuse_specifier} >> -is_const >> -(mark("struct") | mark("enum") | mark("union")) >>
    (CTypeWords{}[single_name] | ForeignName{refuse_qualified}[set(&ast::Type::name)] | path[set(&ast::Type::name)]) >> -is_const >>
    -(mark("<") > idl_type[add(&ast::Type::arguments)] >> *(mark(",") > idl_type[add(&ast::Type::arguments)]) > mark(">", "`,` or `>`")) >>
    *(mark("*")[star] >> -mark("const")[on(&ast::Type::pointer_is_const)]) >> -Refused{refuse_reference} >> *dimension[add(&ast::Type::dimensions)] > finish_;

BOOST_SPIRIT_DEFINE(dimension, aidl_type, idl_type)

// --- parameters

const auto direction_is = [](ast::Direction direction) {
  return [direction](auto& context) {
    x3::_val(context).direction = direction;
    x3::_val(context).direction_span = x3::_attr(context);
  };
};
const auto direction = mark("inout")[direction_is(ast::Direction::inout)] | mark("in")[direction_is(ast::Direction::in)] |
                       mark("out")[direction_is(ast::Direction::out)];
const auto parameter_annotation = annotation[add_to_type(&ast::Type::annotations)];
/// The annotations before a direction and those of the type itself belong together.
const auto parameter_type = [](auto& context) {
  std::vector<ast::Annotation> before = std::move(x3::_val(context).type.annotations);
  if (!before.empty()) check_order(state_of(context), join(before.front().span, before.back().span), x3::_val(context).direction_span);
  ast::Type& type = x3::_val(context).type;
  type = std::move(x3::_attr(context));
  type.annotations.insert(type.annotations.begin(), before.begin(), before.end());
};

struct AidlParameterRule;
struct IdlParameterRule;
const x3::rule<AidlParameterRule, ast::Parameter> aidl_parameter = "a parameter";
const x3::rule<IdlParameterRule, ast::Parameter> idl_parameter = "a parameter";

const Identifier aidl_name{ast::Dialect::aidl};
const Identifier idl_name{ast::Dialect::idl};

const auto aidl_parameter_def = start >> *parameter_annotation >> -direction >> aidl_type[parameter_type] >
                                aidl_name.of("the name of the parameter")[set(&ast::Parameter::name)] > -Refused{refuse_default} > finish_;
const auto idl_parameter_def = start >> *parameter_annotation >> -direction >> idl_type[parameter_type] >>
                               (Refused{refuse_function_pointer} |
                                (x3::eps > idl_name.of("the name of the parameter")[set(&ast::Parameter::name)] > *dimension[add_to_type(&ast::Type::dimensions)] >
                                 -Refused{refuse_bit_field} > -Refused{refuse_default} > finish_));

BOOST_SPIRIT_DEFINE(aidl_parameter, idl_parameter)

// --- methods, constants, fields, enumerators

struct AidlMethodRule : InBlock {};
struct IdlMethodRule : InBlock {};
struct AidlConstantRule : InBlock {};
struct IdlConstantRule : InBlock {};
struct IdlOwnConstantRule : InBlock {};
struct AidlFieldRule : InBlock {};
struct DeclaratorRule;
struct FieldLineRule : InBlock {};
struct EnumeratorRule : InBlock {};

const x3::rule<AidlMethodRule, ast::Method> aidl_method = "a method";
const x3::rule<IdlMethodRule, ast::Method> idl_method = "a method";
const x3::rule<AidlConstantRule, ast::Constant> aidl_constant = "a constant";
const x3::rule<IdlConstantRule, ast::Constant> idl_constant = "a constant";
const x3::rule<IdlOwnConstantRule, ast::Constant> idl_own_constant = "a constant";
const x3::rule<AidlFieldRule, ast::Field> aidl_field = "a field";
const x3::rule<DeclaratorRule, Declarator> declarator = "the name of the field";
const x3::rule<FieldLineRule, FieldLine> field_line = "a field";
const x3::rule<EnumeratorRule, ast::Enumerator> enumerator = "an enumerator";

const auto oneway_ = mark("oneway")[on(&ast::Method::oneway)];
const auto method_annotations = *annotation[add(&ast::Method::annotations)];
const auto stream_ = mark("stream") >> &(mark("const") | CTypeWords{} | (any_name >> !mark("(")));
const auto result_of_stream = [](auto& context) { x3::_val(context).result.is_stream = true; };
const auto result_type = [](auto& context) {
  const bool stream = x3::_val(context).result.is_stream;
  x3::_val(context).result = std::move(x3::_attr(context));
  x3::_val(context).result.is_stream = stream;
};

const auto close_list = mark(")", "`,` or `)`");
const auto no_parameter = x3::eps > Never{"a parameter or `)`"};
const auto only_varargs = Refused{refuse_varargs} >> mark(")");

const auto aidl_method_def =
    start >> method_annotations >> -oneway_ >> method_annotations >>
    -(mark("stream")[result_of_stream] >> &(any_name >> !mark("("))) >> aidl_type[result_type] > aidl_name.of("the name of the method")[set(&ast::Method::name)] >
    mark("(") >
    (mark(")") |
     (aidl_parameter[add(&ast::Method::parameters)] >> *(mark(",") > aidl_parameter[add(&ast::Method::parameters)]) > close_list) |
     no_parameter) > *Refused{refuse_suffix} >
    -(mark("throws") > aidl_type[add(&ast::Method::throws)] >> *(mark(",") > aidl_type[add(&ast::Method::throws)])) >
    -(mark("=") > expr[set(&ast::Method::id)]) > (Refused{refuse_body} | Semicolon{}) > finish_;

const auto idl_method_def = start >> method_annotations >> -oneway_ >> method_annotations >>
                            -(&stream_ >> mark("stream")[result_of_stream]) >> idl_type[result_type] >>
                            ((Refused{refuse_function_pointer} >> Semicolon{}) |
                             (x3::eps > idl_name.of("the name of the method")[set(&ast::Method::name)] > mark("(") >
                              ((-mark("void") >> mark(")")) | only_varargs |
                               (idl_parameter[add(&ast::Method::parameters)] >>
                                *(mark(",") > (Refused{refuse_varargs} | idl_parameter[add(&ast::Method::parameters)] |
                                               (x3::eps > Never{"a parameter"}))) > close_list) |
                               no_parameter) > *Refused{refuse_suffix} > -(mark("throws") > idl_type[add(&ast::Method::throws)] >>
                                                                           *(mark(",") > idl_type[add(&ast::Method::throws)])) >
                              -(mark("=") > expr[set(&ast::Method::id)]) > (Refused{refuse_body} | Semicolon{}) > finish_));

const auto constant_annotations = *annotation[add(&ast::Constant::annotations)];
const auto aidl_constant_def = start >> constant_annotations >>
                               mark("const") > aidl_type[set(&ast::Constant::type)] > aidl_name.of("the name of the constant")[set(&ast::Constant::name)] >
                               (Refused{refuse_no_value} | (mark("=") > expr[set(&ast::Constant::value)])) > Semicolon{} > finish_;
const auto idl_constant_rest = idl_name[set(&ast::Constant::name)] >> *dimension[add_to_type(&ast::Type::dimensions)] >>
                               mark("=") > expr[set(&ast::Constant::value)] > Semicolon{} > finish_;
const auto idl_constant_type = start >> constant_annotations >> &mark("const") >> idl_type[set(&ast::Constant::type)];
/// `const char *text` is a pointer that may be set, to what may not: beside fields it is one, and its value a default.
const auto cannot_be_set = [](auto& context) {
  const ast::Type& type = x3::_val(context).type;
  x3::_pass(context) = type.pointers.empty() || type.pointer_is_const;
};
const auto idl_constant_def = idl_constant_type >> idl_constant_rest;
const auto idl_own_constant_def = idl_constant_type >> x3::eps[cannot_be_set] >> idl_constant_rest;

const auto aidl_field_def = start >> *annotation[add(&ast::Field::annotations)] >> aidl_type[set(&ast::Field::type)] >
                            aidl_name.of("the name of the field")[set(&ast::Field::name)] > -Refused{refuse_bit_field} > -(mark("=") > expr[set(&ast::Field::value)]) > Semicolon{} > finish_;

const auto declarator_def = start >> *mark("*")[add(&Declarator::pointers)] >>
                            (Refused{refuse_function_pointer} |
                             (idl_name[set(&Declarator::name)] >> *dimension[add(&Declarator::dimensions)] >> -Refused{refuse_bit_field} >>
                              -(mark("=") > expr[set(&Declarator::value)]) > finish_));
const auto field_line_def = start >> *annotation[add(&FieldLine::annotations)] >> idl_type[set(&FieldLine::type)] >
                            declarator[add(&FieldLine::declarators)] >
                            *(mark(",") > declarator[add(&FieldLine::declarators)]) > Semicolon{} > finish_;

const auto enumerator_def = start >> *annotation[add(&ast::Enumerator::annotations)] >> any_name[set(&ast::Enumerator::name)] >
                            -(mark("=") > expr[set(&ast::Enumerator::value)]) > finish_;

BOOST_SPIRIT_DEFINE(aidl_method, idl_method, aidl_constant, idl_constant, idl_own_constant, aidl_field, declarator, field_line, enumerator)

}  // namespace
}  // namespace shmidl::syntax
