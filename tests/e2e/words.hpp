// Words of the command lines of the tests' programs.
#pragma once

#include <shmidl/shmidl.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace e2e {

/// The way to wait that a word names.
inline shmidl::Wait wait_from(std::string_view word) {
  if (word == "poll") return shmidl::Wait::poll;
  if (word == "adaptive") return shmidl::Wait::adaptive;
  if (word == "block") return shmidl::Wait::block;
  throw std::invalid_argument("no way to wait: " + std::string(word));
}

}  // namespace e2e
