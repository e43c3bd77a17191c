// A contiguous array that may lie in private memory, in the peer's read-only frame, or in the connection's arena.
#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <shmidl/stub/storage.hpp>

namespace shmidl {

/// An array of flat elements that copies only when it must.
///
/// Copying an Array shares its memory. Const access never copies. The first non-const access (`data()`, `begin()`, `[]` of an Array that is
/// not const) takes a private copy when the memory is shared with another Array or lies in the peer's read-only memory; read through
/// `std::as_const` or a const reference to avoid it.
///
/// Lifetime: a received Array keeps the peer's frame until the last copy of it ends.
/// Threads:  as std::vector: different objects from any thread, one object from one at a time.
template <class T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>, "an Array holds flat elements: scalars, enums and flat structs");

 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T&;
  using const_reference = const T&;
  using pointer = T*;
  using const_pointer = const T*;
  using iterator = T*;
  using const_iterator = const T*;

  Array() noexcept = default;

  /// `count` elements, zeroed.
  explicit Array(std::size_t count) : Array(uninitialized(count)) {
    for (std::size_t i = 0; i < count; ++i) data_[i] = T{};
  }

  Array(std::initializer_list<T> elements) : Array(copy_of({elements.begin(), elements.size()})) {}

  /// A private copy of `elements`.
  explicit Array(std::span<const T> elements) : Array(copy_of(elements)) {}

  Array(const std::vector<T>& elements) : Array(uninitialized(elements.size())) {  // NOLINT: to and from a vector
    std::size_t at = 0;
    for (const T& element : elements) data_[at++] = element;
  }

  template <std::input_iterator Iterator>
  Array(Iterator first, Iterator last) : Array(std::vector<T>(first, last)) {}

  /// For the stubs: memory that `storage` keeps; the Array takes over one reference.
  Array(stub::Storage* storage, const T* data, std::size_t size, bool writable) noexcept
      : storage_(storage), data_(const_cast<T*>(data)), size_(size), writable_(writable) {}

  Array(const Array& other) noexcept
      : storage_(other.storage_), data_(other.data_), size_(other.size_), writable_(other.writable_) {
    if (storage_ != nullptr) storage_->retain();
  }
  Array(Array&& other) noexcept
      : storage_(std::exchange(other.storage_, nullptr)), data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)), writable_(std::exchange(other.writable_, true)) {}
  Array& operator=(Array other) noexcept {
    swap(other);
    return *this;
  }
  ~Array() {
    if (storage_ != nullptr) storage_->release();
  }

  void swap(Array& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(writable_, other.writable_);
  }
  friend void swap(Array& a, Array& b) noexcept { a.swap(b); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] const T* data() const noexcept { return data_; }
  [[nodiscard]] const T* begin() const noexcept { return data_; }
  [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
  [[nodiscard]] const T* cbegin() const noexcept { return data_; }
  [[nodiscard]] const T* cend() const noexcept { return data_ + size_; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_[index]; }
  [[nodiscard]] const T& front() const noexcept { return data_[0]; }
  [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }

  [[nodiscard]] T* data() { return own(); }
  [[nodiscard]] T* begin() { return own(); }
  [[nodiscard]] T* end() { return own() + size_; }
  [[nodiscard]] T& operator[](std::size_t index) { return own()[index]; }
  [[nodiscard]] T& front() { return own()[0]; }
  [[nodiscard]] T& back() { return own()[size_ - 1]; }

  /// Gives the array `count` elements; new ones are zeroed, the memory becomes private.
  void resize(std::size_t count) {
    if (count == size_) return;
    Array next(uninitialized(count));
    const std::size_t kept = count < size_ ? count : size_;
    if (kept != 0) std::memcpy(next.data_, data_, kept * sizeof(T));
    for (std::size_t i = kept; i < count; ++i) next.data_[i] = T{};
    swap(next);
  }
  void clear() noexcept { Array().swap(*this); }

  operator std::vector<T>() const { return std::vector<T>(begin(), end()); }  // NOLINT: to and from a vector

  friend bool operator==(const Array& a, const Array& b) noexcept { return a.size() == b.size() && a.equals(b.data()); }
  friend bool operator==(const Array& a, const std::vector<T>& b) noexcept { return a.size() == b.size() && a.equals(b.begin()); }

  /// For the stubs: `count` elements of private memory, not written yet.
  static Array uninitialized(std::size_t count) {
    if (count == 0) return Array();
    if (count > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    stub::Storage* storage = stub::make_private_storage(count * sizeof(T));
    return Array(storage, static_cast<const T*>(stub::private_memory(storage)), count, true);
  }

 private:
  static Array copy_of(std::span<const T> elements) {
    Array copy = uninitialized(elements.size());
    if (!elements.empty()) std::memcpy(copy.data_, elements.data(), elements.size_bytes());
    return copy;
  }

  template <class Iterator>
  [[nodiscard]] bool equals(Iterator other) const noexcept {
    if constexpr (std::is_pointer_v<Iterator> && std::is_scalar_v<T> && std::has_unique_object_representations_v<T>) {
      return size_ == 0 || std::memcmp(data_, other, size_ * sizeof(T)) == 0;
    }
    for (std::size_t i = 0; i < size_; ++i, ++other) {
      if (!(data_[i] == *other)) return false;
    }
    return true;
  }

  T* own() {
    if (storage_ != nullptr && !(writable_ && storage_->unique())) copy_of({data_, size_}).swap(*this);
    return data_;
  }

  stub::Storage* storage_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  bool writable_ = true;
};

}  // namespace shmidl
