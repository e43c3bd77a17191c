#include "maps.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace e2e {

namespace {

struct Mapping {
  std::uintptr_t begin = 0, end = 0;
  std::string permissions, inode;
};

/// Calls `visit` for every mapping of a memfd.
template <class F>
void each_memory_file(const std::string& pid, F&& visit) {
  const std::string path = "/proc/" + pid + "/maps";
  std::ifstream maps(path);
  if (!maps) {
    throw std::runtime_error("cannot read " + path);
  }
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    Mapping mapping;
    std::string offset, device, name;
    char dash = 0;
    words >> std::hex >> mapping.begin >> dash >> mapping.end >> mapping.permissions >> offset >> device >> mapping.inode >> name;
    if (name.starts_with("/memfd:")) visit(mapping);
  }
}

}  // namespace

MemoryFiles memory_files(pid_t pid) {
  MemoryFiles files;
  each_memory_file(std::to_string(pid), [&](const Mapping& mapping) { files[mapping.inode].insert(mapping.permissions); });
  return files;
}

std::string permissions_at(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  std::string found;
  each_memory_file("self", [&](const Mapping& mapping) {
    if (mapping.begin <= at && at < mapping.end) found = mapping.permissions;
  });
  return found;
}

std::size_t shared_bytes(pid_t pid) {
  std::map<std::string, std::size_t> files;
  each_memory_file(std::to_string(pid), [&](const Mapping& mapping) { files[mapping.inode] = mapping.end - mapping.begin; });
  std::size_t bytes = 0;
  for (const auto& [inode, size] : files) bytes += size;
  return bytes;
}

std::size_t resident_bytes(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  std::ifstream rollup(path);
  for (std::string word; rollup >> word;) {
    if (word != "Pss:") continue;
    std::size_t kilobytes = 0;
    rollup >> kilobytes;
    return kilobytes * 1024;
  }
  throw std::runtime_error("cannot read " + path);
}

std::size_t open_files(pid_t pid) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) ++count;
  return count;
}

}  // namespace e2e
