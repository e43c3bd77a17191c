#pragma once

// Reaching a server by its name.

#include <sys/types.h>

#include <optional>
#include <string_view>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/service_dir.hpp"

namespace shmidl::os {

/// Connects to `<name>.sock` in `dir`, in one try.
///
/// Shape:  where others can create files in `dir`, the owner of the socket's file must be trusted
///         too; what was checked is what is connected to.
/// Errors: Errc::not_found when no server listens there, naming the path; Errc::permission_denied;
///         Errc::overloaded when the server's queue is full; Errc::protocol_error when the file is
///         not a server's socket; Errc::bad_address for the name; Errc::no_resources.
Result<Fd> connect_to(const ServiceDir& dir, std::string_view name);

/// Connects to where an address leads: the directory that it names; else the default directory, then /run/shmidl.
///
/// Errors: as above; Errc::not_found names every path that was tried.
Result<Fd> connect_to(const Place& place, std::optional<uid_t> expect_uid = {});

}  // namespace shmidl::os
