#include "rpc/serial.hpp"

#include <algorithm>
#include <chrono>
#include <new>

#include "os/futex.hpp"
#include "rpc/link.hpp"

namespace shmidl {

namespace stub {
void end_turns(Storage* serial) noexcept { serial->release(); }
}  // namespace stub

namespace rpc {

Serial& Serial::of(const Object& object) {
  const std::atomic_ref known(object.shmidl_turns_);
  // sync Object.turns acquire: it is made; pairs with release below.
  stub::Storage* found = known.load(std::memory_order_acquire);
  if (found == nullptr) {
    Serial* const made = new Serial();
    // sync Object.turns release: pairs with acquire above, and with that of a thread that comes second.
    if (known.compare_exchange_strong(found, made, std::memory_order_acq_rel)) return *made;
    made->release();
  }
  return *static_cast<Serial*>(found);
}

bool Serial::will_tell(stub::Link& link) noexcept try {
  std::weak_ptr<stub::Link> weak = link.weak_from_this();
  const std::lock_guard lock(mutex_);
  const auto same = [&](const std::weak_ptr<stub::Link>& other) { return !weak.owner_before(other) && !other.owner_before(weak); };
  if (std::none_of(links_.begin(), links_.end(), same)) links_.push_back(std::move(weak));
  told_.store(true, std::memory_order_seq_cst);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

bool Serial::try_enter_for(stub::Link& link) noexcept {
  if (queued_.load(std::memory_order_relaxed) == 0 && enter()) return true;
  // Announced, then tried once more: either this thread enters, or who leaves sees that somebody waits.
  if (!will_tell(link)) return false;
  return queued_.load(std::memory_order_seq_cst) == 0 && enter();
}

bool Serial::busy_for(stub::Link& link) noexcept {
  const auto waits = [this] { return busy_.load(std::memory_order_seq_cst) != 0 || queued_.load(std::memory_order_seq_cst) != 0; };
  return waits() && will_tell(link) && waits();
}

void Serial::tell() noexcept {
  if (queued_.load(std::memory_order_seq_cst) != 0) os::wake(os::word_of(busy_), os::kWakeAll, true);
  std::vector<std::weak_ptr<stub::Link>> links;
  {
    const std::lock_guard lock(mutex_);
    links.swap(links_);
    told_.store(false, std::memory_order_seq_cst);
  }
  for (const auto& waiting : links) {
    if (const auto link = waiting.lock()) link->look_at_streams();
  }
}

Serial::Queue::~Queue() {
  // Those that let it go first look again; the end of a turn tells them too.
  if (serial_.queued_.fetch_sub(1, std::memory_order_seq_cst) == 1 && !entered_ && serial_.told_.load(std::memory_order_seq_cst)) serial_.tell();
}

void Serial::Queue::wait(os::Deadline deadline) noexcept {
  // Whoever waits looks at more than this word, now and then. Chosen, not measured.
  os::wait_private(os::word_of(serial_.busy_), 1, deadline.sooner(os::Deadline::in(std::chrono::milliseconds(1))));
}

}  // namespace rpc

}  // namespace shmidl
