#include <algorithm>
#include <map>

#include "diag/suggest.hpp"
#include "sema/annotation_rules.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

const ast::Expr* reference_in(const ast::Expr& expr) {
  if (expr.kind == ast::ExprKind::name) return &expr;
  for (const ast::Expr& part : expr.args)
    if (const ast::Expr* const found = reference_in(part)) return found;
  return nullptr;
}

bool is_permission(std::string_view name) {
  return name == "EnforcePermission" || name == "PermissionManuallyEnforced" || name == "RequiresNoPermission";
}

const ast::Annotation* permission(const std::vector<ast::Annotation>& annotations) {
  const auto found = std::find_if(annotations.begin(), annotations.end(), [](const ast::Annotation& a) { return is_permission(a.name.text); });
  return found == annotations.end() ? nullptr : &*found;
}

class Checker {
 public:
  explicit Checker(Context& context) : context_(context) {}

  void run(const std::vector<ast::Annotation>& annotations, unsigned target) {
    for (auto annotation = annotations.begin(); annotation != annotations.end(); ++annotation) {
      const AnnotationRule* const rule = find(*annotation, target);
      if (rule == nullptr) continue;
      const auto first =
          std::find_if(annotations.begin(), annotation, [&](const ast::Annotation& a) { return a.name.text == annotation->name.text; });
      if (first != annotation && !rule->repeatable)
        context_.error(Code::annotation_target, annotation->span, "`@" + annotation->name.text + "` is given twice", "remove one of the two",
                       {{first->span, "first given here"}});
      // AIDL has no place for an annotation before an enumerator.
      const unsigned targets = scope_.unit->is_aidl() ? rule->targets & ~unsigned{kEnumerator} : rule->targets;
      if ((targets & target) == 0) {
        context_.error(Code::annotation_target, annotation->span,
                       "`@" + annotation->name.text + "` does not belong to " + names_of(target),
                       "it belongs to " + names_of(targets));
        continue;
      }
      check_parameters(*annotation, *rule, scope_);
    }
  }

  void run(const ast::Type& type) {
    run(type.annotations, kType);
    if (scope_.unit->is_aidl() && !type.arguments.empty() && !type.arguments.front().annotations.empty())  // AIDL looks at the first one alone
      context_.error(Code::annotation_target, type.arguments.front().annotations.front().span, "a type argument has no annotations",
                     "write it before `" + type.name.text() + "`");
    for (const ast::Type& argument : type.arguments) run(argument);
  }

  void run(Unit& unit, const ast::Constant& constant) {
    scope_ = {&unit, nullptr};
    run(constant.annotations, kConstant);
    run(constant.type);
  }

