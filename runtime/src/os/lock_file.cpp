#include "os/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "os/failure.hpp"
#include "os/fork.hpp"

namespace shmidl::os {

namespace {

struct File {
  std::uint64_t device;
  std::uint64_t inode;
  friend auto operator<=>(const File&, const File&) = default;
};

/// The lock files that this process holds, each with further descriptors of it that must not be
/// closed before the lock is let go.
struct Table {
  explicit Table(std::uint32_t mark) noexcept : process_mark{mark} {}
  const std::uint32_t process_mark;
  std::mutex mutex;
  std::map<File, std::vector<Fd>> held;
};

constinit std::atomic<Table*> current_table{nullptr};

// A forked child starts a table of its own: the locks in the inherited one are its parent's, and
// its mutex may be held by a thread that the child does not have.
Table& table() {
  const std::uint32_t mark = process_mark();
  // sync os.lock.table acquire: pairs with acq_rel below.
  Table* known = current_table.load(std::memory_order_acquire);
  if (known != nullptr && known->process_mark == mark) return *known;
  auto fresh = std::make_unique<Table>(mark);
  // sync os.lock.table acq_rel: publishes the table; pairs with acquire above.
  if (current_table.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
  return *known;
}

std::optional<struct stat> status_by_name(const ServiceDir& dir, const std::string& file) {
  struct stat status {};
  if (::fstatat(dir.fd().get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return status;
}

File file_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

Error in_use(std::string_view name, const ServiceDir& dir, const std::string& file, pid_t holder) {
  std::string message{"a server named `"};
  message += name;
  message += "` runs already, as ";
  message += holder == ::getpid() ? "part of this process " + std::to_string(holder)
             : holder > 0         ? "process " + std::to_string(holder)
                                  : "a process that is not visible here";
  message += " (it holds " + dir.path_of(file) + ")";
  return Error{Errc::name_in_use, std::move(message)};
}

// Takes the write lock; 0 when it is taken, else who holds it: a pid, or -1 when that is not visible.
// Nothing when the holder let go between the two questions.
Result<std::optional<pid_t>> ask_for_lock(const Fd& fd, const std::string& path) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  int result;
  do result = ::fcntl(fd.get(), F_SETLK, &whole);
  while (result != 0 && errno == EINTR);
  if (result == 0) return std::optional<pid_t>{0};
  if (errno != EACCES && errno != EAGAIN) return failure(errno, "lock " + path);
  if (::fcntl(fd.get(), F_GETLK, &whole) != 0) return failure(errno, "ask who holds " + path);
  if (whole.l_type == F_UNLCK) return std::optional<pid_t>{};
  return std::optional<pid_t>{whole.l_pid > 0 ? whole.l_pid : -1};
}

// The file may be removed or the lock let go while it is taken; after this many rounds somebody plays with it.
constexpr int kRounds = 100;

}  // namespace

Result<LockFile> LockFile::take(const ServiceDir& dir, std::string_view name) {
  if (Result<void> good = check_name(name); !good) return good.error();
  const std::string file = std::string{name} + ".lock";
  const std::string path = dir.path_of(file);
  Table& own = table();
  const std::lock_guard hold{own.mutex};
  for (int round = 0; round < kRounds; ++round) {
    if (const auto known = status_by_name(dir, file); known && own.held.contains(file_of(*known)))
      return in_use(name, dir, file, ::getpid());

    Fd fd{::openat(dir.fd().get(), file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return failure(errno, "open the lock file " + path);
    if (const auto entry = own.held.find(file_of(status)); entry != own.held.end()) {
      // Another file came under this name since it was looked at, and closing it drops its lock.
      entry->second.push_back(std::move(fd));
      return in_use(name, dir, file, ::getpid());
    }
    if (!S_ISREG(status.st_mode) || !dir.trusts(status.st_uid))
      return Error{Errc::permission_denied, "the lock file " + path + " (" + describe_owner(status.st_uid, status.st_mode) +
                                                ") is not a server's; remove it, or choose another name or SHMIDL_DIR"};
    const Result<std::optional<pid_t>> holder = ask_for_lock(fd, path);
    if (!holder) return holder.error();
    if (!*holder) continue;
    if (**holder != 0) return in_use(name, dir, file, **holder);
    // What is locked must be what the next server will look at: not a file removed meanwhile.
    const auto found = status_by_name(dir, file);
    if (!found || file_of(*found) != file_of(status)) continue;
    own.held.try_emplace(file_of(status));
    return LockFile{std::move(fd), status.st_dev, status.st_ino};
  }
  return in_use(name, dir, file, -1);
}

LockFile::LockFile(Fd fd, std::uint64_t device, std::uint64_t inode)
    : fd_{std::move(fd)}, device_{device}, inode_{inode}, process_mark_{process_mark()} {}

LockFile::LockFile(LockFile&& other) noexcept = default;

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  if (this == &other) return *this;
  release();
  fd_ = std::move(other.fd_);
  device_ = other.device_;
  inode_ = other.inode_;
  process_mark_ = other.process_mark_;
  return *this;
}

void LockFile::release() noexcept {
  if (!fd_) return;
  if (process_mark_ != process_mark()) return fd_.reset();
  Table& own = table();
  const std::lock_guard hold{own.mutex};
  own.held.erase(File{device_, inode_});
  fd_.reset();
}

}  // namespace shmidl::os
