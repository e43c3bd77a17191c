// The version of the runtime, and of the contract between generated stubs and the runtime.
#pragma once

#define SHMIDL_VERSION_MAJOR 0
#define SHMIDL_VERSION_MINOR 1
#define SHMIDL_VERSION_PATCH 0

/// Stubs check this number at compile time; it changes when generated code of before would no longer build or work.
#define SHMIDL_STUB_ABI 3

namespace shmidl {

/// The runtime's version as text, for messages and logs.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace shmidl
