// A Hands server in a process of its own, and what the kernel says of descriptors.
#pragma once

#include "hands.shmidl.hpp"
#include "maps.hpp"
#include "services.hpp"
#include "support/process.hpp"
#include "support/soon.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace e2e {

struct HandsPair {
  explicit HandsPair(const std::vector<std::string>& more = {}, shmidl::ClientOptions options = {}) : server(HANDS_SERVER, arguments(more)) {
    server.expect_line("ready");
    options.connect_timeout = std::chrono::seconds(10);
    client = shmidl::connect<Hands>("hands", options);
  }
  static std::vector<std::string> arguments(std::vector<std::string> more) {
    more.insert(more.begin(), "hands");
    return more;
  }

  Services services;
  shmidl::test::Process server;
  std::shared_ptr<Hands::Client> client;
};

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  shmidl::Fd reading, writing;
};

/// The reading end of a pipe in which the text stands.
inline shmidl::Fd pipe_with(const std::string& text) {
  Pipe pipe;
  if (::write(pipe.writing.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) throw std::runtime_error("the pipe is full");
  return std::move(pipe.reading);
}

/// What is there to be read; waits for the first byte.
inline std::string text_of(shmidl::FdView file) {
  std::string text(4096, '\0');
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

inline ino_t inode_of(shmidl::FdView file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw std::runtime_error("fstat");
  return status.st_ino;
}

/// Whether a process has a memfd open or mapped; false for one that has gone.
inline bool uses(pid_t pid, ino_t inode) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) == 0 && status.st_ino == inode && std::filesystem::read_symlink(entry.path(), gone).string().starts_with("/memfd:")) return true;
  }
  try {
    return memory_files(pid).contains(std::to_string(inode));
  } catch (const std::runtime_error&) {
    return false;
  }
}

using shmidl::test::soon;

}  // namespace e2e
