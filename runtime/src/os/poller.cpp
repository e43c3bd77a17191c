#include "os/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os/failure.hpp"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

namespace shmidl::os {

namespace {

// What one wait takes from the kernel; the rest is there at the next. Chosen, not measured.
constexpr std::size_t kBatch = 64;

// With nanoseconds where the kernel has them (Linux 5.11), else with milliseconds rounded up.
int wait_for_events(int epoll, epoll_event* events, int room, Deadline deadline) noexcept {
  if (!deadline.is_never()) {
    const KernelTime left = to_kernel_time(TimePoint{deadline.left()});
    const long count = ::syscall(SYS_epoll_pwait2, epoll, events, room, &left, nullptr, std::size_t{0});
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(count);
  }
  return ::epoll_wait(epoll, events, room, deadline.left_milliseconds());
}

}  // namespace

Result<Poller> Poller::open() {
  Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  if (!epoll) return failure(errno, "create a set of descriptors to wait for");
  return Poller{std::move(epoll)};
}

Result<void> Poller::add(const Fd& fd, std::uint64_t tag, Await what) {
  epoll_event event{};
  event.events = what == Await::messages ? EPOLLIN | EPOLLRDHUP : EPOLLRDHUP;
  event.data.u64 = tag;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0) return {};
  const int error = errno;
  const bool unfit = error == EPERM || error == EBADF || error == EEXIST || error == EINVAL || error == ELOOP;
  return failure(unfit ? Errc::bad_address : errc_of(error), error, "wait for a descriptor");
}

void Poller::remove(const Fd& fd) noexcept {
  epoll_event unused{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), &unused);
}

Result<std::size_t> Poller::wait(std::span<Ready> ready, Deadline deadline) {
  if (ready.empty()) return std::size_t{0};
  std::array<epoll_event, kBatch> events;
  const int room = static_cast<int>(std::min(ready.size(), events.size()));
  int count;
  do count = wait_for_events(epoll_.get(), events.data(), room, deadline);
  while (count < 0 && errno == EINTR);
  if (count < 0) return failure(errno, "wait for descriptors");
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::uint32_t bits = events[i].events;
    ready[i] = {events[i].data.u64, (bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0, (bits & (EPOLLHUP | EPOLLRDHUP)) != 0};
  }
  return static_cast<std::size_t>(count);
}

Result<Waker> Waker::open() {
  Fd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!event) return failure(errno, "create a descriptor to wake a thread by");
  return Waker{std::move(event)};
}

void Waker::wake() const noexcept {
  const int error = errno;
  // EAGAIN means that the counter is full, so the descriptor is readable already.
  while (::eventfd_write(event_.get(), 1) != 0 && errno == EINTR) {
  }
  errno = error;
}

bool Waker::reset() const noexcept {
  eventfd_t count = 0;
  int result;
  do result = ::eventfd_read(event_.get(), &count);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace shmidl::os
