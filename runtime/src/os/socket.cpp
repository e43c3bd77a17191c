#include "os/socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "os/failure.hpp"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76  // Linux 6.5
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

namespace shmidl::os {

namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(kMaxMessageFds * sizeof(int)) + CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int));

struct alignas(cmsghdr) Control {
  std::array<std::byte, kControlBytes> bytes;
};

// Descriptors between their arrival and the check of their message: as many as the room could ever
// hold, owned from the first moment, so that every way out closes them.
struct Arrived {
  std::array<Fd, kControlBytes / sizeof(int)> fds;
  std::size_t count = 0;
  Fd pidfd;
  std::optional<Credentials> sender;
};

cmsghdr* put(msghdr& header, cmsghdr* at, int type, const void* data, std::size_t bytes) noexcept {
  at->cmsg_level = SOL_SOCKET;
  at->cmsg_type = type;
  at->cmsg_len = CMSG_LEN(bytes);
  std::memcpy(CMSG_DATA(at), data, bytes);
  return CMSG_NXTHDR(&header, at);
}

std::size_t send_now(const Fd& socket, std::span<const std::byte> bytes, std::span<const int> fds, bool with_credentials,
                     int& error) noexcept {
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  // CMSG_NXTHDR looks at the room that is left, so the whole of it is announced while it is filled.
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  cmsghdr* at = CMSG_FIRSTHDR(&header);
  std::size_t used = 0;
  if (!fds.empty()) {
    at = put(header, at, SCM_RIGHTS, fds.data(), fds.size_bytes());
    used += CMSG_SPACE(fds.size_bytes());
  }
  if (with_credentials) {
    const ucred self{::getpid(), ::geteuid(), ::getegid()};
    put(header, at, SCM_CREDENTIALS, &self, sizeof self);
    used += CMSG_SPACE(sizeof self);
  }
  header.msg_controllen = used;
  if (used == 0) header.msg_control = nullptr;

  ssize_t sent;
  do sent = ::sendmsg(socket.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  error = sent < 0 ? errno : 0;
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

template <class Each>
void for_each_fd(const cmsghdr* entry, Each each) {
  const std::size_t count = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int fd;
    std::memcpy(&fd, CMSG_DATA(entry) + i * sizeof fd, sizeof fd);
    each(fd);
  }
}

void take_control(msghdr& header, Arrived& arrived) noexcept {
  for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = CMSG_NXTHDR(&header, entry)) {
    if (entry->cmsg_level != SOL_SOCKET) continue;
    if (entry->cmsg_type == SCM_RIGHTS) {
      for_each_fd(entry, [&](int fd) {
        if (arrived.count < arrived.fds.size()) arrived.fds[arrived.count++].reset(fd);
      });
    } else if (entry->cmsg_type == SCM_PIDFD) {
      // Below zero when the sender was gone before its message was taken.
      for_each_fd(entry, [&](int fd) { arrived.pidfd.reset(fd); });
    } else if (entry->cmsg_type == SCM_CREDENTIALS && entry->cmsg_len == CMSG_LEN(sizeof(ucred))) {
      ucred sender{};
      std::memcpy(&sender, CMSG_DATA(entry), sizeof sender);
      arrived.sender = Credentials{sender.pid, sender.uid, sender.gid};
    }
  }
}

Result<bool> wait_for(const Fd& fd, short events, Deadline deadline) {
  pollfd entry{fd.get(), events, 0};
  int count;
  do {
    const timespec left = to_timespec(TimePoint{deadline.left()});
    count = ::ppoll(&entry, 1, deadline.is_never() ? nullptr : &left, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return failure(errno, "wait for a descriptor");
  if ((entry.revents & POLLNVAL) != 0) return failure(EBADF, "wait for a descriptor");
  return count > 0;
}

}  // namespace

Result<std::pair<Fd, Fd>> make_socket_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) != 0)
    return failure(errno, "create a pair of sockets");
  return std::pair{Fd{fds[0]}, Fd{fds[1]}};
}

