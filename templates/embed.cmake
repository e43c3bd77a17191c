# cmake -D OUT=file.cpp -D FOLDER=templates/cpp -P embed.cmake
#
# Writes a C++ source that holds every *.mustache of FOLDER as a string, so that the installed compiler is one file.

cmake_minimum_required(VERSION 3.20)

file(GLOB templates "${FOLDER}/*.mustache")
list(SORT templates)
set(entries "")
foreach(template IN LISTS templates)
  get_filename_component(name "${template}" NAME_WE)
  file(READ "${template}" text)
  string(APPEND entries "    {\"${name}\", R\"~~~(${text})~~~\"},\n")
endforeach()
file(CONFIGURE OUTPUT "${OUT}" @ONLY CONTENT
"// Made by templates/embed.cmake. Do not edit.
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace shmidl::emit {

std::span<const std::pair<std::string_view, std::string_view>> embedded_templates();

std::span<const std::pair<std::string_view, std::string_view>> embedded_templates() {
  using Entry = std::pair<std::string_view, std::string_view>;
  static const Entry entries[] = {
@entries@  };
  return entries;
}

}  // namespace shmidl::emit
")
