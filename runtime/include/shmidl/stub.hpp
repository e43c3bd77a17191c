// What all generated code includes; what only some of it needs, it includes beside this (compiler/emit/headers.cpp). Users include <shmidl/shmidl.hpp>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <shmidl/array.hpp>
#include <shmidl/future.hpp>
#include <shmidl/list.hpp>
#include <shmidl/object.hpp>
#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/method.hpp>
#include <shmidl/stub/struct_wire.hpp>
#include <shmidl/stub/tables.hpp>
#include <shmidl/stub/wire.hpp>
#include <shmidl/version.hpp>
