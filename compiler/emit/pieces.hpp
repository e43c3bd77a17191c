#pragma once

#include <map>
#include <string>
#include <string_view>

#include "emit/expand.hpp"

namespace shmidl::emit {

/// A template in the pieces that the engine is given, each parsed once however often it is filled.
///
/// The engine would parse a partial and a lambda's text again at each use, and takes every blank and every line for a node of its own.
/// So partials that stay partials, what stands in `{{#indented}}`, and what stands in `{{#declarations}}` become pieces of their own
/// that the text around them asks for as variables, and blanks and line ends are masked.
struct Pieces {
  std::map<std::string, std::string> texts;  ///< by key: kMain, and those that begin with kPartial, kIndented, kDeclarations
  std::string error;
};
[[nodiscard]] Pieces cut(const Templates& templates, const std::string& name);

inline constexpr std::string_view kMain = "main:";
inline constexpr std::string_view kIndented = "indented:";          ///< with a number
inline constexpr std::string_view kDeclarations = "declarations:";  ///< with a number

// Bytes that UTF-8, which every IDL file is, never has.
inline constexpr char kMaskedBlank = '\xFE';
inline constexpr char kMaskedLineEnd = '\xFF';
inline constexpr char kPlace = '\xFD';  ///< of all the declarations, in a page's frame

/// Puts blanks and line ends back, from `begin` on.
void unmask(std::string& text, std::size_t begin);

}  // namespace shmidl::emit
