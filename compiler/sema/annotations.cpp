#include <algorithm>
#include <array>
#include <set>

#include "diag/suggest.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

// Where an annotation may stand.
enum Target : unsigned {
  kInterface = 1,
  kStructure = 2,
  kUnion = 4,
  kEnum = 8,
  kUnstructured = 16,
  kMethod = 32,
  kField = 64,
  kConstant = 128,
  kEnumerator = 256,
  kType = 512,
  kDeclarations = kInterface | kStructure | kUnion | kEnum | kUnstructured,
  kMembers = kMethod | kField | kConstant | kEnumerator,
  kAll = kDeclarations | kMembers | kType,
};

enum class Action : unsigned char { accept, later };

struct Rule {
  std::string_view name;
  unsigned targets;
  std::string_view parameters;  ///< names, separated by spaces; `!` before a required one
  Action action = Action::accept;
  bool repeatable = false;
};

/// The annotations of AIDL, as its compiler has them, and shmidl's own.
constexpr std::array kRules = {
    Rule{"Backing", kEnum, "!type"},
    Rule{"Descriptor", kInterface, "!value"},
    Rule{"EnforcePermission", kInterface | kMethod, "value anyOf allOf"},
    Rule{"FixedSize", kStructure | kUnion, ""},
    Rule{"JavaDefault", kInterface, ""},
    Rule{"JavaDelegator", kInterface, ""},
    Rule{"JavaDerive", kStructure | kUnion | kEnum, "toString equals"},
    Rule{"JavaOnlyImmutable", kStructure | kUnion | kUnstructured, ""},
    Rule{"JavaOnlyStableParcelable", kUnstructured, ""},
    Rule{"JavaPassthrough", kAll, "!annotation", Action::accept, true},
    Rule{"JavaSuppressLint", kAll, "!value"},
    Rule{"NdkOnlyStableParcelable", kUnstructured, ""},
    Rule{"PermissionManuallyEnforced", kInterface | kMethod, ""},
    Rule{"PropagateAllowBlocking", kMethod, ""},
    Rule{"RequiresNoPermission", kInterface | kMethod, ""},
    Rule{"RustDerive", kStructure | kUnion, "Copy Clone PartialOrd Ord PartialEq Eq Hash"},
    Rule{"RustOnlyStableParcelable", kUnstructured, ""},
    Rule{"SensitiveData", kInterface, "", Action::later},
    Rule{"SuppressWarnings", kDeclarations | kMembers, "!value"},
    Rule{"UnsupportedAppUsage", kDeclarations | kMembers | kType,
         "expectedSignature implicitMember maxTargetSdk publicAlternatives trackingBug"},
    Rule{"VersionSupport", kInterface, "version"},
    Rule{"VintfStability", kDeclarations, ""},
    Rule{"nullable", kType | kMethod | kField, "heap", Action::later},
    Rule{"utf8InCpp", kType | kMethod | kField | kConstant, ""},
    Rule{"Copy", kInterface | kMethod | kType, "", Action::later},
    Rule{"Deadline", kInterface | kMethod, "!value", Action::later},
    Rule{"Idempotent", kInterface | kMethod, "", Action::later},
    Rule{"InPlace", kInterface | kMethod | kType, "", Action::later},
    Rule{"Inline", kInterface | kMethod, "", Action::later},
    Rule{"MaxSize", kType | kMethod | kField, "!value", Action::later},
    Rule{"Serial", kInterface, "", Action::later},
};

std::string target_names(unsigned targets) {
  static constexpr std::pair<unsigned, std::string_view> kNames[] = {{kInterface, "an interface"},
                                                                     {kStructure, "a parcelable or struct"},
                                                                     {kUnion, "a union"},
                                                                     {kEnum, "an enum"},
                                                                     {kUnstructured, "a parcelable without fields"},
                                                                     {kMethod, "a method"},
                                                                     {kField, "a field"},
                                                                     {kConstant, "a constant"},
                                                                     {kEnumerator, "an enumerator"},
                                                                     {kType, "a type"}};
  std::string text;
  for (const auto& [bit, name] : kNames)
    if ((targets & bit) != 0) text += (text.empty() ? "" : ", ") + std::string{name};
  return text;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    std::string_view first = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(list.size(), first.size() + 1));
    if (first.starts_with('!')) first.remove_prefix(1);
    if (first == word) return true;
  }
  return false;
}

class Checker {
 public:
  explicit Checker(Context& context) : context_(context) {}

  void run(const std::vector<ast::Annotation>& annotations, unsigned target) {
    for (auto annotation = annotations.begin(); annotation != annotations.end(); ++annotation) {
      const Rule* const rule = find(*annotation);
      if (rule == nullptr) continue;
      const auto first =
          std::find_if(annotations.begin(), annotation, [&](const ast::Annotation& a) { return a.name.text == annotation->name.text; });
      if (first != annotation && !rule->repeatable)
        context_.error(Code::annotation_target, annotation->span, "`@" + annotation->name.text + "` is given twice", {},
                       {{first->span, "first given here"}});
      if ((rule->targets & target) == 0) {
        context_.error(Code::annotation_target, annotation->span,
                       "`@" + annotation->name.text + "` does not belong to " + target_names(target),
                       "it belongs to " + target_names(rule->targets));
        continue;
      }
      check_parameters(*annotation, *rule);
      if (rule->action == Action::later)
        context_.error(Code::not_supported, annotation->span, "`@" + annotation->name.text + "` is not done by this version of shmidl");
    }
  }

