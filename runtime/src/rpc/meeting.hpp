// Where the two ends of a connection within one process find each other.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <shmidl/stub/tables.hpp>

namespace shmidl::stub {
class Link;
}

namespace shmidl::rpc {

/// Made by a client, under the random number of its hello, and found by a server of the same process, if that is whom it met.
class Meeting {
 public:
  /// Waits for a server under `number`. Throws std::bad_alloc.
  static std::shared_ptr<Meeting> expect(std::uint64_t number, const stub::Interface& interface);
  /// The one of that number, whose client is in this process and has this interface, the very tables; null if there is none.
  static std::shared_ptr<Meeting> find(std::uint64_t number, const stub::Interface& interface) noexcept;

  Meeting(std::uint64_t number, const stub::Interface& interface) noexcept : number_(number), interface_(interface) {}
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;
  /// The client's hello was answered: nobody will look for it any more.
  void over() noexcept;

  /// The server's end of the connection. Once.
  void meet(std::weak_ptr<stub::Link> server) noexcept {
    server_ = std::move(server);
    // sync Meeting.met release: the server's end is there; pairs with acquire in server().
    met_.store(true, std::memory_order_release);
  }
  /// Null before it is there, and after its end.
  [[nodiscard]] std::shared_ptr<stub::Link> server() const noexcept {
    // sync Meeting.met acquire: pairs with release in meet().
    return met_.load(std::memory_order_acquire) ? server_.lock() : nullptr;
  }

 private:
  const std::uint64_t number_;
  const stub::Interface& interface_;
  std::atomic<bool> met_{false};
  std::weak_ptr<stub::Link> server_;
};

}  // namespace shmidl::rpc
