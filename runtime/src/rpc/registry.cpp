#include "rpc/registry.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include <unistd.h>

#include "os/futex.hpp"

namespace shmidl::rpc {

void Registry::serve(Object& object, std::shared_ptr<Object> keeper) {
  const stub::Interface& interface = object.shmidl_interface();
  auto description = share_description(interface);
  if (!description) throw Error(description.error());
  Served served{&object, std::move(keeper), &interface, std::move(*description)};
  if (!objects_.emplace(interface.name, std::move(served)).second) {
    throw std::invalid_argument("this server serves an object of the interface `" + std::string(interface.name) + "` already");
  }
}

const Registry::Served* Registry::find(std::string_view interface) const {
  const auto found = objects_.find(interface);
  return found == objects_.end() ? nullptr : &found->second;
}

std::string Registry::interfaces() const {
  std::string names;
  for (const auto& [name, served] : objects_) names += (names.empty() ? "`" : ", `") + name + "`";
  return names.empty() ? "none" : names;
}

bool Registry::allows(const Caller& caller) const noexcept try {
  if (options_.allow) return options_.allow(caller);
  return caller.uid == ::geteuid() || caller.uid == 0;
} catch (...) {
  return false;
}

Result<std::shared_ptr<void>> Registry::admit() {
  const auto count = clients_;
  const auto leave = [count](void*) { count->fetch_sub(1, std::memory_order_relaxed); };
  const bool full = count->fetch_add(1, std::memory_order_relaxed) >= options_.max_clients;
  std::shared_ptr<void> place(count.get(), leave);
  if (full) return Error(Errc::overloaded, "`" + name_ + "` has as many clients as it takes, " + std::to_string(options_.max_clients));
  return place;
}

void Registry::add(std::shared_ptr<stub::Link> link) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      link->end(LinkState::closed);
      return;
    }
    links_.push_back(std::move(link));
    // sync Registry.version release: the list has changed; pairs with acquire in refresh() and is_current().
    version_.fetch_add(1, std::memory_order_release);
  }
  ring();
}

void Registry::remove(const std::shared_ptr<stub::Link>& link) noexcept {
  std::shared_ptr<stub::Link> last;  // ends outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find(links_.begin(), links_.end(), link);
  if (found == links_.end()) return;
  last = std::move(*found);
  links_.erase(found);
  // sync Registry.version release: the list has changed; pairs with acquire in refresh() and is_current().
  version_.fetch_add(1, std::memory_order_release);
}

void Registry::refresh(Links& links, std::uint32_t& version) const noexcept {
  // sync Registry.version acquire: pairs with the releases in add() and remove(); the mutex orders the list itself.
  if (version_.load(std::memory_order_acquire) == version) return;
  const std::lock_guard lock(mutex_);
  try {
    links = links_;
    version = version_.load(std::memory_order_relaxed);
  } catch (const std::bad_alloc&) {
    links.clear();  // tried again in the next round: the version is left as it was
  }
}

Registry::Links Registry::close() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  // sync Registry.version release: the list has changed; pairs with acquire in refresh() and is_current().
  version_.fetch_add(1, std::memory_order_release);
  return std::move(links_);
}

void Registry::ring() noexcept {
  // sync Registry.alarm release: seq_cst, so that it is ordered with the look of a leader that goes to sleep; pairs with acquire in ServerEngine::sleep().
  alarm_.fetch_add(1, std::memory_order_seq_cst);
  os::wake(os::word_of(alarm_), os::kWakeAll, true);
}

}  // namespace shmidl::rpc
