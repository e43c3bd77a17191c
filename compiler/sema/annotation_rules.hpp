#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "syntax/ast.hpp"

// The annotations of AIDL, as its compiler has them, and shmidl's own: where they may stand and what they take.
namespace shmidl::sema {

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

enum class ArgumentKind : std::uint8_t { text, texts, number, positive, truth };

struct ArgumentRule {
  std::string_view name;
  ArgumentKind kind = ArgumentKind::text;
  bool required = false;
};

struct AnnotationRule {
  std::string_view name;
  unsigned targets = 0;
  std::span<const ArgumentRule> arguments{};
  bool repeatable = false;

  [[nodiscard]] const ArgumentRule* argument(std::string_view argument_name) const;
};

/// Null for a name that no annotation has.
[[nodiscard]] const AnnotationRule* annotation_rule(std::string_view name);
[[nodiscard]] std::span<const AnnotationRule> annotation_rules();
/// "an interface, a method"
[[nodiscard]] std::string target_names(unsigned targets, ast::Dialect dialect);
/// "a string", "a list of strings": what a parameter needs.
[[nodiscard]] std::string_view argument_needs(ArgumentKind kind);

}  // namespace shmidl::sema
