#include "sema/cpp_words.hpp"

#include <algorithm>
#include <array>

namespace shmidl::sema {
namespace {

// Both lists are sorted.
constexpr std::array<std::string_view, 97> kKeywords = {
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
    "xor",       "xor_eq",   "__asm__",  "__attribute__", "__const",   "__inline",   "__typeof__"};
constexpr std::array<std::string_view, 48> kMacros = {
    "BUFSIZ",   "CHAR_BIT", "CHAR_MAX",  "CHAR_MIN", "DBL_MAX",  "DBL_MIN",  "DOMAIN",   "EOF",  "FALSE",    "FLT_MAX",
    "FLT_MIN",  "HUGE_VAL", "INFINITY",  "INT_MAX",  "INT_MIN",  "LONG_MAX", "LONG_MIN", "NAN",  "NDEBUG",   "NULL",
    "OVERFLOW", "PATH_MAX", "PLOSS",     "RAND_MAX", "SEEK_CUR", "SEEK_END", "SEEK_SET", "SING", "SIZE_MAX", "TLOSS",
    "TRUE",     "UINT_MAX", "UNDERFLOW", "assert",   "errno",    "htonl",    "htons",    "i386", "linux",    "major",
    "makedev",  "minor",    "ntohl",     "ntohs",    "stderr",   "stdin",    "stdout",   "unix"};

bool is_upper_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_cpp_keyword(std::string_view word) { return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end(); }

bool is_common_macro(std::string_view word) {
  if (std::binary_search(kMacros.begin(), kMacros.end(), word)) return true;
  static constexpr std::array<std::string_view, 40> kErrors = {
      "EACCES",  "EADDRINUSE", "EAGAIN", "EBADF",   "EBUSY",  "ECHILD", "ECONNREFUSED", "ECONNRESET", "EDEADLK", "EDOM",
      "EEXIST",  "EFAULT",     "EFBIG",  "EINTR",   "EINVAL", "EIO",    "EISDIR",       "EMFILE",     "EMLINK",  "ENAMETOOLONG",
      "ENFILE",  "ENODEV",     "ENOENT", "ENOEXEC", "ENOLCK", "ENOMEM", "ENOSPC",       "ENOSYS",     "ENOTDIR", "ENOTEMPTY",
      "ENOTSUP", "ENOTTY",     "ENXIO",  "EPERM",   "EPIPE",  "ERANGE", "EROFS",        "ESPIPE",     "ESRCH",   "ETIMEDOUT"};
  if (std::binary_search(kErrors.begin(), kErrors.end(), word)) return true;
  return word.size() > 4 && word.size() < 10 && word.starts_with("SIG") && word.find('_') == std::string_view::npos &&
         std::all_of(word.begin(), word.end(), is_upper_or_digit) && word != "SIGNED" && word != "SIGNAL" && word != "SIGNALS" &&
         word != "SIGMA";
}

}  // namespace shmidl::sema
