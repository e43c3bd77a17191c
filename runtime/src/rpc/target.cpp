#include "rpc/target.hpp"

#include "os/fork.hpp"

namespace shmidl::stub {

namespace {
std::vector<std::uint16_t> none_for(const rpc::MethodMap& methods) { return std::vector<std::uint16_t>(methods.interface().methods.size(), rpc::MethodMap::kNoNumber); }
}  // namespace

Target::Target(std::shared_ptr<Link> link, rpc::MethodMap methods, RemoteObject object)
    : Storage(&end),
      link_(link.get()),
      numbers_(nullptr),
      has_deadlines_(true),
      object_(std::move(object)),
      no_numbers_(none_for(methods)),
      keeper_(std::move(link)),
      methods_(std::move(methods)) {
  numbers_ = no_numbers_.data();
}

Target::Target(std::shared_ptr<Link> link, rpc::MethodMap methods, std::shared_ptr<rpc::Meeting> meeting)
    : Storage(&end),
      link_(link.get()),
      numbers_(nullptr),
      has_deadlines_(true),
      meeting_(std::move(meeting)),
      no_numbers_(none_for(methods)),
      keeper_(std::move(link)),
      methods_(std::move(methods)) {
  numbers_ = no_numbers_.data();
}

Target::Target(std::unique_ptr<rpc::Reconnecting> reconnecting)
    : Storage(&end),
      link_(nullptr),
      numbers_(nullptr),
      has_deadlines_(reconnecting->options().timeout.has_value() || rpc::MethodMap::same(reconnecting->interface()).has_deadlines()),
      no_numbers_(none_for(rpc::MethodMap::same(reconnecting->interface()))),
      methods_(rpc::MethodMap::same(reconnecting->interface())),
      reconnecting_(std::move(reconnecting)) {
  numbers_ = no_numbers_.data();
}

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
