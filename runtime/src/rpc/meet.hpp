// The client's side of the first meeting: one try to find a server by name and to agree with it.
#pragma once

#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>

#include "os/clock.hpp"
#include "os/service_dir.hpp"

namespace shmidl::rpc {

/// How long a server that accepted the connection may take to answer the hello; it may not have reached run() yet. Chosen, not measured.
inline constexpr std::chrono::seconds kWelcomePatience{5};

/// Errors: those of shmidl::connect; timed_out when a server is there and did not answer.
Result<stub::TargetRef> meet(const os::Place& place, const stub::Interface& interface, const ClientOptions& options, os::Deadline deadline);

/// True for an error of meet() that may be gone a moment later: a server that is not there, not ready, or full.
[[nodiscard]] bool may_pass(Errc errc) noexcept;

}  // namespace shmidl::rpc
