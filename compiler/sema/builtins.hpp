#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sema/program.hpp"

namespace shmidl::sema {

/// The kind that a dialect's own type name means; error for a C combination such as `long float`, nothing for any other name.
[[nodiscard]] std::optional<TypeKind> builtin(ast::Dialect dialect, std::string_view name);
/// Also true for the names that only Java's side has.
[[nodiscard]] bool is_builtin(ast::Dialect dialect, std::string_view name);
/// `List` for `java.util.List`: AIDL's own types also have a name in Android's or Java's library. Any other name stays as it is.
[[nodiscard]] std::string_view unqualified_builtin(std::string_view name);
/// Whether AIDL files import this name out of habit: there need be no file for it.
[[nodiscard]] bool needs_no_import(std::string_view name);
/// `Map` and `CharSequence` of AIDL.
[[nodiscard]] bool is_java_only(ast::Dialect dialect, std::string_view name);
/// Names to choose from in "did you mean".
[[nodiscard]] std::vector<std::string> builtin_names(ast::Dialect dialect);
/// What a type of the other dialect, or of C, is called here; empty when there is nothing to say.
[[nodiscard]] std::string_view spelled_here(ast::Dialect dialect, std::string_view name);

[[nodiscard]] bool is_integer(TypeKind kind);  ///< not bool, not char
[[nodiscard]] bool is_scalar(TypeKind kind);   ///< integers, floats, characters, bool
[[nodiscard]] bool is_signed(TypeKind kind);
/// Bytes of a scalar.
[[nodiscard]] std::uint64_t scalar_size(TypeKind kind);
/// `uint64`, `string`: the name of a built-in kind in messages, hashes and the model.
[[nodiscard]] std::string_view kind_name(TypeKind kind);

/// `List` without the type that it holds.
[[nodiscard]] bool is_untyped_list(const ast::Type& type);

}  // namespace shmidl::sema
