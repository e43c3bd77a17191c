#include "sema/annotation_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace shmidl::sema {
namespace {

using Kind = ArgumentKind;

constexpr ArgumentRule kBackingArguments[] = {{"type", Kind::text, true}};
constexpr ArgumentRule kText[] = {{"value", Kind::text, true}};
constexpr ArgumentRule kTexts[] = {{"value", Kind::texts, true}};
constexpr ArgumentRule kPositive[] = {{"value", Kind::positive, true}};
constexpr ArgumentRule kPermission[] = {{"value", Kind::text}, {"anyOf", Kind::texts}, {"allOf", Kind::texts}};
constexpr ArgumentRule kJavaDeriveArguments[] = {{"toString", Kind::truth}, {"equals", Kind::truth}};
constexpr ArgumentRule kPassthrough[] = {{"annotation", Kind::text, true}};
constexpr ArgumentRule kHeap[] = {{"heap", Kind::truth}};
constexpr ArgumentRule kVersion[] = {{"version", Kind::number}};
constexpr ArgumentRule kRustDeriveArguments[] = {{"Copy", Kind::truth}, {"Clone", Kind::truth}, {"PartialOrd", Kind::truth},
                                                 {"Ord", Kind::truth},  {"PartialEq", Kind::truth}, {"Eq", Kind::truth},
                                                 {"Hash", Kind::truth}};
constexpr ArgumentRule kUsage[] = {{"expectedSignature", Kind::text},
                                   {"implicitMember", Kind::text},
                                   {"maxTargetSdk", Kind::number},
                                   {"publicAlternatives", Kind::text},
                                   {"trackingBug", Kind::number}};

constexpr std::array kRules = {
    AnnotationRule{"Backing", kEnum, kBackingArguments},
    AnnotationRule{"Copy", kInterface | kMethod | kType},
    AnnotationRule{"Deadline", kInterface | kMethod, kPositive},
    AnnotationRule{"Descriptor", kInterface, kText},
    AnnotationRule{"EnforcePermission", kInterface | kMethod, kPermission},
    AnnotationRule{"FixedSize", kStructure | kUnion},
    AnnotationRule{"Idempotent", kInterface | kMethod},
    AnnotationRule{"InPlace", kInterface | kMethod | kType},
    AnnotationRule{"Inline", kInterface | kMethod},
    AnnotationRule{"JavaDefault", kInterface},
    AnnotationRule{"JavaDelegator", kInterface},
    AnnotationRule{"JavaDerive", kStructure | kUnion | kEnum, kJavaDeriveArguments},
    AnnotationRule{"JavaOnlyImmutable", kStructure | kUnion | kUnstructured},
    AnnotationRule{"JavaOnlyStableParcelable", kUnstructured},
    AnnotationRule{"JavaPassthrough", kAll, kPassthrough, true},
    AnnotationRule{"JavaSuppressLint", kAll, kTexts},
    AnnotationRule{"MaxSize", kType | kMethod | kField, kPositive},
    AnnotationRule{"NdkOnlyStableParcelable", kUnstructured},
    AnnotationRule{"PermissionManuallyEnforced", kInterface | kMethod},
    AnnotationRule{"PropagateAllowBlocking", kMethod},
    AnnotationRule{"RequiresNoPermission", kInterface | kMethod},
    AnnotationRule{"RustDerive", kStructure | kUnion, kRustDeriveArguments},
    AnnotationRule{"RustOnlyStableParcelable", kUnstructured},
    AnnotationRule{"SensitiveData", kInterface},
    AnnotationRule{"Serial", kInterface},
    AnnotationRule{"SuppressWarnings", kDeclarations | kMembers, kTexts},
    AnnotationRule{"UnsupportedAppUsage", kAll, kUsage},
    AnnotationRule{"VersionSupport", kInterface, kVersion},
    AnnotationRule{"VintfStability", kDeclarations},
    AnnotationRule{"nullable", kType | kMethod | kField, kHeap},
    AnnotationRule{"utf8InCpp", kType | kMethod | kField | kConstant},
};

}  // namespace

const ArgumentRule* AnnotationRule::argument(std::string_view argument_name) const {
  const auto found = std::find_if(arguments.begin(), arguments.end(), [&](const ArgumentRule& a) { return a.name == argument_name; });
  return found == arguments.end() ? nullptr : &*found;
}

const AnnotationRule* annotation_rule(std::string_view name) {
  const auto found = std::find_if(kRules.begin(), kRules.end(), [&](const AnnotationRule& rule) { return rule.name == name; });
  return found == kRules.end() ? nullptr : &*found;
}

std::span<const AnnotationRule> annotation_rules() { return kRules; }

std::string target_names(unsigned targets, ast::Dialect dialect) {
  const bool aidl = dialect == ast::Dialect::aidl;
  const std::pair<unsigned, std::string_view> names[] = {{kInterface, "an interface"},
                                                                     {kStructure, aidl ? "a parcelable" : "a struct"},
                                                                     {kUnion, "a union"},
                                                                     {kEnum, "an enum"},
                                                                     {kUnstructured, "a parcelable without fields"},
                                                                     {kMethod, "a method"},
                                                                     {kField, "a field"},
                                                                     {kConstant, "a constant"},
                                                                     {kEnumerator, "an enumerator"},
                                                                     {kType, "a type"}};
  std::string text;
  for (const auto& [bit, name] : names)
    if ((targets & bit) != 0 && (aidl || bit != kUnstructured)) text += (text.empty() ? "" : ", ") + std::string{name};
  return text;
}

std::string_view argument_needs(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::text:
      return "a string";
    case ArgumentKind::texts:
      return "a list of strings";
    case ArgumentKind::number:
      return "an integer";
    case ArgumentKind::positive:
      return "an integer of at least 1";
    case ArgumentKind::truth:
      return "`true` or `false`";
  }
  return {};
}

}  // namespace shmidl::sema
