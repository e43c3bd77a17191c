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

}  // namespace e2e
