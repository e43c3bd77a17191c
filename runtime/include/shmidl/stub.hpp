// What generated code includes. Users include <shmidl/shmidl.hpp>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <shmidl/array.hpp>
#include <shmidl/box.hpp>
#include <shmidl/codec.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/future.hpp>
#include <shmidl/holder.hpp>
#include <shmidl/list.hpp>
#include <shmidl/object.hpp>
#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/bounded_wire.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/handle_wire.hpp>
#include <shmidl/stub/method.hpp>
#include <shmidl/stub/optional_wire.hpp>
#include <shmidl/stub/struct_wire.hpp>
#include <shmidl/stub/tables.hpp>
#include <shmidl/stub/text.hpp>
#include <shmidl/stub/throws.hpp>
#include <shmidl/stub/union_wire.hpp>
#include <shmidl/stub/wire.hpp>
#include <shmidl/version.hpp>
