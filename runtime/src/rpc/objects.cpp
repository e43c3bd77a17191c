#include "rpc/objects.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

#include "os/socket.hpp"
#include "rpc/any_object.hpp"
#include "rpc/target.hpp"

namespace shmidl::rpc {

namespace {

Error nonsense(const char* what) { return Error(Errc::protocol_error, std::string("the peer ") + what); }

}  // namespace

// ── as the owner ──────────────────────────────────────────────────────────────────────────────────

Result<Mention> Objects::mention(const std::shared_ptr<Object>& object) try {
  std::shared_ptr<Object> alive;  // ends without the lock
  were_named_.store(true, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (ended_) return Error(Errc::peer_died);
  if (const auto known = proxies_.find(object.get()); known != proxies_.end()) {
    // The address may be another object's by now.
    Import& import = imports_.find(known->second)->second;
    for (const Proxy& proxy : import.proxies) {
      if (proxy.address != object.get()) continue;
      alive = proxy.object.lock();
      if (alive == nullptr) break;
      ++import.holders;
      ++returned_;
      pause_ = kKept;
      look_soon();
      return Mention{known->second, true, true};
    }
  }
  return mention_export(object);
} catch (const std::bad_alloc&) {
  return Error(Errc::no_resources, "memory ran out while a call was packed");
}

Result<Mention> Objects::mention_export(const std::shared_ptr<Object>& object) {
  if (object->shmidl_interface().serial) static_cast<void>(Serial::of(*object));
  const auto [number, is_new] = numbers_.try_emplace(object.get(), 0);
  if (is_new) {
    if (exports_.size() >= kMaxObjects) {
      numbers_.erase(number);
      return Error(Errc::no_resources, "the peer holds " + std::to_string(kMaxObjects) + " objects of this connection, as many as it may");
    }
    do ++last_number_;
    while (last_number_ == 0 || exports_.contains(last_number_));
    number->second = last_number_;
    try {
      // For their ends, which must not fail.
      const std::size_t most = exports_.size() + dead_.size() + forgets_.size() + 1;
      if (dead_.capacity() < most) dead_.reserve(2 * most);
      if (forgets_.capacity() < most) forgets_.reserve(2 * most);
      exports_.emplace(last_number_, Export{object});
    } catch (const std::bad_alloc&) {
      numbers_.erase(number);
      throw;
    }
  }
  Export& found = exports_.find(number->second)->second;
  if (found.mentioned == std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();  // a peer that never says how often it was
  ++found.mentioned;
  return Mention{number->second, false, false};
}

Result<void> Objects::announce(Mention& mention, const Fd& socket) try {
  if (mention.announced) return {};
  const std::lock_guard lock(mutex_);
  if (ended_) return Error(Errc::peer_died);
  flush();
  if (!forgets_.empty()) return Error(Errc::would_block);  // they come first: the peer counts
  const auto found = exports_.find(mention.number);
  if (found == exports_.end()) return Error(Errc::protocol_error, "the peer let go of an object that is being sent to it");
  Export& object = found->second;
  if (!object.announced) {
    const stub::Interface& interface = object.object->shmidl_interface();
    if (&interface == &AnyObject::table()) {
      return Error(Errc::schema_mismatch, "an IBinder of one process is handed to another as what it is: see it as its interface first, by shmidl::as_interface");
    }
    if (interface.name.size() > kMaxInterfaceName) return Error(Errc::no_resources, "the interface's name is longer than " + std::to_string(kMaxInterfaceName) + " bytes");
    ObjectMessage message;
    message.number = mention.number;
    message.fingerprint = interface.fingerprint;
    message.name_bytes = static_cast<std::uint32_t>(interface.name.size());
    std::copy(interface.name.begin(), interface.name.end(), message.name.begin());
    SharedDescription description;
    const bool is_new = !described_.contains(interface.fingerprint);
    if (is_new) {
      auto shared = share_description(interface);
      if (!shared) return shared.error();
      if (shared->bytes <= kMaxObjectDescription) {
        description = std::move(*shared);
        message.description_bytes = description.bytes;
      }
      described_.emplace(interface.fingerprint, std::string());
    }
    const int descriptor = description.descriptor.get();
    const bool with = message.description_bytes != 0;
    if (auto sent = os::send(socket, seal_message(message, MessageKind::object), std::span(&descriptor, with ? 1 : 0)); !sent) {
      if (is_new) described_.erase(interface.fingerprint);
      return sent;
    }
    object.announced = true;
  }
  mention.announced = true;
  return {};
} catch (const std::bad_alloc&) {
  return Error(Errc::no_resources, "memory ran out while a call was packed");
}

void Objects::end(const Mention& mention, bool published) noexcept {
  if (mention.receivers) {
    {
      const std::lock_guard lock(mutex_);
      --returned_;
    }
    return let_go(mention.number);
  }
  if (published) return;
  const std::lock_guard lock(mutex_);
  const auto found = exports_.find(mention.number);
  if (found != exports_.end() && --found->second.mentioned == 0) drop_export(found, 0);
}

void Objects::drop_export(std::map<std::uint32_t, Export>::iterator found, std::uint32_t after) noexcept {
  if (found->second.announced) {
    forgets_.push_back(found->first);
    flush();
  }
  numbers_.erase(found->second.object.get());
  kill(found->first, std::move(found->second.object), after);
  exports_.erase(found);
}

void Objects::kill(std::uint32_t number, std::shared_ptr<Object> object, std::uint32_t after) noexcept {
  dead_.push_back({number, std::move(object), after});
  has_dead_.store(true, std::memory_order_relaxed);
}

Result<void> Objects::dropped(const DropObjectMessage& message) {
  const std::lock_guard lock(mutex_);
  if (ended_) return {};
  const auto found = exports_.find(message.number);
  if (found == exports_.end() || !found->second.announced || message.times == 0 || message.times > found->second.mentioned) {
    return nonsense("let go of an object that it does not have");
  }
  found->second.mentioned -= message.times;
  if (found->second.mentioned == 0) drop_export(found, message.after);
  return {};
}

Objects::Found Objects::find(std::uint32_t number) noexcept {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Object> object;
  if (const auto found = exports_.find(number); found != exports_.end()) {
    object = found->second.object;
  } else {
    const auto dead = std::find_if(dead_.begin(), dead_.end(), [&](const Dead& entry) { return entry.number == number; });
    if (dead == dead_.end()) return {};
    object = dead->object;
  }
  const stub::Interface& interface = object->shmidl_interface();
  return {std::move(object), &interface};
}

SerialRef Objects::turns_of(std::uint32_t number) noexcept {
  const Found found = find(number);
  if (found.object == nullptr || !found.interface->serial) return {};
  return SerialRef(Serial::of(*found.object));  // it was made when the object was first named
}

void Objects::bury(std::uint32_t oneways_done) noexcept {
  for (;;) {
    std::shared_ptr<Object> last;  // ends without the lock
    const std::lock_guard lock(mutex_);
    const auto free = std::find_if(dead_.begin(), dead_.end(), [&](const Dead& entry) {
      return ended_ || static_cast<std::int32_t>(oneways_done - entry.after) >= 0;
    });
    if (free == dead_.end()) return has_dead_.store(!dead_.empty(), std::memory_order_relaxed);
    last = std::move(free->object);
    *free = std::move(dead_.back());
    dead_.pop_back();
  }
}

// ── as the receiver ───────────────────────────────────────────────────────────────────────────────

Result<void> Objects::announced(const ObjectMessage& message, std::vector<Fd>& descriptors) {
  if (message.number == 0 || message.name_bytes == 0 || message.name_bytes > kMaxInterfaceName) return nonsense("announced an object without a number or a name");
  if (descriptors.size() > (message.description_bytes != 0 ? 1u : 0u) || message.description_bytes > kMaxObjectDescription) {
    return nonsense("announced an object with something else than its description");
  }
  PeersInterface interface{std::string(message.name.data(), message.name_bytes), message.fingerprint, nullptr};
  if (!descriptors.empty()) {
    auto read = read_description(descriptors[0], message.description_bytes);
    if (!read) return read.error();
    interface.description = std::make_shared<const Description>(std::move(*read));
  }
  const std::lock_guard lock(mutex_);
  if (ended_) return {};
  if (imports_.size() >= kMaxObjects) return nonsense("announced more objects than it may");
  auto known = interfaces_.find(message.fingerprint);
  if (known == interfaces_.end()) {
    if (interfaces_.size() >= kMaxInterfaces) return nonsense("announced objects of more interfaces than it may");
    known = interfaces_.emplace(message.fingerprint, std::move(interface)).first;
  } else if (known->second.name != interface.name) {
    return nonsense("announced two interfaces with one fingerprint");
  }
  if (idle_.capacity() <= imports_.size()) idle_.reserve(2 * imports_.size() + 8);
  Import import;
  import.interface = &known->second;
  if (!imports_.try_emplace(message.number, std::move(import)).second) return nonsense("announced two objects under one number");
  return {};
}

Result<void> Objects::forgotten(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  if (ended_) return {};
  const auto found = imports_.find(number);
  if (found == imports_.end() || found->second.holders != 0 || found->second.times != 0) return nonsense("took back an object that is in use, or was never announced");
  forget_proxies(found->second, number);
  if (found->second.idle) std::erase(idle_, number);
  imports_.erase(found);
  return {};
}

void Objects::forget_proxies(const Import& import, std::uint32_t number) noexcept {
  for (const Proxy& proxy : import.proxies) {
    if (const auto known = proxies_.find(proxy.address); known != proxies_.end() && known->second == number) proxies_.erase(known);
  }
}

Objects::Verdict Objects::take(const shm::Descriptor& descriptor, stub::ObjectHolder*& holder) noexcept try {
  if (descriptor.region != 0 || descriptor.flags != 0 || descriptor.length != 0 || descriptor.offset > std::numeric_limits<std::uint32_t>::max()) {
    return Verdict::nonsense;
  }
  const auto number = static_cast<std::uint32_t>(descriptor.offset);
  if (descriptor.kind == shm::kReceiversObject) {
    Found found = find(number);
    if (found.object == nullptr) return Verdict::nonsense;
    holder = new stub::ObjectHolder(std::move(found.object));
    return Verdict::good;
  }
  const std::lock_guard lock(mutex_);
  const auto found = imports_.find(number);
  if (found == imports_.end()) return Verdict::not_yet;
  if (found->second.times == std::numeric_limits<std::uint32_t>::max()) return Verdict::nonsense;
  holder = new stub::ObjectHolder(shared_from_this(), number);
  ++found->second.times;
  ++found->second.holders;
  return Verdict::good;
} catch (const std::bad_alloc&) {
  return Verdict::no_memory;
}

bool Objects::has_interface(std::uint32_t number, std::string_view interface) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = imports_.find(number);
  return found != imports_.end() && found->second.interface->name == interface;
}

std::string Objects::interface_name(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = imports_.find(number);
  return found != imports_.end() ? found->second.interface->name : std::string();
}

std::shared_ptr<Object> Objects::proxy(std::uint32_t number, const stub::Interface* interface) {
  const auto known = [&]() -> std::shared_ptr<Object> {
    const auto found = imports_.find(number);
    for (const Proxy& proxy : found->second.proxies) {
      // Whoever asks for any takes one that is there.
      if (interface != nullptr && proxy.interface != interface) continue;
      if (std::shared_ptr<Object> object = proxy.object.lock()) return object;
    }
    return nullptr;
  };
  std::shared_ptr<stub::Link> link;
  PeersInterface theirs;
  {
    const std::lock_guard lock(mutex_);
    if (std::shared_ptr<Object> object = known()) return object;
    link = link_.lock();
    theirs = *imports_.find(number)->second.interface;
  }
  if (link == nullptr) throw Error(Errc::cancelled, "the connection of the object was closed");
  const stub::Interface& table = interface != nullptr ? *interface : AnyObject::table();
  MethodMap methods = interface == nullptr || theirs.fingerprint == table.fingerprint ? MethodMap::same(table)
                      : MethodMap::compare(table, theirs.description != nullptr ? *theirs.description : Description{});
  const bool same = theirs.fingerprint == table.fingerprint;
  // The Target holds the object from here on.
  auto* const target = new stub::Target(std::move(link), std::move(methods), {shared_from_this(), number, same});
  {
    const std::lock_guard lock(mutex_);
    ++imports_.find(number)->second.holders;
  }
  stub::ClientLink client{stub::TargetRef(*target)};
  std::shared_ptr<Object> made;
  if (interface != nullptr) made.reset(interface->object->make_client(std::move(client)));
  else made = std::make_shared<AnyObject>(std::move(client));
  std::shared_ptr<Object> other;
  {
    const std::lock_guard lock(mutex_);
    other = known();
    if (other == nullptr) {
      Import& import = imports_.find(number)->second;
      std::erase_if(import.proxies, [&](const Proxy& proxy) {
        if (!proxy.object.expired()) return false;
        if (const auto old = proxies_.find(proxy.address); old != proxies_.end() && old->second == number) proxies_.erase(old);
        return true;
      });
      import.proxies.push_back({interface, made, made.get()});
      proxies_[made.get()] = number;
    }
  }
  return other != nullptr ? other : made;
}

void Objects::let_go(std::uint32_t number) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = imports_.find(number);
  if (found == imports_.end() || --found->second.holders != 0 || ended_ || found->second.idle) return;
  found->second.idle = true;
  idle_.push_back(number);
  pause_ = kKept;
  look_soon();
}

// ── life ──────────────────────────────────────────────────────────────────────────────────────────

void Objects::look_soon() noexcept {
  if (tick_wanted_) return;
  tick_wanted_ = Watcher::tick(keeper_, os::Clock::now() + pause_).has_value();
  if (!tick_wanted_) release_idle();
}

void Objects::release_idle() noexcept {
  if (socket_ == nullptr) return;
  std::erase_if(idle_, [&](std::uint32_t number) {
    const auto found = imports_.find(number);
    if (found == imports_.end()) return true;
    Import& import = found->second;
    if (import.holders == 0 && import.times != 0) {
      DropObjectMessage message;
      message.number = number;
      message.times = import.times;
      message.after = sent_oneways_->load(std::memory_order_relaxed);  // this thread's own are among them
      if (!os::send(*socket_, seal_message(message, MessageKind::drop_object))) return false;  // a full socket: again with the next tick
      import.times = 0;
    }
    import.idle = false;
    return true;
  });
}

void Objects::flush() noexcept {
  if (socket_ == nullptr) return;
  std::size_t sent = 0;
  for (; sent < forgets_.size(); ++sent) {
    NumberMessage message;
    message.number = forgets_[sent];
    if (!os::send(*socket_, seal_message(message, MessageKind::forget))) break;
  }
  forgets_.erase(forgets_.begin(), forgets_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void Objects::open(const Fd& socket, std::weak_ptr<stub::Link> link, const std::atomic<std::uint32_t>& sent_oneways) noexcept {
  const std::lock_guard lock(mutex_);
  socket_ = &socket;
  sent_oneways_ = &sent_oneways;
  keeper_ = link;
  link_ = std::move(link);
}

void Objects::tick(os::TimePoint) noexcept {
  const std::lock_guard lock(mutex_);
  tick_wanted_ = false;
  release_idle();
  flush();
  // A reply that the peer keeps is looked at less and less often.
  if (idle_.empty() && forgets_.empty()) pause_ = std::min<std::chrono::milliseconds>(2 * pause_, std::chrono::seconds(1));
  if (!ended_ && (!idle_.empty() || !forgets_.empty() || returned_ != 0)) look_soon();
}

bool Objects::has_returned() noexcept {
  const std::lock_guard lock(mutex_);
  return returned_ != 0;
}

void Objects::end() noexcept {
  const std::lock_guard lock(mutex_);
  socket_ = nullptr;
  ended_ = true;
  numbers_.clear();
  for (auto& [number, object] : exports_) kill(number, std::move(object.object), 0);
  exports_.clear();
  forgets_.clear();
}

}  // namespace shmidl::rpc

namespace shmidl::stub {

void ObjectHolder::end(Storage* storage) noexcept {
  auto* const self = static_cast<ObjectHolder*>(storage);
  if (self->objects != nullptr && self->objects->process == os::process_mark()) self->objects->let_go(self->number);
  delete self;
}

void release_objects(ObjectHolder* first) noexcept {
  while (first != nullptr) std::exchange(first, first->next)->release();
}

void measure_object(Measure& measure, std::shared_ptr<Object> object) {
  const void* const which = object.get();
  auto* const holder = new ObjectHolder(std::move(object));
  holder->next = std::exchange(measure.objects(), holder);
  measure.attach({holder, -1, which});
}

bool implements(const Frame& frame, std::uint32_t handle, const Interface* interface) noexcept {
  const auto& holder = *static_cast<const ObjectHolder*>(frame.blob(handle));
  if (interface == nullptr) return true;
  if (holder.object != nullptr) return &holder.object->shmidl_interface() == interface;
  return holder.objects->has_interface(holder.number, interface->name);
}

std::shared_ptr<Object> object_of(const Frame& frame, std::uint32_t handle, const Interface* interface) {
  const auto& holder = *static_cast<const ObjectHolder*>(frame.blob(handle));
  return holder.object != nullptr ? holder.object : holder.objects->proxy(holder.number, interface);
}

}  // namespace shmidl::stub