  void run(Declaration& declaration) {
    const ast::Declaration& written = *declaration.written;
    scope_ = {declaration.unit, &declaration};
    check_permissions(written);
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
  const AnnotationRule* find(const ast::Annotation& annotation, unsigned target) {
    if (const AnnotationRule* const rule = annotation_rule(annotation.name.text)) return rule;
    const unsigned here = target == kField || target == kMethod || target == kConstant ? target | kType : target;
    std::vector<std::string> names;
    std::vector<std::string> fitting;
    for (const AnnotationRule& rule : annotation_rules()) {
      names.emplace_back(rule.name);
      if ((rule.targets & here) != 0) fitting.emplace_back(rule.name);
    }
    std::string near = diag::suggest(annotation.name.text, fitting);
    if (near.empty()) near = diag::suggest(annotation.name.text, names);
    std::sort(fitting.begin(), fitting.end());
    std::string all;
    for (const std::string& name : fitting) all += (all.empty() ? "@" : ", @") + name;
    context_.error(Code::unknown_annotation, annotation.span, "`@" + annotation.name.text + "` is not a known annotation",
                   near.empty() ? "for " + names_of(target) + " there are " + all : "write `@" + near + "`");
    return nullptr;
  }

  void check_parameters(const ast::Annotation& annotation, const AnnotationRule& rule, const Scope& scope) {
    std::map<std::string, Span> given;
    bool unknown = false;
    const std::string at = "`@" + std::string{rule.name} + "`";
    for (const ast::Argument& argument : annotation.arguments) {
      const bool unnamed = argument.name.text.empty();
      const std::string name = unnamed ? "value" : argument.name.text;
      const Span span = unnamed ? argument.value.span : argument.name.span;
      const auto [first, fresh] = given.emplace(name, span);
      if (!fresh)
        context_.error(Code::annotation_parameter, span, at + " is given `" + name + "` twice", "remove one of the two",
                       {{first->second, "first given here"}});
      const ArgumentRule* const known = rule.argument(name);
      if (known != nullptr) {
        check_value(argument.value, *known, at + (unnamed ? "" : "'s `" + name + "`"), scope);
        continue;
      }
      unknown = true;
      context_.error(Code::annotation_parameter, span, at + (unnamed ? " takes no unnamed value" : " has no parameter `" + name + "`"),
                     unknown_help(rule, name));
    }
    for (const ArgumentRule& argument : rule.arguments)
      if (argument.required && !unknown && !given.contains(std::string{argument.name}))
        context_.error(Code::annotation_parameter, annotation.span, at + " needs its parameter `" + std::string{argument.name} + "`",
                       "write `@" + std::string{rule.name} + "(" + example(rule, argument) + ")`");
    if (rule.name == "EnforcePermission" && !unknown && given.empty())
      context_.error(Code::annotation_parameter, annotation.span,
                     at + " needs `value`, `anyOf` or `allOf`");
  }

  std::string names_of(unsigned targets) const { return target_names(targets, scope_.unit->file.dialect); }

  static std::string example(const AnnotationRule& rule, const ArgumentRule& argument) {
    if (rule.name == "Backing") return "type=\"int\"";
    const std::string value = argument.kind == ArgumentKind::text ? "\"…\"" : argument.kind == ArgumentKind::texts ? "{\"…\"}" : "1";
    return argument.name == "value" ? value : std::string{argument.name} + "=" + value;
  }

  static std::string unknown_help(const AnnotationRule& rule, const std::string& name) {
    if (rule.arguments.empty()) return "it has no parameters";
    std::vector<std::string> names;
    for (const ArgumentRule& argument : rule.arguments) names.emplace_back(argument.name);
    if (const std::string near = diag::suggest(name, names); !near.empty()) return "write `" + near + "`";
    std::string list;
    for (const std::string& known : names) list += (list.empty() ? "`" : ", `") + known + "`";
    return names.size() == 1 ? "its parameter is " + list : "its parameters are " + list;
  }

  void check_value(const ast::Expr& expr, const ArgumentRule& rule, const std::string& place, const Scope& scope) {
    if (const ast::Expr* const name = reference_in(expr)) {
      context_.error(Code::annotation_parameter, name->span, "the parameters of an annotation are written out, not named constants",
                     rule.kind == ArgumentKind::text ? "write `\"" + name->text + "\"`" : "write the value of `" + name->text + "`");
      return;
    }
    bool right = false;
    if (rule.kind == ArgumentKind::texts) {
      right = expr.kind == ast::ExprKind::list;
      for (const ast::Expr& element : expr.args) {
        if (!right) break;
        const Value value = evaluate(context_, scope, element, nullptr);
        if (value.kind == ValueKind::none) return;
        right = value.kind == ValueKind::string;
      }
    } else if (expr.kind != ast::ExprKind::list) {
      const Value value = evaluate(context_, scope, expr, nullptr);
      if (value.kind == ValueKind::none) return;
      const bool whole = (value.kind == ValueKind::integer && !value.character) || value.kind == ValueKind::boolean;
      if (rule.kind == ArgumentKind::text) right = value.kind == ValueKind::string;
      if (rule.kind == ArgumentKind::number || rule.kind == ArgumentKind::truth) right = whole;
      if (rule.kind == ArgumentKind::positive) right = value.kind == ValueKind::integer && !value.character && value.integer >= 1;
    }
    if (!right)
      context_.error(Code::annotation_parameter, expr.span, place + " needs " + std::string{argument_needs(rule.kind)},
                     rule.kind == ArgumentKind::texts && expr.kind == ast::ExprKind::string ? "write `{\"" + expr.text + "\"}`" : "");
  }

  /// Who may call is said for the whole interface or for each method, in one way.
  void check_permissions(const ast::Declaration& declaration) {
    const ast::Annotation* const outer = permission(declaration.annotations);
    for (const ast::Method& method : declaration.methods) {
      const ast::Annotation* const own = permission(method.annotations);
      if (outer != nullptr && own != nullptr)
        context_.error(Code::permission_conflict, own->span,
                       "`" + method.name.text + "` and its interface both say which permission is needed", "write it at each method",
                       {{outer->span, "the interface says it here"}});
    }
  }

  Context& context_;
  Scope scope_;  ///< of what is being checked
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
  if (!known && !backing.arguments.empty() && backing.arguments.front().name.text == "type" &&
      backing.arguments.front().value.kind == ast::ExprKind::string)
    context.error(Code::annotation_parameter, backing.arguments.front().value.span, "an enum is stored as \"byte\", \"int\" or \"long\"");
  if (!known) declaration.type = {TypeKind::int32, nullptr, nullptr, 0};
}

}  // namespace

void check_annotations(Context& context) {
  Checker checker(context);
  for (const auto& unit : context.program.units)
    for (const ast::Constant& constant : unit->file.constants) checker.run(*unit, constant);
  each_checked_declaration(context.program, [&](Declaration& declaration) { checker.run(declaration); });
  const auto apply = [&](Declaration& declaration) {
    if (const ast::Annotation* const backing = annotation(declaration, "Backing");
        backing != nullptr && declaration.kind == DeclKind::enumeration)
      apply_backing(context, declaration, *backing);
    if (const ast::Annotation* const descriptor = annotation(declaration, "Descriptor"); descriptor != nullptr)
      if (const ast::Expr* const value = string_parameter(*descriptor, "value")) declaration.wire_name = value->text;
    declaration.frozen = annotation(declaration, "FixedSize") != nullptr;
    declaration.stable =
        annotation(declaration, "VintfStability") != nullptr || (declaration.parent != nullptr && declaration.parent->stable);
  };
  for (const auto& unit : context.program.units) each_declaration(unit->declarations, apply);  // what will be needed is not known yet
}

}  // namespace shmidl::sema
