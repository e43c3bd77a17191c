# The runtime's lowest layer: results, and the system calls of src/os.

shmidl_add_test(NAME result_test LABEL quick SOURCES result_test.cpp LIBS shmidl_runtime)

shmidl_add_test(NAME os_test LABEL quick
  SOURCES os_cache_test.cpp os_connect_test.cpp os_futex_test.cpp os_listener_test.cpp os_memory_test.cpp os_poller_test.cpp
          os_process_test.cpp os_service_dir_test.cpp os_socket_test.cpp os_support.cpp
  LIBS shmidl_runtime)
target_include_directories(os_test PRIVATE "${PROJECT_SOURCE_DIR}/runtime/src")
