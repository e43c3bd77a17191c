# SHMIDL_COVERAGE: counts which lines of the runtime the tests execute; see tests/README.md. Included after the compiler, which is not counted.

option(SHMIDL_COVERAGE "Count which lines of the runtime the tests execute; needs g++" OFF)

if(SHMIDL_COVERAGE)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    message(FATAL_ERROR "SHMIDL_COVERAGE needs g++: its counts are read by gcov")
  endif()
  add_compile_options(--coverage -fprofile-update=atomic)
  target_compile_options(shmidl_runtime PRIVATE --coverage -fprofile-update=atomic)
  # Tests end processes in ways that lose their counts; these calls go past functions that write them first.
  add_link_options(--coverage -Wl,--wrap=kill -Wl,--wrap=_exit -Wl,-u,__wrap__exit)
  add_library(shmidl_coverage STATIC "${PROJECT_SOURCE_DIR}/tests/tools/coverage.cpp")
  link_libraries(shmidl_coverage)
endif()
