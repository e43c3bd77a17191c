#include "os/connect.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "os/failure.hpp"
#include "os/socket_path.hpp"

namespace shmidl::os {

namespace {

// Says for one place why nobody is there; named() makes an answer for the user of it.
Error absent(std::string where) { return Error{Errc::not_found, std::move(where)}; }

Error named(std::string_view name, const Error& error) {
  if (error.errc() != Errc::not_found) return error;
  std::string message{"no server runs under the name `"};
  message += name;
  message += "`: ";
  message += error.what();
  return Error{Errc::not_found, std::move(message)};
}

// One socket file, opened: what is checked is what is connected to.
Result<Fd> open_socket_file(const ServiceDir& dir, const std::string& file, const std::string& path) {
  Fd found{::openat(dir.fd().get(), file.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!found && errno == ENOENT) return absent(path + " does not exist");
  struct stat status {};
  if (!found || ::fstat(found.get(), &status) != 0) return failure(errno, "look for " + path);
  if (!S_ISSOCK(status.st_mode)) return Error{Errc::protocol_error, path + " is not a server's socket; remove it"};
  if (dir.is_shared() && !dir.trusts(status.st_uid))
    return Error{Errc::permission_denied, path + " (" + describe_owner(status.st_uid, status.st_mode) +
                                              ") belongs to somebody else in a directory where everybody can create files; "
                                              "if this user's server is meant, name it as expect_uid"};
  return found;
}

Error connect_failure(int error, const Fd& found, const std::string& path) {
  struct stat status {};
  switch (error) {
    case ECONNREFUSED:
      return absent(path + " is left from a server that is gone");
    case ENOENT:
      return failure(Errc::no_resources, error, "connect to " + path, kNeedsProc);
    case EAGAIN:
      return failure(Errc::overloaded, error, "connect to " + path, "the server's queue of new clients is full; try again");
    case EACCES:
      if (::fstat(found.get(), &status) == 0)
        return failure(
            error, "connect to " + path + " (" + describe_owner(status.st_uid, status.st_mode) + ") as user " + std::to_string(::geteuid()),
            "the server does not let this user connect");
      [[fallthrough]];
    default:
      return failure(error, "connect to " + path);
  }
}

// Whether files of the directory can be looked for at all.
bool is_searchable(const ServiceDir& dir) { return ::faccessat(dir.fd().get(), ".", X_OK, AT_EACCESS) == 0; }

Result<Fd> connect_in(const ServiceDir& dir, std::string_view name) {
  const std::string file = std::string{name} + ".sock";
  const std::string path = dir.path_of(file);
  // A server that starts replaces the file; one that was opened just before is looked for once more.
  for (bool last_try = false;; last_try = true) {
    const Result<Fd> found = open_socket_file(dir, file, path);
    if (!found) return found.error();
    Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return failure(errno, "create a socket to connect to " + path);
    const SocketPath to = SocketPath::of(*found);
    int result;
    do result = ::connect(socket.get(), to.address(), to.bytes());
    while (result != 0 && errno == EINTR);
    if (result == 0) return socket;
    if (errno != ECONNREFUSED || last_try) return connect_failure(errno, *found, path);
  }
}

// The default directory, then where root's servers are. That the latter does not exist, or is
// closed to this user, is no finding.
Result<Fd> connect_by_default(std::string_view name, std::optional<uid_t> expect_uid) {
  const auto connect = [name](const ServiceDir& dir) { return connect_in(dir, name); };
  const Result<ServiceDir> first_dir = ServiceDir::for_connecting(expect_uid);
  Result<Fd> first = first_dir.and_then(connect);
  if (first || first.error().errc() != Errc::not_found || ServiceDir::default_path() == kSystemDir) return first;

  const Result<ServiceDir> system_dir = ServiceDir::for_path(kSystemDir, expect_uid);
  Result<Fd> second = system_dir.and_then(connect);
  if (second) return second;
  const bool looked = second.error().errc() != Errc::not_found && !(system_dir && !is_searchable(*system_dir));
  if (looked) return second;
  return absent(std::string{first.error().what()} + "; " + second.error().what());
}

}  // namespace

Result<Fd> connect_to(const ServiceDir& dir, std::string_view name) {
  if (const Result<void> good = check_name(name); !good) return good.error();
  return connect_in(dir, name).transform_error([name](const Error& error) { return named(name, error); });
}

Result<Fd> connect_to(const Place& place, std::optional<uid_t> expect_uid) {
  if (const Result<void> good = check_name(place.name); !good) return good.error();
  Result<Fd> socket =
      place.dir.empty()
          ? connect_by_default(place.name, expect_uid)
          : ServiceDir::for_path(place.dir, expect_uid).and_then([&](const ServiceDir& dir) { return connect_in(dir, place.name); });
  return std::move(socket).transform_error([&place](const Error& error) { return named(place.name, error); });
}

}  // namespace shmidl::os
