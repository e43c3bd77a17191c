#pragma once

#include "syntax/rules_members.hpp"

// Declarations and files of both dialects. Included by grammar.cpp alone.
namespace shmidl::syntax {
namespace {

using ast::Declaration;
using ast::DeclKind;

const auto opens = [](DeclKind kind) {
  return [kind](auto& context) {
    x3::_val(context).kind = kind;
    x3::_val(context).keyword = x3::_attr(context);
    state_of(context).astray = false;
  };
};
const auto becomes = [](DeclKind kind) { return [kind](auto& context) { x3::_val(context).kind = kind; }; };
const auto add_fields = [](auto& context) {
  for (ast::Field& field : spread(std::move(x3::_attr(context)))) x3::_val(context).fields.push_back(std::move(field));
};

struct JunkRule : InBlock {};
struct JunkTopRule : Astray {};
struct EnumJunkRule : ToBlockEnd {};
const x3::rule<JunkRule, ast::Span> junk = "a member";
const x3::rule<JunkTopRule, ast::Span> junk_top = "a declaration";
const x3::rule<EnumJunkRule, ast::Span> enum_junk = "an enumerator";
const auto junk_def = !(mark("}") | Nothing{}) >> (Refused{refuse_preprocessor} | (x3::eps > Never{"a member or `}`"}));
const auto junk_top_def = !Nothing{} >> (Refused{refuse_preprocessor} | Refused{refuse_stray_brace} | (x3::eps > Never{"a declaration"}));
const auto enum_junk_def = !(mark("}") | Nothing{}) >> (Refused{refuse_preprocessor} | (x3::eps > Never{"`,` or `}`"}));
BOOST_SPIRIT_DEFINE(junk, junk_top, enum_junk)

struct IdlDeclRule : InDeclaration {};
struct AidlDeclRule : InDeclaration {};
struct EnumBodyRule;
const x3::rule<IdlDeclRule, Declaration> idl_declaration = "a declaration";
const x3::rule<AidlDeclRule, Declaration> aidl_declaration = "a declaration";

const auto declaration_annotations = *annotation[add(&Declaration::annotations)];
// What follows a `{`. Each begins with something that cannot fail, so that a missing `{` is told as such.
const auto enumerators = -(enumerator[add(&Declaration::enumerators)] >> *(mark(",") >> enumerator[add(&Declaration::enumerators)]) >>
                           -mark(",")) > -enum_junk > mark("}");

// --- .idl

const Refused foreign{refuse_block};
const Refused foreign_to_aidl{refuse_aidl_block};
const Refused specifier{refuse_specifier};
const Refused bare_constant{refuse_bare_constant};

const auto idl_interface_body = *(foreign | specifier | bare_constant | idl_constant[add(&Declaration::constants)] |
                                  idl_declaration[add(&Declaration::nested)] | idl_method[add(&Declaration::methods)] | junk) > mark("}");
const auto idl_fields = *(foreign | specifier | idl_own_constant[add(&Declaration::constants)] | idl_declaration[add(&Declaration::nested)] |
                          field_line[add_fields] | junk) > mark("}");

/// `struct Stat` opens a declaration, unless it only spells a type: `struct Stat find(int fd);`
const auto commits = !(idl_name >> (idl_name | mark("*") | mark("[") | mark("&")));
const auto forward_or = [](const auto& body) {
  return mark(";")[becomes(DeclKind::forward)] | (-Refused{refuse_base} > OpenBrace{} > body > Semicolon{});
};

const auto idl_interface = -mark("oneway")[on(&Declaration::oneway)] >> mark("interface")[opens(DeclKind::interface)] >
                           -idl_name[set(&Declaration::name)] >> forward_or(idl_interface_body);
const auto idl_struct = mark("struct")[opens(DeclKind::structure)] >> commits > idl_name.of("the name of the struct")[set(&Declaration::name)] > forward_or(idl_fields);
const auto idl_union = mark("union")[opens(DeclKind::union_)] >> commits > idl_name.of("the name of the union")[set(&Declaration::name)] > forward_or(idl_fields);
const auto idl_enum = mark("enum")[opens(DeclKind::enumeration)] >> -Refused{refuse_enum_class} >> commits >
                      idl_name.of("the name of the enum")[set(&Declaration::name)] > -(mark(":") > idl_type[set(&Declaration::type)]) > mark("{") > enumerators
                      > Semicolon{};
struct AliasRule;
const x3::rule<AliasRule, Declarator> alias_name = "the new name";
const auto alias_name_def = start >> *mark("*")[add(&Declarator::pointers)] >> idl_name[set(&Declarator::name)] >>
                            *dimension[add(&Declarator::dimensions)] >> finish_;
BOOST_SPIRIT_DEFINE(alias_name)
const auto add_alias = [](auto& context) { add_alias_to(x3::_val(context), std::move(x3::_attr(context))); };

/// C's habit: `typedef struct [tag] { … } Name;`
const auto idl_tagged = mark("typedef") >> ((mark("struct")[opens(DeclKind::structure)] >> -idl_name >> mark("{") >> idl_fields) |
                                            (mark("union")[opens(DeclKind::union_)] >> -idl_name >> mark("{") >> idl_fields) |
                                            (mark("enum")[opens(DeclKind::enumeration)] >> -idl_name >> mark("{") >>
                                             enumerators)) > idl_name.of("the new name")[set(&Declaration::name)] > Semicolon{};
const auto idl_typedef = mark("typedef")[opens(DeclKind::alias)] > idl_type[set(&Declaration::type)] >
                         (Refused{refuse_function_pointer} | (alias_name[add_alias] > *(mark(",") > alias_name[add_alias]))) > Semicolon{};

const auto idl_declaration_def = start >> declaration_annotations >>
                                 (idl_interface | idl_struct | idl_union | idl_enum | idl_tagged | idl_typedef) > finish_;

// --- .aidl

const auto aidl_members = *(foreign_to_aidl | specifier | aidl_constant[add(&Declaration::constants)] |
                            aidl_declaration[add(&Declaration::nested)] | aidl_field[add(&Declaration::fields)] | junk) > mark("}");
const auto aidl_interface_body = *(foreign_to_aidl | specifier | aidl_constant[add(&Declaration::constants)] |
                                   aidl_declaration[add(&Declaration::nested)] | aidl_method[add(&Declaration::methods)] | junk) >
                                 mark("}");
const auto type_parameters = mark("<") > aidl_name.of("the name of the type parameter")[add(&Declaration::parameters)] >
                             *(mark(",") > aidl_name.of("the name of the type parameter")[add(&Declaration::parameters)]) > mark(">", "`,` or `>`");
const auto dotted_name = [](auto& context) {
  Declaration& declaration = x3::_val(context);
  declaration.dotted = std::move(x3::_attr(context));
  declaration.name = declaration.dotted.parts.back();
};
const auto header_of = [](const char* kind) {
  return [kind](auto& context) { x3::_val(context).headers.push_back({{kind, x3::_attr(context)}, {}}); };
};
const auto header_path = [](auto& context) { x3::_val(context).headers.back().path = std::move(x3::_attr(context)); };
const auto native_header = (mark("cpp_header")[header_of("cpp_header")] | mark("ndk_header")[header_of("ndk_header")] |
                            mark("rust_type")[header_of("rust_type")]) > QuotedPath{}[header_path];

const auto aidl_interface = -mark("oneway")[on(&Declaration::oneway)] >>
                            mark("interface")[opens(DeclKind::interface)] > aidl_name.of("the name of the interface")[set(&Declaration::name)] >
                            (mark(";")[becomes(DeclKind::forward)] | (-Refused{refuse_base} > OpenBrace{} > aidl_interface_body));
const auto parcelable_body = (mark("{") > aidl_members) | (*native_header > mark(";", "`{` or `;`")[becomes(DeclKind::unstructured)]);
const auto aidl_parcelable =
    mark("parcelable")[opens(DeclKind::structure)] > path[dotted_name] > -type_parameters > -Refused{refuse_base} > parcelable_body;
const auto aidl_union = mark("union")[opens(DeclKind::union_)] > aidl_name.of("the name of the union")[set(&Declaration::name)] > -type_parameters >
                        mark("{") > aidl_members;
const auto aidl_enum = mark("enum")[opens(DeclKind::enumeration)] > aidl_name.of("the name of the enum")[set(&Declaration::name)] > mark("{") > enumerators;

const auto aidl_declaration_def = start >> declaration_annotations >> (aidl_interface | aidl_parcelable | aidl_union | aidl_enum) > finish_
                                  > -Refused{refuse_semicolon};

BOOST_SPIRIT_DEFINE(idl_declaration, aidl_declaration)

// --- files

struct PackageRule : AtTop {};
struct IdlImportRule : AtTop {};
struct AidlImportRule : AtTop {};
struct IdlFileRule;
struct AidlFileRule;
const x3::rule<PackageRule, ast::Path> package = "`package`";
const x3::rule<IdlImportRule, ast::Import> idl_import = "`import`";
const x3::rule<AidlImportRule, ast::Import> aidl_import = "`import`";
const x3::rule<IdlFileRule, ast::File> idl_file = "a file";
const x3::rule<AidlFileRule, ast::File> aidl_file = "a file";

const auto package_def = mark("package") > path[take] > Semicolon{};
const auto idl_import_def = mark("import") > QuotedPath{}[([](auto& context) {
                              x3::_val(context) = {x3::_attr(context).text, x3::_attr(context).span};
                            })] > Semicolon{};
const x3::rule<struct ImportPathRule, ast::Path> import_path = "the name of a type to import";
const auto import_path_def = path[take];
BOOST_SPIRIT_DEFINE(import_path)
const auto aidl_import_def = mark("import") > -Refused{refuse_static} > import_path[([](auto& context) {
                               x3::_val(context) = {x3::_attr(context).text(), x3::_attr(context).span};
                             })] > Semicolon{};

const auto take_package = [](auto& context) { place_package(state_of(context), x3::_val(context), std::move(x3::_attr(context))); };
const auto take_import = [](auto& context) { place_import(state_of(context), x3::_val(context), std::move(x3::_attr(context))); };
const Refused loose{refuse_loose};

const auto idl_file_def = *(package[take_package] | idl_import[take_import] | foreign | specifier | bare_constant |
                            idl_constant[add(&ast::File::constants)] | idl_declaration[add(&ast::File::declarations)] | loose | junk_top);
const auto aidl_file_def = *(package[take_package] | aidl_import[take_import] | foreign_to_aidl | specifier |
                             aidl_declaration[add(&ast::File::declarations)] | loose | junk_top);

BOOST_SPIRIT_DEFINE(package, idl_import, aidl_import, idl_file, aidl_file)

}  // namespace
}  // namespace shmidl::syntax
