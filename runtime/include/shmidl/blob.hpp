// Immutable shared memory that is handed from process to process without being copied.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include <shmidl/fd.hpp>
#include <shmidl/stub/storage.hpp>

namespace shmidl {

/// A handle to bytes that nobody can change any more.
///
/// Shape:    a memfd sealed against writing and against a change of its size; a copy of the handle shares it. Passed in a call, the memory itself
///           goes to the other process, once per connection, whatever its size; mapped by whoever reads it. One without bytes has no memory.
/// Lifetime: the memory ends with the last handle to it in any process, or with the last of these processes.
/// Threads:  different handles from any thread, one handle from one at a time; the bytes from any.
class Blob {
 public:
  Blob() noexcept = default;
  /// A copy of `bytes`. Errors (thrown): no_resources.
  explicit Blob(std::span<const std::byte> bytes);
  Blob(const Blob& other) noexcept : Blob(other.storage_) {}
  Blob(Blob&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
  Blob& operator=(Blob other) noexcept {
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~Blob() {
    if (storage_ != nullptr) storage_->release();
  }

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return storage_ == nullptr; }

  /// The bytes, mapped by the first to ask for them.
  ///
  /// Lifetime: that of the last handle in this process. Errors (thrown): no_resources.
  [[nodiscard]] std::span<const std::byte> bytes() const;
  /// The same as elements, as many as are whole.
  template <class T>
  [[nodiscard]] std::span<const T> as() const {
    static_assert(std::is_trivially_copyable_v<T>, "a blob holds bytes of flat elements");
    const auto all = bytes();
    return {reinterpret_cast<const T*>(all.data()), all.size() / sizeof(T)};
  }

  /// The sealed memfd, to be read or mapped by other means; none where there are no bytes.
  [[nodiscard]] FdView descriptor() const noexcept;

  /// The same bytes. Errors (thrown): no_resources, where they have to be looked at.
  friend bool operator==(const Blob& a, const Blob& b) { return a.storage_ == b.storage_ || a.equals(b); }

  /// For the stubs: one more handle; null is none.
  explicit Blob(stub::Storage* storage) noexcept : storage_(storage) {
    if (storage_ != nullptr) storage_->retain();
  }
  [[nodiscard]] stub::Storage* storage() const noexcept { return storage_; }

 private:
  friend class BlobBuilder;
  [[nodiscard]] bool equals(const Blob& other) const;

  stub::Storage* storage_ = nullptr;
};

/// Memory to be filled, and sealed then.
class BlobBuilder {
 public:
  /// `bytes` zeroed bytes. Errors (thrown): no_resources, too_large.
  explicit BlobBuilder(std::size_t bytes);
  BlobBuilder(BlobBuilder&& other) noexcept;
  BlobBuilder& operator=(BlobBuilder&& other) noexcept;
  ~BlobBuilder();

  /// Lifetime: until seal().
  [[nodiscard]] std::span<std::byte> bytes() noexcept;
  template <class T>
  [[nodiscard]] std::span<T> as() noexcept {
    static_assert(std::is_trivially_copyable_v<T>, "a blob holds bytes of flat elements");
    const auto all = bytes();
    return {reinterpret_cast<T*>(all.data()), all.size() / sizeof(T)};
  }

  /// Ends all writing; the builder has no bytes afterwards. Errors (thrown): no_resources.
  [[nodiscard]] Blob seal();

 private:
  struct State;
  std::unique_ptr<State> state_;  // null: no bytes
};

}  // namespace shmidl
