// The reading end of a stream, without its items' type: what the library does for Stream<T>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <shmidl/error.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/continuation.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl::rpc {
class IncomingStream;
}

namespace shmidl::stub {

/// What a request says of the stream that it opens: where its reader's words lie. Written by Call::begin_stream().
struct StreamTicket {
  alignas(8) std::byte bytes[24];
};
/// What the reply says: where the stream's items lie. Read by Call::open_stream().
struct StreamPlace {
  alignas(8) std::byte bytes[24];
};

/// Either of the two as the last part of a body.
template <class Part>
struct StreamWire {
  static constexpr std::uint32_t size = sizeof(Part);
  static constexpr std::uint32_t align = alignof(Part);
  static constexpr bool fixed = true;
  static bool check(Frame&, std::byte*) noexcept { return true; }
};

/// Lifetime: keeps its connection; one that ends before its stream gives the stream up.
/// Threads:  one at a time; cancel() on any.
class StreamReader {
 public:
  StreamReader() noexcept = default;
  /// For the library: a stream whose opening was answered.
  StreamReader(TargetRef target, std::shared_ptr<rpc::IncomingStream> stream) noexcept : target_(std::move(target)), stream_(std::move(stream)) {}
  StreamReader(StreamReader&& other) noexcept = default;
  StreamReader& operator=(StreamReader&& other) noexcept {
    if (this != &other) {
      drop();
      target_ = std::move(other.target_);
      stream_ = std::move(other.stream_);
    }
    return *this;
  }
  ~StreamReader() { drop(); }

  explicit operator bool() const noexcept { return stream_ != nullptr; }

  enum class Got : std::uint8_t {
    item,     ///< it stands in item() until finish()
    end,      ///< there is none left, now and later
    error,    ///< the same, by error()
    nothing,  ///< until now
  };
  /// Waits for the next item.
  [[nodiscard]] Got wait(std::chrono::steady_clock::time_point until) noexcept;
  /// The item's frame: what it reads in place, its externals keep.
  [[nodiscard]] Frame& item() noexcept;
  /// The item was read: its maker may use its place again.
  void finish() noexcept;
  /// The item does not check: ends the link, unless it was for want of memory. What to tell the reader.
  Error malformed() noexcept;
  [[nodiscard]] const Error& error() const noexcept;

  /// Gives the stream up: its maker stops, and wait() says Errc::cancelled.
  void cancel() noexcept;

  /// True if wait() would not wait.
  [[nodiscard]] bool ready() const noexcept;
  /// Has the peer ring when there is something: for rpc::ClientLoop.
  void ask_for_ring() noexcept;
  [[nodiscard]] const TargetRef& target() const noexcept { return target_; }

 private:
  void drop() noexcept {
    if (stream_ != nullptr) leave();
  }
  void leave() noexcept;

  TargetRef target_;
  std::shared_ptr<rpc::IncomingStream> stream_;  // null: there is no stream
};

/// What goes on in the loop of its connection when there is an item, or the end.
class StreamContinuation : public Continuation {
 protected:
  /// `reader` lives as long as this. Errors (thrown): as Continuation::wait_in().
  void wait(StreamReader& reader) {
    reader_ = &reader;
    wait_in(reader.target());
  }

 private:
  [[nodiscard]] bool ended() const noexcept final { return reader_->ready(); }
  void ask_for_ring() noexcept final { reader_->ask_for_ring(); }

  StreamReader* reader_ = nullptr;
};

}  // namespace shmidl::stub
