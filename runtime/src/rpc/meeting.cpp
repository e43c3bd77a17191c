#include "rpc/meeting.hpp"

#include <map>
#include <new>

#include "rpc/table_here.hpp"

namespace shmidl::rpc {
namespace {
constinit TableHere<std::map<std::uint64_t, std::weak_ptr<Meeting>>> meetings;
}

std::shared_ptr<Meeting> Meeting::expect(std::uint64_t number, const stub::Interface& interface) {
  auto meeting = std::make_shared<Meeting>(number, interface);
  auto& table = meetings.get();
  const std::lock_guard lock(table.mutex);
  table.entries[number] = meeting;
  return meeting;
}

std::shared_ptr<Meeting> Meeting::find(std::uint64_t number, const stub::Interface& interface) noexcept try {
  auto& table = meetings.get();
  const std::lock_guard lock(table.mutex);
  const auto found = table.entries.find(number);
  if (found == table.entries.end()) return nullptr;
  auto meeting = found->second.lock();
  return meeting != nullptr && &meeting->interface_ == &interface ? meeting : nullptr;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void Meeting::over() noexcept try {
  auto& table = meetings.get();
  const std::lock_guard lock(table.mutex);
  table.entries.erase(number_);
} catch (const std::bad_alloc&) {  // there is no table of this process, and nothing in it
}

}  // namespace shmidl::rpc