Result<void> send(const Fd& socket, std::span<const std::byte> bytes, std::span<const int> fds, bool with_credentials) {
  if (bytes.empty()) return Error{Errc::protocol_error, "cannot send a message of 0 bytes: the peer would take it for the end"};
  if (fds.size() > kMaxMessageFds)
    return Error{Errc::too_large, "cannot send " + std::to_string(fds.size()) + " descriptors in one message; " +
                                      std::to_string(kMaxMessageFds) + " are the most"};
  int error = 0;
  if (send_now(socket, bytes, fds, with_credentials, error) == bytes.size()) return {};
  const Errc errc = error == ENOTCONN || error == ECONNREFUSED ? Errc::peer_died : errc_of(error);
  return failure(errc, error, "send a message of " + std::to_string(bytes.size()) + " bytes");
}

Result<void> send(const Fd& socket, std::span<const std::byte> bytes, Deadline deadline, std::span<const int> fds, bool with_credentials) {
  for (;;) {
    Result<void> sent = send(socket, bytes, fds, with_credentials);
    if (sent || sent.error().errc() != Errc::would_block) return sent;
    const Result<bool> room = wait_writable(socket, deadline);
    if (!room) return room.error();
    if (!*room)
      return Error{Errc::timed_out, "cannot send a message of " + std::to_string(bytes.size()) +
                                        " bytes: the peer took none from its queue before the deadline"};
  }
}

Result<Message> recv(const Fd& socket, std::span<std::byte> into, bool may_lose_fds) {
  iovec part{into.data(), into.size()};
  Control control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  ssize_t length;
  do length = ::recvmsg(socket.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);

  Message message;
  if (length < 0) {
    const int error = errno;
    // The peer closed its end with messages of ours unread: for the reader, the end like any other.
    if (error == ECONNRESET) {
      message.eof = true;
      return message;
    }
    return failure(error, "receive a message");
  }
  Arrived arrived;
  take_control(header, arrived);
  if (length == 0 && header.msg_controllen == 0) {
    message.eof = true;
    return message;
  }
  // With so few descriptors there was room in the message: what is missing had none among this process's open files.
  message.lost_fds = (header.msg_flags & MSG_CTRUNC) != 0;
  if ((message.lost_fds && !may_lose_fds) || arrived.count > kMaxMessageFds)
    return Error{Errc::protocol_error, "descriptors of a received message are lost: it had more than " + std::to_string(kMaxMessageFds) +
                                           ", or this process is at its limit of open files (ulimit -n)"};
  if ((header.msg_flags & MSG_TRUNC) != 0)
    return Error{Errc::protocol_error, "a received message is longer than the " + std::to_string(into.size()) + " bytes it may have"};
  if (length == 0) return Error{Errc::protocol_error, "a received message has 0 bytes"};

  message.bytes = static_cast<std::size_t>(length);
  message.sender = arrived.sender;
  message.sender_pidfd = std::move(arrived.pidfd);
  message.fds.reserve(arrived.count);
  for (std::size_t i = 0; i < arrived.count; ++i) message.fds.push_back(std::move(arrived.fds[i]));
  return message;
}

void shut_down(const Fd& socket) noexcept { static_cast<void>(::shutdown(socket.get(), SHUT_RDWR)); }

Result<bool> wait_readable(const Fd& fd, Deadline deadline) { return wait_for(fd, POLLIN | POLLRDHUP, deadline); }

Result<bool> wait_writable(const Fd& fd, Deadline deadline) { return wait_for(fd, POLLOUT, deadline); }

Result<Credentials> peer_credentials(const Fd& socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0)
    return failure(errno, "ask who is at the other end of a socket");
  return Credentials{peer.pid, peer.uid, peer.gid};
}

Result<void> pass_credentials(const Fd& socket, bool on) {
  const int value = on ? 1 : 0;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &value, sizeof value) != 0)
    return failure(errno, "ask for the senders of messages");
  // An older kernel refuses this one, and the pid of the credentials has to do.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_PASSPIDFD, &value, sizeof value);
  return {};
}

}  // namespace shmidl::os
