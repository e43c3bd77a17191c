#pragma once

// How a refusal of the kernel becomes an Error.

#include <string>
#include <string_view>

#include <shmidl/error.hpp>

namespace shmidl::os {

/// The kind of error that a caller can act on, for a value of errno.
Errc errc_of(int error) noexcept;

/// "cannot <attempted>: <text of errno>; <advice>".
///
/// Shape: `attempted` says what was tried and on what ("open the lock file /run/x.lock");
///        where `advice` is empty, the errnos that a user can mend bring their own.
Error failure(int error, std::string_view attempted, std::string_view advice = {});

/// The same with a kind that the caller chose.
Error failure(Errc errc, int error, std::string_view attempted, std::string_view advice = {});

}  // namespace shmidl::os
