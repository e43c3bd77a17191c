// Everything that a user of generated stubs needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <shmidl/array.hpp>
#include <shmidl/as_interface.hpp>
#include <shmidl/blob.hpp>
#include <shmidl/box.hpp>
#include <shmidl/client.hpp>
#include <shmidl/codec.hpp>
#include <shmidl/error.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/future.hpp>
#include <shmidl/holder.hpp>
#include <shmidl/list.hpp>
#include <shmidl/object.hpp>
#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/server.hpp>
#include <shmidl/server_options.hpp>
#include <shmidl/stub/throws.hpp>
#include <shmidl/version.hpp>
