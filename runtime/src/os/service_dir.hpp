#pragma once

// The directory in which servers are found by name.
//
// A name becomes three files: `<name>.sock`, which clients connect to; `<name>.lock`, held
// by the one server of that name; `<name>.sock.new`, a socket about to become `<name>.sock`.
// Whoever can write to the directory can pose as a server, so its owner is checked.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

namespace shmidl::os {

/// Where root's servers are, and where everybody looks last.
inline constexpr const char* kSystemDir = "/run/shmidl";

/// Whether `name` is [A-Za-z0-9._-]{1,64} and does not start with a dot.
bool valid_name(std::string_view name) noexcept;

/// A valid name, or Errc::bad_address with the rule in its message.
Result<void> check_name(std::string_view name);

/// Where an address without its scheme leads: `arith`, or `/path/arith.sock`.
struct Place {
  std::string dir;  ///< empty: the service directory of the environment
  std::string name;
  bool in_process = false;  ///< `inproc:arith`: among the servers of this process; there is no directory
};

/// Splits `arith` or `/path/arith.sock`, with or without `shm:` before it, or `inproc:arith`.
///
/// Errors: Errc::bad_address for another scheme, a relative path, a file that does not end in `.sock`, or
///         a name against the rules.
Result<Place> parse_place(std::string_view address);

/// An open directory whose owner was checked.
///
/// Shape:    refused unless the owner is the caller, root or `expect_uid`, and unless nobody else can
///           write there or the sticky bit keeps others from replacing files.
/// Lifetime: holds the directory that was checked; a rename or a new directory under the old path does not matter.
/// Errors:   of all ways to open: Errc::not_found when it is missing; Errc::permission_denied when it is
///           refused, naming path, owner and mode; Errc::no_resources.
class ServiceDir {
 public:
  /// $SHMIDL_DIR, else $XDG_RUNTIME_DIR/shmidl, else /run/shmidl for root, /tmp/shmidl-$UID otherwise.
  static std::string default_path();

  /// Opens the default directory; creates its last component when it is missing: 0700, but 0755
  /// for /run/shmidl, where every user looks, and where each socket has a mode of its own.
  static Result<ServiceDir> for_serving(std::optional<uid_t> expect_uid = {});

  /// Opens the default directory as it is.
  static Result<ServiceDir> for_connecting(std::optional<uid_t> expect_uid = {});

  /// Opens a directory that exists.
  static Result<ServiceDir> for_path(std::string path, std::optional<uid_t> expect_uid = {});

  const Fd& fd() const noexcept { return fd_; }
  const std::string& path() const noexcept { return path_; }

  /// The caller, root, or expect_uid.
  bool trusts(uid_t owner) const noexcept;

  /// Others can create files here, so the owner of each file counts.
  bool is_shared() const noexcept { return shared_; }

  /// `<path>/<file>`, for messages.
  std::string path_of(std::string_view file) const;

 private:
  friend class DirOpener;
  ServiceDir(Fd fd, std::string path, std::optional<uid_t> expect_uid, bool shared);

  Fd fd_;
  std::string path_;
  std::optional<uid_t> expect_uid_;
  bool shared_ = false;
};

/// "owner 1000, mode 0755", for messages.
std::string describe_owner(uid_t owner, mode_t mode);

}  // namespace shmidl::os
