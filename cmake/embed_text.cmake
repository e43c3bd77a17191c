# cmake -D OUT=file.cpp -D FILE=compiler/ERRORS.md -D NAME=shmidl::tools::errors_page -P embed_text.cmake
#
# Writes a C++ source whose function NAME returns the text of FILE, so that the installed compiler is one file.

cmake_minimum_required(VERSION 3.20)

file(READ "${FILE}" text)
string(REGEX MATCH "[^:]+$" function "${NAME}")
string(REGEX REPLACE "::[^:]+$" "" space "${NAME}")
file(WRITE "${OUT}" "// Made by cmake/embed_text.cmake. Do not edit.
#include <string_view>

namespace ${space} {

std::string_view ${function}();
std::string_view ${function}() { return R\"~~~(${text})~~~\"; }

}  // namespace ${space}
")
