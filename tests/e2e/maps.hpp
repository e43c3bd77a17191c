// The memory files that a process has mapped, as the kernel tells it.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include <sys/types.h>

namespace e2e {

/// By inode: the permissions of every mapping of that memfd, such as "rw-s".
using MemoryFiles = std::map<std::string, std::set<std::string>>;

/// Reads /proc/PID/maps; throws std::runtime_error when the process has gone.
MemoryFiles memory_files(pid_t pid);

/// The permissions of this process's mapping of a memfd that holds the address, such as "r--s"; empty where it is none.
std::string permissions_at(const void* address);

/// The bytes of all memfds that a process has mapped, each counted once.
std::size_t shared_bytes(pid_t pid);

/// The memory that a process takes, in bytes; of pages that several map, its share.
std::size_t resident_bytes(pid_t pid);

/// How many descriptors a process has open.
std::size_t open_files(pid_t pid);

}  // namespace e2e
