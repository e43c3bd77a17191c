#include "rpc/target.hpp"

#include "os/fork.hpp"

namespace shmidl::stub {

Target::Target(Apart apart)
    : Storage(&end),
      link_(apart.link.get()),
      no_numbers_(apart.methods.interface().methods.size(), rpc::MethodMap::kNoNumber),
      numbers_(no_numbers_.data()),
      has_deadlines_(apart.reconnecting == nullptr || apart.reconnecting->options().timeout.has_value() || apart.methods.has_deadlines()),
      object_(std::move(apart.object)),
      meeting_(std::move(apart.meeting)),
      keeper_(std::move(apart.link)),
      methods_(std::move(apart.methods)),
      reconnecting_(std::move(apart.reconnecting)) {}

Target::Target(std::shared_ptr<Link> link, rpc::MethodMap methods, RemoteObject object)
    : Target(Apart{std::move(link), std::move(methods), std::move(object), nullptr, nullptr}) {}

Target::Target(std::shared_ptr<Link> link, rpc::MethodMap methods, std::shared_ptr<rpc::Meeting> meeting)
    : Target(Apart{std::move(link), std::move(methods), {}, std::move(meeting), nullptr}) {}

// In a list in braces the interface is read before its owner is moved.
Target::Target(std::unique_ptr<rpc::Reconnecting> reconnecting)
    : Target(Apart{nullptr, rpc::MethodMap::same(reconnecting->interface()), {}, nullptr, std::move(reconnecting)}) {}

void Target::end(Storage* storage) noexcept {
  auto* const self = static_cast<Target*>(storage);
  if (self->reconnecting_ != nullptr) {
    // A child of fork has its locks as they were.
    if (self->reconnecting_->forked()) static_cast<void>(self->reconnecting_.release());
    delete self;
    return;
  }
  if (self->object_.among != nullptr && self->object_.among->process == os::process_mark()) self->object_.among->let_go(self->object_.number);
  // Its thread runs no code of the connection now: what the peer let go of may end on it.
  if (!self->link_->forked()) self->link_->bury();
  delete self;
}

void retain(Target& target) noexcept { target.retain(); }
void release(Target& target) noexcept { target.release(); }
Link& link_of(const Target& target) noexcept { return target.link(); }

TargetRef current_of(const TargetRef& target, bool ready) {
  rpc::Reconnecting* const reconnecting = (*target).reconnecting();
  if (reconnecting == nullptr) return target;
  if (!ready) return reconnecting->current();
  auto now = reconnecting->ready(reconnecting->patience());
  if (!now) throw Error(now.error());
  return std::move(*now);
}

}  // namespace shmidl::stub
