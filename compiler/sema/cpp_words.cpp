#include "sema/cpp_words.hpp"

#include <algorithm>
#include <array>

namespace shmidl::sema {
namespace {

constexpr std::array<std::string_view, 103> kKeywords = {
    "alignas",   "alignof",  "and",      "and_eq",        "asm",       "auto",       "bitand",        "bitor",       "bool",
    "break",     "case",     "catch",    "char",          "char16_t",  "char32_t",   "char8_t",       "class",       "co_await",
    "co_return", "co_yield", "compl",    "concept",       "const",     "const_cast", "consteval",     "constexpr",   "constinit",
    "continue",  "decltype", "default",  "delete",        "do",        "double",     "dynamic_cast",  "else",        "enum",
    "explicit",  "export",   "extern",   "false",         "float",     "for",        "friend",        "goto",        "if",
    "inline",    "int",      "long",     "mutable",       "namespace", "new",        "noexcept",      "not",         "not_eq",
    "nullptr",   "operator", "or",       "or_eq",         "private",   "protected",  "public",        "register",    "reinterpret_cast",
    "requires",  "return",   "short",    "signed",        "sizeof",    "static",     "static_assert", "static_cast", "struct",
    "switch",    "template", "this",     "thread_local",  "throw",     "true",       "try",           "typedef",     "typeid",
    "typename",  "union",    "unsigned", "using",         "virtual",   "void",       "volatile",      "wchar_t",     "while",
    "xor",       "xor_eq",   "_Alignas", "_Alignof",      "_Atomic",   "_Bool",      "_Complex",
    "_Generic",  "_Imaginary", "_Noreturn", "_Pragma",  "_Static_assert", "_Thread_local"};

}  // namespace

bool is_cpp_keyword(std::string_view word) { return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end(); }

bool is_compiler_form(std::string_view word) {
  if (word.starts_with("__")) return word.size() > 4;
  const bool capitals = std::all_of(word.begin(), word.end(), [](char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  return word.size() > 3 && word.starts_with('_') && word[1] >= 'A' && word[1] <= 'Z' && capitals;
}

}  // namespace shmidl::sema
