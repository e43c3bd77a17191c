// What stubs call: an object of the peer, the connection that leads to it, and how its methods are numbered there.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <shmidl/stub/call.hpp>
#include <shmidl/stub/storage.hpp>

#include "rpc/link.hpp"
#include "rpc/meeting.hpp"
#include "rpc/method_map.hpp"
#include "rpc/objects.hpp"
#include "rpc/reconnecting.hpp"

namespace shmidl::stub {

/// An object of the peer that is not the root.
struct RemoteObject {
  std::shared_ptr<rpc::Objects> among;
  std::uint32_t number = 0;
  bool same_schema = false;  ///< equal fingerprints
};

/// Lifetime: that of its TargetRefs: the client's, and those of its calls under way. Threads: any; immutable.
class Target final : public Storage {
 public:
  Target(std::shared_ptr<Link> link, rpc::MethodMap methods) noexcept
      : Storage(&end), link_(link.get()), numbers_(methods.numbers()), has_deadlines_(link_->has_timeout() || methods.has_deadlines()), keeper_(std::move(link)), methods_(std::move(methods)) {}
  /// Its number() is MethodMap::kNoNumber for every method: the calls of all but the root go another way.
  Target(std::shared_ptr<Link> link, rpc::MethodMap methods, RemoteObject object);
  /// The same, of a root that is a part of this process, if that is where the meeting is.
  Target(std::shared_ptr<Link> link, rpc::MethodMap methods, std::shared_ptr<rpc::Meeting> meeting);
  /// What a client holds that reconnects: it has no link, and all numbers are kNoNumber; each of its calls goes to a Target of the moment.
  explicit Target(std::unique_ptr<rpc::Reconnecting> reconnecting);

  /// Not of one that reconnects.
  [[nodiscard]] Link& link() const noexcept { return *link_; }
  /// Null: its calls go over link().
  [[nodiscard]] rpc::Reconnecting* reconnecting() const noexcept { return reconnecting_.get(); }
  /// The number of the client's method on the other side, in one load; MethodMap::kNoNumber: ask method(), which knows why not.
  [[nodiscard]] std::uint16_t number(std::uint32_t index) const noexcept { return numbers_[index]; }
  /// The same, or why it cannot be called.
  [[nodiscard]] Result<std::uint16_t> method(std::uint32_t index) const { return methods_.find(index); }
  /// True if a call may have a deadline though it brings no timeout: the client's, or its method's.
  [[nodiscard]] bool has_deadlines() const noexcept { return has_deadlines_; }
  /// The number of the object; 0: the root, which the connection was made for.
  [[nodiscard]] std::uint32_t object() const noexcept { return object_.number; }
  [[nodiscard]] const RemoteObject& remote() const noexcept { return object_; }
  [[nodiscard]] bool same_schema() const noexcept { return object_.same_schema; }
  /// True if calls of it go as those of no cell do: its numbers are found by method() alone.
  [[nodiscard]] bool goes_in_full() const noexcept { return object_.number != 0 || meeting_ != nullptr; }
  /// True if the method's calls may run on their callers' threads.
  [[nodiscard]] bool is_direct(std::uint32_t index) const noexcept { return meeting_ != nullptr && (info(index).traits & kHandsOver) == 0; }
  /// The same of this call, as far as this side knows.
  [[nodiscard]] bool may_be_direct(std::uint32_t index, const CallOptions* options) const noexcept;
  [[nodiscard]] const std::shared_ptr<rpc::Meeting>& meeting() const noexcept { return meeting_; }
  [[nodiscard]] const MethodInfo& info(std::uint32_t index) const noexcept { return methods_.interface().methods[index]; }

 private:
  /// Of calls that all go another way than those of one cell: each of the last three may be none.
  struct Apart {
    std::shared_ptr<Link> link;
    rpc::MethodMap methods;
    RemoteObject object;
    std::shared_ptr<rpc::Meeting> meeting;
    std::unique_ptr<rpc::Reconnecting> reconnecting;
  };
  explicit Target(Apart apart);
  static void end(Storage* storage) noexcept;

  Link* const link_;
  const std::vector<std::uint16_t> no_numbers_;  // kNoNumber for each method; empty: they are methods_'s
  const std::uint16_t* const numbers_;
  const bool has_deadlines_;
  const RemoteObject object_;
  const std::shared_ptr<rpc::Meeting> meeting_;  // null: in another process
  const std::shared_ptr<Link> keeper_;
  const rpc::MethodMap methods_;
  std::unique_ptr<rpc::Reconnecting> reconnecting_;
};

/// False if the call certainly has no deadline: without a look at the method.
[[nodiscard]] inline bool may_be_timed(const CallOptions* options, const Target& target) noexcept {
  return (options != nullptr && options->timeout) || target.has_deadlines() || rpc::thread_memory.serving != nullptr;
}

/// Where a oneway call of a client that reconnects goes; connects if need be. Errors: those that the call ends with.
Result<TargetRef> ready_for_send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept;

}  // namespace shmidl::stub
