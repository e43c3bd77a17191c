#pragma once

#include "syntax/scan.hpp"

// Constructs of C, C++ and Java that are recognised only to be refused with the alternative named. Each function reports what it finds
// at `at` and returns where to go on, or null when it is something else.
namespace shmidl::syntax {

// --- refuse.cpp: C
[[nodiscard]] const char* refuse_preprocessor(State& state, const char* at, const char* end);
[[nodiscard]] const char* refuse_bit_field(State& state, const char* at, const char* end);
[[nodiscard]] const char* refuse_function_pointer(State& state, const char* at, const char* end);
[[nodiscard]] const char* refuse_varargs(State& state, const char* at, const char* end);
/// A `;` after the `}` of an AIDL declaration.
[[nodiscard]] const char* refuse_semicolon(State& state, const char* at, const char* end);
/// A `}` that closes nothing.
[[nodiscard]] const char* refuse_stray_brace(State& state, const char* at, const char* end);
/// `{ return 0; }` in place of a method's `;`.
[[nodiscard]] const char* refuse_body(State& state, const char* at, const char* end);
/// `const int NAME;` in .idl, where a struct's field may look so, but nothing else.
[[nodiscard]] const char* refuse_bare_constant(State& state, const char* at, const char* end);
/// `;` where a constant's value should be.
[[nodiscard]] const char* refuse_no_value(State& state, const char* at, const char* end);
/// `= 3` after a parameter.
[[nodiscard]] const char* refuse_default(State& state, const char* at, const char* end);

// --- refuse_cpp.cpp: C++ and Java
/// `static`, `virtual`, `public` and the like before a member or a declaration; also `public:`.
[[nodiscard]] const char* refuse_specifier(State& state, const char* at, const char* end);
/// `const`, `noexcept`, `override` after a method's parameters.
[[nodiscard]] const char* refuse_suffix(State& state, const char* at, const char* end);
/// `: public Base` or `extends Base` after the name of a declaration.
[[nodiscard]] const char* refuse_base(State& state, const char* at, const char* end);
/// `static` after `import`.
[[nodiscard]] const char* refuse_static(State& state, const char* at, const char* end);
/// `class` between `enum` and its name.
[[nodiscard]] const char* refuse_enum_class(State& state, const char* at, const char* end);
/// `namespace a {`, `class X { … };`, `using X = …;`, `template <…>`; in .aidl also `struct` and `typedef`.
[[nodiscard]] const char* refuse_block(State& state, const char* at, const char* end);
[[nodiscard]] const char* refuse_aidl_block(State& state, const char* at, const char* end);
/// A method or a variable outside of any declaration.
[[nodiscard]] const char* refuse_loose(State& state, const char* at, const char* end);
/// `*` after a type of AIDL.
[[nodiscard]] const char* refuse_pointer(State& state, const char* at, const char* end);
/// `&` after a type.
[[nodiscard]] const char* refuse_reference(State& state, const char* at, const char* end);
/// `std::string`; `path` becomes the name that was meant.
[[nodiscard]] const char* refuse_qualified(State& state, const char* at, const char* end, ast::Path& path);
/// `unsigned int`, `short` in .aidl; `path` becomes the nearest type.
[[nodiscard]] const char* refuse_c_type(State& state, const char* at, const char* end, ast::Path& path);

/// Reports a construct; the text from `begin` to `end` is marked.
void refuse(State& state, const char* begin, const char* end, std::string message, std::string help);
/// Past the bracket group that opens at `at`, whatever it holds.
[[nodiscard]] const char* past_group(const char* at, const char* end);

}  // namespace shmidl::syntax
