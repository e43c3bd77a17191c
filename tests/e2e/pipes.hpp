// Pipes, to see that a descriptor is the one that was meant.
#pragma once

#include <shmidl/fd.hpp>

#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace e2e {

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

}  // namespace e2e
