// The making end of a stream, without its items' type: what the library does for a handler that returns a Stream<T>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <shmidl/error.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/method.hpp>
#include <shmidl/stub/stream_reader.hpp>

namespace shmidl {

/// What becomes of items for which the reader has no room.
enum class SlowReader : std::uint8_t {
  block,       ///< none are made until it has
  latest,      ///< the newest replaces the one before it, until the reader has room for it
  disconnect,  ///< the stream ends with Errc::overloaded
};

/// How a handler's stream goes; every member has a default.
struct StreamOptions {
  SlowReader slow_reader = SlowReader::block;
  /// The most items that wait for their reader, 1 to 4096; each takes 64 bytes, and what it holds beyond 48.
  std::uint32_t window = 32;
};

namespace stub {

/// Where a stream's items go. Threads: the one that makes them.
class StreamWriter {
 public:
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;

  /// An item of fixed size.
  virtual void put_small(const void* item, std::uint32_t bytes) = 0;
  /// Room for an item as measured; null: not before the reader takes something. Errors (thrown): too_large, no_resources.
  [[nodiscard]] virtual std::byte* begin(const Measure& measure) = 0;
  /// False as begin() has null.
  [[nodiscard]] virtual bool finish(bool complete) = 0;
  /// The item cannot be sent: throws the error, which ends the stream.
  [[noreturn]] virtual void refuse(const Error& error) = 0;
  /// Waits for room; of Sink::put(). Errors (thrown): cancelled once nobody reads; overloaded.
  virtual void await_room() = 0;
  [[nodiscard]] virtual bool is_cancelled() const noexcept = 0;
  /// The stream ends with a typed error.
  virtual void answer(const Error& error) noexcept = 0;

 protected:
  StreamWriter() noexcept = default;
  ~StreamWriter() = default;
};

/// Puts one item where its reader finds it; false: not before the reader takes something. `Codec` is what the method calls it: the type, or its name
/// with a bound.
template <class Codec>
bool write_item(StreamWriter& to, const ValueOf<Codec>& item) {
  using Item = Root<Wire<Codec>>;
  if constexpr (Item::small) {
    to.put_small(&item, Item::bytes);
    return true;
  } else {
    Measure measure;
    measure.room(Item::bytes, 8);
    const typename Wire<Codec>::View& view = Wire<Codec>::of(item);
    try {
      Wire<Codec>::measure(measure, view);
    } catch (const Error& error) {
      to.refuse(Error(error.errc(), "an item of the stream cannot be sent: " + std::string(error.what()), Execution::yes));
    }
    std::byte* const body = to.begin(measure);
    if (body == nullptr) return false;
    Writer writer(body, measure.body_bytes(), &measure);
    writer.zero(writer.take(Item::bytes, 8), Item::bytes);
    Wire<Codec>::write(writer, 0, view);
    return to.finish(writer.complete());
  }
}

/// A call whose handler returned a stream: its request, its arguments, and what makes the items. Lives until the stream has ended.
class StreamServing {
 public:
  /// Takes the request over from the call, after its check.
  explicit StreamServing(ServerCall& call);
  StreamServing(const StreamServing&) = delete;
  StreamServing& operator=(const StreamServing&) = delete;
  virtual ~StreamServing();

  /// Makes one item; false: there is none left. Throws what the handler's code throws, but what the method declares goes to StreamWriter::answer().
  virtual bool step(StreamWriter& to) = 0;
  /// True if step() makes all items in one call, waiting for room in between.
  [[nodiscard]] virtual bool pushes() const noexcept = 0;
  [[nodiscard]] virtual StreamOptions options() const noexcept = 0;

 protected:
  /// The request as it was taken over.
  [[nodiscard]] ServerCall& call() noexcept { return call_; }

 private:
  friend class Link;
  std::unique_ptr<std::byte[]> body_;
  ServerCall call_;
};

}  // namespace stub
}  // namespace shmidl
