#include "maps.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace e2e {

MemoryFiles memory_files(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/maps";
  std::ifstream maps(path);
  if (!maps) {
    throw std::runtime_error("cannot read " + path);
  }
  MemoryFiles files;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range, permissions, offset, device, inode, name;
    words >> range >> permissions >> offset >> device >> inode >> name;
    if (name.starts_with("/memfd:")) {
      files[inode].insert(permissions);
    }
  }
  return files;
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

}  // namespace e2e
