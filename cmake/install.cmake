# What `cmake --install` gives: the program, the runtime, its headers, and the CMake and pkg-config files that find them.
# Every path in them is relative to the file itself, so an installed prefix can be moved.

include(CMakePackageConfigHelpers)

set(SHMIDL_INSTALL_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/shmidl")

set_target_properties(shmidl_runtime PROPERTIES EXPORT_NAME runtime)
install(TARGETS shmidl_runtime EXPORT shmidl-targets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/include/shmidl"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")

if(TARGET shmidl_compiler)
  set_target_properties(shmidl_compiler PROPERTIES EXPORT_NAME compiler)
  install(TARGETS shmidl_compiler EXPORT shmidl-targets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(FILES "${PROJECT_SOURCE_DIR}/compiler/model/ir.schema.json" DESTINATION "${CMAKE_INSTALL_DATADIR}/shmidl")
endif()

install(EXPORT shmidl-targets NAMESPACE shmidl:: DESTINATION "${SHMIDL_INSTALL_CMAKEDIR}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/shmidl-config.cmake.in"
  "${PROJECT_BINARY_DIR}/shmidl-config.cmake"
  INSTALL_DESTINATION "${SHMIDL_INSTALL_CMAKEDIR}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/shmidl-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/shmidl-config.cmake"
  "${PROJECT_BINARY_DIR}/shmidl-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/ShmidlGenerate.cmake"
  DESTINATION "${SHMIDL_INSTALL_CMAKEDIR}")

# pkg-config: the prefix is found from the place of the .pc file.
file(RELATIVE_PATH SHMIDL_PC_PREFIX "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
string(REGEX REPLACE "/$" "" SHMIDL_PC_PREFIX "${SHMIDL_PC_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/shmidl.pc.in" "${PROJECT_BINARY_DIR}/shmidl.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/shmidl.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