  void run(const ast::Type& type) {
    run(type.annotations, kType);
    for (const ast::Type& argument : type.arguments) run(argument);
  }

  void run(const Declaration& declaration) {
    const ast::Declaration& written = *declaration.written;
    static constexpr unsigned kTargets[] = {kInterface, kStructure, kUnion, kEnum, kDeclarations, kInterface, kUnstructured};
    run(written.annotations, kTargets[static_cast<std::size_t>(written.kind)]);
    run(written.type);
    for (const ast::Method& method : written.methods) {
      run(method.annotations, kMethod);
      run(method.result);
      for (const ast::Parameter& parameter : method.parameters) run(parameter.type);
    }
    for (const ast::Field& field : written.fields) {
      run(field.annotations, kField);
      run(field.type);
    }
    for (const ast::Constant& constant : written.constants) {
      run(constant.annotations, kConstant);
      run(constant.type);
    }
    for (const ast::Enumerator& enumerator : written.enumerators) run(enumerator.annotations, kEnumerator);
  }

 private:
  const Rule* find(const ast::Annotation& annotation) {
    const auto rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.name == annotation.name.text; });
    if (rule != kRules.end()) return &*rule;
    std::vector<std::string> names;
    for (const Rule& r : kRules) names.emplace_back(r.name);
    std::sort(names.begin(), names.end());
    const std::string near = diag::suggest(annotation.name.text, names);
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "@" : ", @") + name;
    context_.error(Code::unknown_annotation, annotation.span, "`@" + annotation.name.text + "` is not a known annotation",
                   near.empty() ? "known are " + all : "write `@" + near + "`");
    return nullptr;
  }

  void check_parameters(const ast::Annotation& annotation, const Rule& rule) {
    std::set<std::string> given;
    bool unknown = false;
    for (const ast::Argument& argument : annotation.arguments) {
      const bool unnamed = argument.name.text.empty();
      const std::string name = unnamed ? "value" : argument.name.text;
      if (!has_word(rule.parameters, name)) {
        unknown = true;
        std::string known{rule.parameters};
        std::erase(known, '!');
        context_.error(Code::annotation_parameter, unnamed ? argument.value.span : argument.name.span,
                       unnamed ? "`@" + std::string{rule.name} + "` takes no unnamed value"
                               : "`@" + std::string{rule.name} + "` has no parameter `" + name + "`",
                       known.empty() ? "it has no parameters" : "its parameters are `" + known + "`");
      }
      if (argument.value.kind == ast::ExprKind::name && rule.name != "RustDerive")
        context_.error(Code::annotation_parameter, argument.value.span,
                       "the parameters of an annotation are written out, not named constants");
      given.insert(name);
    }
    std::string_view list = rule.parameters;
    while (!list.empty()) {
      std::string_view first = list.substr(0, list.find(' '));
      list.remove_prefix(std::min(list.size(), first.size() + 1));
      if (!first.starts_with('!')) continue;
      first.remove_prefix(1);
      if (!unknown && !given.contains(std::string{first}))
        context_.error(Code::annotation_parameter, annotation.span,
                       "`@" + std::string{rule.name} + "` needs its parameter `" + std::string{first} + "`");
    }
  }

  Context& context_;
};

const ast::Annotation* annotation(const Declaration& declaration, std::string_view name) {
  for (const ast::Annotation& a : declaration.written->annotations)
    if (a.name.text == name) return &a;
  return nullptr;
}

const ast::Expr* string_parameter(const ast::Annotation& annotation, std::string_view name) {
  for (const ast::Argument& argument : annotation.arguments)
    if (argument.value.kind == ast::ExprKind::string && (argument.name.text == name || (argument.name.text.empty() && name == "value")))
      return &argument.value;
  return nullptr;
}

void apply_backing(Context& context, Declaration& declaration, const ast::Annotation& backing) {
  const ast::Expr* const type = string_parameter(backing, "type");
  static constexpr std::pair<std::string_view, TypeKind> kTypes[] = {
      {"byte", TypeKind::int8}, {"int", TypeKind::int32}, {"long", TypeKind::int64}};
  for (const auto& [name, kind] : kTypes)
    if (type != nullptr && type->text == name) declaration.type = {kind, nullptr, nullptr, 0};
  const bool known = !declaration.type.is(TypeKind::error);
  if (!known && !backing.arguments.empty() && backing.arguments.front().name.text == "type")
    context.error(Code::annotation_parameter, backing.arguments.front().value.span, "an enum is stored as \"byte\", \"int\" or \"long\"");
  if (!known) declaration.type = {TypeKind::int32, nullptr, nullptr, 0};
}

}  // namespace

void check_annotations(Context& context) {
  Checker checker(context);
  for (const auto& unit : context.program.units)
    for (const ast::Constant& constant : unit->file.constants) checker.run(constant.annotations, kConstant);
  each_declaration(context.program, [&](Declaration& declaration) {
    checker.run(declaration);
    if (const ast::Annotation* const backing = annotation(declaration, "Backing");
        backing != nullptr && declaration.kind == DeclKind::enumeration)
      apply_backing(context, declaration, *backing);
    if (const ast::Annotation* const descriptor = annotation(declaration, "Descriptor"); descriptor != nullptr)
      if (const ast::Expr* const value = string_parameter(*descriptor, "value")) declaration.wire_name = value->text;
    declaration.frozen = annotation(declaration, "FixedSize") != nullptr;
    declaration.stable =
        annotation(declaration, "VintfStability") != nullptr || (declaration.parent != nullptr && declaration.parent->stable);
  });
}

}  // namespace shmidl::sema
