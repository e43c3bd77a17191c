// An object whose calls run one at a time, whoever calls: @Serial.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <shmidl/object.hpp>
#include <shmidl/stub/storage.hpp>

#include "os/clock.hpp"

namespace shmidl::stub {
class Link;
}

namespace shmidl::rpc {

/// Whoever takes jobs enters, or a caller of the same process; nobody waits for it: a call that has to stays where it stands, and keeps no thread. But a
/// chained call, which one thread alone can run, waits on that: in its Queue.
///
/// Lifetime: counted; its object has one reference, whoever holds it another.
class Serial final : public stub::Storage {
 public:
  /// The one of an object, wherever that is served or handed over. Made when it is first asked for: throws std::bad_alloc. Threads: any.
  [[nodiscard]] static Serial& of(const Object& object);

  /// True if no call of the object runs; then one does. Else a call waits for it from now on. Threads: the leader of the server that serves it.
  [[nodiscard]] bool try_enter() noexcept {
    const bool entered = queued_.load(std::memory_order_relaxed) == 0 && enter();
    if (waited_for_.load(std::memory_order_relaxed) == entered) waited_for_.store(!entered, std::memory_order_relaxed);
    return entered;
  }
  /// The same for a caller of this process: not while a call waits, which callers that come again and again would keep from its turn. Threads: any.
  [[nodiscard]] bool try_enter_in_turn() noexcept { return !waited_for_.load(std::memory_order_relaxed) && enter(); }
  /// As try_enter(), of an object that was handed over `link`; where it fails, whoever takes that link's jobs is told once to look again. Threads: any.
  [[nodiscard]] bool try_enter_for(stub::Link& link) noexcept;
  /// True if `link` has to wait, and will be told.
  [[nodiscard]] bool busy_for(stub::Link& link) noexcept;
  /// The call has ended. Threads: its own.
  void leave() noexcept {
    // sync Serial.busy release: ends the call; pairs with acquire in enter(). seq_cst: ordered before the look at who waits.
    busy_.store(0, std::memory_order_seq_cst);
    if (queued_.load(std::memory_order_seq_cst) != 0 || told_.load(std::memory_order_seq_cst)) [[unlikely]] tell();
  }
  /// Threads: any.
  [[nodiscard]] bool busy() const noexcept { return busy_.load(std::memory_order_relaxed) != 0; }

  /// A thread that waits for its turn, before all who can leave their calls where they stand.
  class Queue {
   public:
    explicit Queue(Serial& serial) noexcept : serial_(serial) { serial_.queued_.fetch_add(1, std::memory_order_seq_cst); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    ~Queue();
    [[nodiscard]] bool try_enter() noexcept { return entered_ = serial_.enter(); }
    /// Until the turn of another has ended, or for a moment.
    void wait(os::Deadline deadline) noexcept;

   private:
    Serial& serial_;
    bool entered_ = false;
  };

 private:
  Serial() noexcept : Storage(&end) {}
  ~Serial() = default;
  static void end(Storage* storage) noexcept { delete static_cast<Serial*>(storage); }
  bool enter() noexcept {
    if (busy_.load(std::memory_order_relaxed) != 0) return false;
    // sync Serial.busy acquire: what the last call did is seen by the next one; pairs with release in leave(). seq_cst: ordered after the announcements.
    return busy_.exchange(1, std::memory_order_seq_cst) == 0;
  }
  void tell() noexcept;
  /// False if there is no memory for it.
  bool will_tell(stub::Link& link) noexcept;

  std::atomic<std::uint32_t> busy_{0};
  std::atomic<bool> waited_for_{false};   // a hint: who it keeps out goes the way of all calls
  std::atomic<std::uint32_t> queued_{0};  // threads in a Queue
  std::atomic<bool> told_{false};         // links_ has some
  std::mutex mutex_;  // guards what follows
  std::vector<std::weak_ptr<stub::Link>> links_;
};

/// One reference, or none.
class SerialRef {
 public:
  SerialRef() noexcept = default;
  explicit SerialRef(Serial& serial) noexcept : serial_(&serial) { serial_->retain(); }
  SerialRef(SerialRef&& other) noexcept : serial_(std::exchange(other.serial_, nullptr)) {}
  SerialRef& operator=(SerialRef other) noexcept {
    std::swap(serial_, other.serial_);
    return *this;
  }
  ~SerialRef() {
    if (serial_ != nullptr) serial_->release();
  }
  [[nodiscard]] Serial* get() const noexcept { return serial_; }

 private:
  Serial* serial_ = nullptr;
};

/// A turn of an object that was handed over, or none. Ends by itself.
class SerialTurn {
 public:
  SerialTurn() noexcept = default;
  /// It was entered.
  explicit SerialTurn(SerialRef serial) noexcept : serial_(std::move(serial)) {}
  SerialTurn(SerialTurn&&) noexcept = default;
  SerialTurn& operator=(SerialTurn&& other) noexcept {
    end();
    serial_ = std::move(other.serial_);
    return *this;
  }
  ~SerialTurn() { end(); }
  void end() noexcept {
    if (serial_.get() == nullptr) return;
    serial_.get()->leave();
    serial_ = {};
  }
  [[nodiscard]] Serial* get() const noexcept { return serial_.get(); }

 private:
  SerialRef serial_;
};

}  // namespace shmidl::rpc
