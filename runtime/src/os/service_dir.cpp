#include "os/service_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "os/failure.hpp"

namespace shmidl::os {

namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::string_view kSocketEnding = ".sock";
constexpr std::string_view kScheme = "shm:";
constexpr std::string_view kInProcess = "inproc:";

bool is_name_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// Null for one that is not set, is empty, or must not be believed (a set-user-id program).
const char* environment(const char* variable) noexcept {
  const char* const value = ::secure_getenv(variable);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

Error wrong_address(std::string_view address, std::string_view why) {
  std::string message{"the address `"};
  message += address;
  message += "` ";
  message += why;
  return Error{Errc::bad_address, std::move(message)};
}

}  // namespace

bool valid_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' && std::all_of(name.begin(), name.end(), is_name_byte);
}

Result<void> check_name(std::string_view name) {
  if (valid_name(name)) return {};
  std::string message{"`"};
  message += name;
  message += "` is not a name for a server: it needs 1 to 64 of [A-Za-z0-9._-] and does not start with a dot";
  return Error{Errc::bad_address, std::move(message)};
}

Result<Place> parse_place(std::string_view address) {
  std::string_view rest = address;
  if (rest.starts_with(kInProcess)) {
    rest.remove_prefix(kInProcess.size());
    if (Result<void> good = check_name(rest); !good) return good.error();
    return Place{{}, std::string{rest}, true};
  }
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  if (rest.find(':') != rest.npos && rest.find('/') > rest.find(':'))
    return wrong_address(address, "has a scheme that does not lead to shared memory; write `shm:NAME`, `shm:/PATH/NAME.sock` or `inproc:NAME`");
  Place place;
  std::string_view name = rest;
  if (const std::size_t slash = rest.rfind('/'); slash != rest.npos) {
    if (rest.front() != '/') return wrong_address(address, "has a relative path; write `shm:/PATH/NAME.sock`");
    if (!rest.ends_with(kSocketEnding)) return wrong_address(address, "has a path that does not end in `.sock`");
    place.dir = rest.substr(0, std::max<std::size_t>(slash, 1));
    name = rest.substr(slash + 1, rest.size() - slash - 1 - kSocketEnding.size());
  }
  if (Result<void> good = check_name(name); !good) return good.error();
  place.name = name;
  return place;
}

std::string describe_owner(uid_t owner, mode_t mode) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "owner %lu, mode %04o", static_cast<unsigned long>(owner), static_cast<unsigned>(mode & 07777));
  return text.data();
}

/// Opens a directory and checks what was opened, not what lies at its path later.
class DirOpener {
 public:
  static Result<ServiceDir> open(std::string path, std::optional<uid_t> expect_uid, bool follow) {
    Fd fd{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW))};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
      const int error = errno;
      const std::string attempted = "open the service directory " + path;
      if (error != ENOTDIR) return failure(error, attempted);
      return failure(Errc::permission_denied, error, attempted,
                     follow ? "set SHMIDL_DIR to a directory" : "a link is not followed in /tmp; set SHMIDL_DIR to a directory of yours");
    }
    const bool writable_by_others = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    ServiceDir dir{std::move(fd), std::move(path), expect_uid, writable_by_others};
    if (!dir.trusts(status.st_uid))
      return refused(dir, status, "belongs to somebody else; set SHMIDL_DIR to a directory of yours, or name that user as expect_uid");
    if (writable_by_others && (status.st_mode & S_ISVTX) == 0)
      return refused(dir, status, "lets others replace its files; run chmod go-w or chmod +t on it");
    return dir;
  }

 private:
  static Error refused(const ServiceDir& dir, const struct stat& status, std::string_view why) {
    std::string message{"the service directory "};
    message += dir.path() + " (" + describe_owner(status.st_uid, status.st_mode) + ") ";
    message += why;
    return Error{Errc::permission_denied, std::move(message)};
  }
};

ServiceDir::ServiceDir(Fd fd, std::string path, std::optional<uid_t> expect_uid, bool shared)
    : fd_{std::move(fd)}, path_{std::move(path)}, expect_uid_{expect_uid}, shared_{shared} {}

std::string ServiceDir::default_path() {
  if (const char* const dir = environment("SHMIDL_DIR")) return dir;
  if (const char* const dir = environment("XDG_RUNTIME_DIR")) return std::string{dir} + "/shmidl";
  const uid_t self = ::geteuid();
  return self == 0 ? std::string{kSystemDir} : "/tmp/shmidl-" + std::to_string(self);
}

Result<ServiceDir> ServiceDir::for_connecting(std::optional<uid_t> expect_uid) {
  std::string path = default_path();
  // In /tmp anybody can put a link under the name; elsewhere a link was put by the user.
  const bool follow = !path.starts_with("/tmp/shmidl-") || environment("SHMIDL_DIR") != nullptr;
  return DirOpener::open(std::move(path), expect_uid, follow);
}

Result<ServiceDir> ServiceDir::for_serving(std::optional<uid_t> expect_uid) {
  Result<ServiceDir> opened = for_connecting(expect_uid);
  if (opened || opened.error().errc() != Errc::not_found) return opened;
  const std::string path = default_path();
  const bool system = path == kSystemDir;
  if (::mkdir(path.c_str(), system ? 0755 : 0700) == 0) {
    if (system) ::chmod(path.c_str(), 0755);  // whatever the umask took away
  } else if (errno != EEXIST) {
    return failure(errno, "create the service directory " + path, "set SHMIDL_DIR to a directory of yours");
  }
  return for_connecting(expect_uid);
}

Result<ServiceDir> ServiceDir::for_path(std::string path, std::optional<uid_t> expect_uid) {
  return DirOpener::open(std::move(path), expect_uid, true);
}

bool ServiceDir::trusts(uid_t owner) const noexcept { return owner == ::geteuid() || owner == 0 || owner == expect_uid_; }

std::string ServiceDir::path_of(std::string_view file) const {
  std::string path = path_;
  if (!path.ends_with('/')) path += '/';
  path += file;
  return path;
}

}  // namespace shmidl::os
