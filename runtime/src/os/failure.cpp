#include "os/failure.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace shmidl::os {

namespace {

std::string_view advice_for(int error) noexcept {
  switch (error) {
    case EMFILE:
      return "raise this process's limit of open files (ulimit -n)";
    case ENFILE:
      return "raise the machine's limit of open files (sysctl fs.file-max)";
    case ENOMEM:
    case ENOSPC:
      return "free memory, or raise the memory limit of the container or service";
    case ETOOMANYREFS:
      return "too many descriptors are on their way; let the peer take some, or raise ulimit -n";
    default:
      return {};
  }
}

}  // namespace

Errc errc_of(int error) noexcept {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
      return Errc::permission_denied;
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
      return Errc::not_found;
    case EPIPE:
    case ECONNRESET:
    case ESRCH:
      return Errc::peer_died;
    case EAGAIN:
      return Errc::would_block;
    case ETIMEDOUT:
      return Errc::timed_out;
    case EMSGSIZE:
    case EFBIG:
    case EOVERFLOW:
      return Errc::too_large;
    case EBADF:
    case ENAMETOOLONG:
      return Errc::bad_address;
    case EPROTOTYPE:
    case ENOTSOCK:
      return Errc::protocol_error;
    default:
      return Errc::no_resources;
  }
}

Error failure(int error, std::string_view attempted, std::string_view advice) { return failure(errc_of(error), error, attempted, advice); }

Error failure(Errc errc, int error, std::string_view attempted, std::string_view advice) {
  std::string message{"cannot "};
  message += attempted;
  message += ": ";
  message += std::generic_category().message(error);
  if (advice.empty()) advice = advice_for(error);
  if (!advice.empty()) {
    message += "; ";
    message += advice;
  }
  return Error{errc, std::move(message)};
}

}  // namespace shmidl::os
