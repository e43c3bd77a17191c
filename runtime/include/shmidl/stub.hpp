// What generated code includes. Users include <shmidl/shmidl.hpp>.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
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
