#pragma once

// One open file descriptor and its owner.

#include <utility>

#include <shmidl/result.hpp>

namespace shmidl {

/// Owns one descriptor and closes it.
///
/// Shape:    holds a descriptor, or none (-1). All descriptors that the library makes or
///           receives are close-on-exec; one that a caller brings keeps its flags.
/// Lifetime: move-only; the moved-from Fd holds none.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_{fd < 0 ? kNone : fd} {}
  Fd(Fd&& other) noexcept : fd_{other.release()} {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  /// The descriptor, still owned; -1 when there is none.
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ != kNone; }

  /// Gives the descriptor up without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, kNone); }

  /// Closes what is held, then takes `fd`. Leaves errno as it was.
  void reset(int fd = kNone) noexcept;

  /// Makes a second descriptor of the same open file, close-on-exec.
  ///
  /// Errors: Errc::no_resources at the limit of descriptors; Errc::bad_address when none is held.
  Result<Fd> dup() const;

  /// The same descriptor: two owners are equal only if neither holds one.
  friend bool operator==(const Fd& a, const Fd& b) noexcept { return a.fd_ == b.fd_; }

 private:
  static constexpr int kNone = -1;
  int fd_ = kNone;
};

/// A descriptor that somebody else owns.
///
/// Lifetime: that of its owner; in a handler, until the handler returns.
class FdView {
 public:
  FdView() noexcept = default;
  FdView(const Fd& owner) noexcept : fd_{owner.get()} {}  // NOLINT: converts as a view does
  explicit FdView(int fd) noexcept : fd_{fd} {}

  /// The descriptor; -1 when there is none.
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// As Fd::dup().
  Result<Fd> dup() const;

  friend bool operator==(FdView a, FdView b) noexcept { return a.fd_ == b.fd_; }

 private:
  int fd_ = -1;
};

}  // namespace shmidl
