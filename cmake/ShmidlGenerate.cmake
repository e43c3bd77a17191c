# shmidl_generate(TARGET name IDLS file... [BASE_DIR dir] [IMPORT_DIRS dir...] [OUT_DIR dir] [MODE BUILD])
#
# Adds the static library `name`: the C++ of these interface files, linked publicly to shmidl::runtime, its folder of headers public.
#
#   IDLS         .idl and .aidl files, absolute or relative to the current source folder
#   BASE_DIR     the folder that the outputs' paths are relative to: BASE_DIR/a/b.idl gives OUT_DIR/a/b.shmidl.hpp and .cpp.
#                Default: each .idl file's own folder, each .aidl file's package root
#   IMPORT_DIRS  folders that imports are looked up in, after BASE_DIR
#   OUT_DIR      default: a folder of the build tree. A relative path is relative to the current source folder
#   MODE         BUILD: the build runs the compiler where an IDL file, or a file it imports, is newer than the outputs
#
# SHMIDL_COMPILER names the compiler to run; without it, shmidl::compiler. A cross build needs it.

cmake_policy(VERSION 3.20...3.25)

# Sets `out` to the folder above the package of an .aidl file.
function(_shmidl_package_root out idl)
  file(STRINGS "${idl}" lines REGEX "^[ \t]*package[ \t]+[A-Za-z0-9_.]+[ \t]*;" LIMIT_COUNT 1)
  get_filename_component(folder "${idl}" DIRECTORY)
  set(root "${folder}")
  if(lines MATCHES "package[ \t]+([A-Za-z0-9_.]+)")
    string(REPLACE "." "/" package_path "${CMAKE_MATCH_1}")
    string(LENGTH "/${package_path}" tail_length)
    string(LENGTH "${folder}" folder_length)
    math(EXPR root_length "${folder_length} - ${tail_length}")
    if(root_length LESS 1)
      set(tail "")
    else()
      string(SUBSTRING "${folder}" ${root_length} -1 tail)
      string(SUBSTRING "${folder}" 0 ${root_length} root)
    endif()
    if(NOT tail STREQUAL "/${package_path}")
      message(FATAL_ERROR "shmidl_generate: ${idl} is not in a folder ${package_path} of its package: move it there, or name BASE_DIR")
    endif()
  endif()
  set(${out} "${root}" PARENT_SCOPE)
endfunction()

# Sets `out` to what a custom command runs.
function(_shmidl_compiler out)
  if(SHMIDL_COMPILER)
    if(NOT EXISTS "${SHMIDL_COMPILER}")
      message(FATAL_ERROR "shmidl_generate: SHMIDL_COMPILER is ${SHMIDL_COMPILER}, which does not exist")
    endif()
    set(${out} "${SHMIDL_COMPILER}" PARENT_SCOPE)
  elseif(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    message(FATAL_ERROR "shmidl_generate: a cross build needs SHMIDL_COMPILER, a shmidl program that runs on this machine")
  elseif(TARGET shmidl::compiler)
    set(${out} shmidl::compiler PARENT_SCOPE)
  else()
    message(FATAL_ERROR "shmidl_generate: there is no target shmidl::compiler: set SHMIDL_COMPILER to a shmidl program")
  endif()
endfunction()

function(shmidl_generate)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;BASE_DIR;OUT_DIR;MODE" "IDLS;IMPORT_DIRS")
  if(arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " unknown)
    message(FATAL_ERROR "shmidl_generate: unknown arguments: ${unknown}")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    list(JOIN arg_KEYWORDS_MISSING_VALUES " " empty)
    message(FATAL_ERROR "shmidl_generate: no value after: ${empty}")
  endif()
  foreach(needed TARGET IDLS)
    if(NOT arg_${needed})
      message(FATAL_ERROR "shmidl_generate: ${needed} is missing")
    endif()
  endforeach()
  if(TARGET "${arg_TARGET}")
    message(FATAL_ERROR "shmidl_generate: TARGET ${arg_TARGET} exists already")
  endif()
  if(DEFINED arg_MODE AND NOT arg_MODE STREQUAL "BUILD")
    message(FATAL_ERROR "shmidl_generate: MODE is ${arg_MODE}: there is BUILD")
  endif()
  _shmidl_compiler(compiler)

  if(NOT arg_OUT_DIR)
    set(arg_OUT_DIR "${CMAKE_CURRENT_BINARY_DIR}/shmidl/${arg_TARGET}")
  endif()
  get_filename_component(out_dir "${arg_OUT_DIR}" ABSOLUTE)
  set(imports "")
  foreach(dir IN LISTS arg_IMPORT_DIRS)
    get_filename_component(dir "${dir}" ABSOLUTE)
    list(APPEND imports -I "${dir}")
  endforeach()

  set(sources "")
  foreach(idl IN LISTS arg_IDLS)
    get_filename_component(idl "${idl}" ABSOLUTE)
    get_filename_component(name "${idl}" NAME)
    if(NOT EXISTS "${idl}")
      message(FATAL_ERROR "shmidl_generate: IDLS names ${idl}, which does not exist")
    endif()
    if(NOT name MATCHES "\\.(idl|aidl)$")
      message(FATAL_ERROR "shmidl_generate: IDLS names ${idl}, which ends neither in .idl nor in .aidl")
    endif()
    if(arg_BASE_DIR)
      get_filename_component(base "${arg_BASE_DIR}" ABSOLUTE)
    elseif(name MATCHES "\\.aidl$")
      _shmidl_package_root(base "${idl}")
    else()
      get_filename_component(base "${idl}" DIRECTORY)
    endif()
    file(RELATIVE_PATH below "${base}" "${idl}")
    if(below MATCHES "^\\.\\./" OR IS_ABSOLUTE "${below}")
      message(FATAL_ERROR "shmidl_generate: ${idl} is not below BASE_DIR ${base}")
    endif()

    string(REGEX REPLACE "\\.(idl|aidl)$" "" stem "${below}")
    set(outputs "${out_dir}/${stem}.shmidl.hpp" "${out_dir}/${stem}.shmidl.cpp")
    list(FIND sources "${out_dir}/${stem}.shmidl.hpp" known)
    if(NOT known EQUAL -1)
      message(FATAL_ERROR "shmidl_generate: ${below} is named twice in IDLS, or two files have that path below BASE_DIR")
    endif()
    string(MAKE_C_IDENTIFIER "${arg_TARGET}_${below}" depfile)
    set(depfile "${CMAKE_CURRENT_BINARY_DIR}/${depfile}.d")
    # The compiler leaves a file alone whose text stays the same. Ninja knows that; make would run it again in every build.
    set(touch "")
    if(NOT CMAKE_GENERATOR MATCHES "Ninja")
      set(touch COMMAND "${CMAKE_COMMAND}" -E touch ${outputs})
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND ${compiler} gen --base "${base}" -I "${base}" ${imports} -o "${out_dir}" --depfile "${depfile}" "${idl}"
      ${touch}
      DEPENDS ${compiler} "${idl}"
      DEPFILE "${depfile}"
      COMMENT "shmidl gen ${below}"
      VERBATIM)
    list(APPEND sources ${outputs})
  endforeach()

  add_library(${arg_TARGET} STATIC ${sources})
  target_include_directories(${arg_TARGET} PUBLIC "$<BUILD_INTERFACE:${out_dir}>")
  target_link_libraries(${arg_TARGET} PUBLIC shmidl::runtime)
  target_compile_features(${arg_TARGET} PUBLIC cxx_std_20)
endfunction()
