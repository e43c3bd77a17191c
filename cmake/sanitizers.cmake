# SHMIDL_SANITIZE: empty, `address` (with undefined behaviour) or `thread`. Whatever is found ends the program.

set(SHMIDL_SANITIZE "" CACHE STRING "Sanitizer of the whole build: address or thread")
set_property(CACHE SHMIDL_SANITIZE PROPERTY STRINGS "" address thread)

if(SHMIDL_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)  # g++ 12 sees it in <regex> and <functional> once the sanitizer's code is in
  endif()
elseif(SHMIDL_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT SHMIDL_SANITIZE STREQUAL "")
  message(FATAL_ERROR "SHMIDL_SANITIZE is '${SHMIDL_SANITIZE}': use address or thread")
endif()

# Everything is instrumented; only the fuzz targets link libFuzzer's main.
if(SHMIDL_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SHMIDL_BUILD_FUZZERS needs clang: set CMAKE_CXX_COMPILER=clang++")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
