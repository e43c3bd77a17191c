#include "rpc/neighbours.hpp"

#include <map>
#include <new>
#include <utility>

#include "os/socket.hpp"
#include "rpc/acceptor.hpp"
#include "rpc/table_here.hpp"

namespace shmidl::rpc {
namespace {

constinit TableHere<std::map<std::string, std::weak_ptr<Acceptor>, std::less<>>> names;

}  // namespace

Result<void> Neighbours::take_name(std::string_view name, const std::shared_ptr<Acceptor>& server) {
  auto& all = names.get();
  const std::lock_guard lock(all.mutex);
  std::weak_ptr<Acceptor>& holder = all.entries[std::string(name)];
  if (!holder.expired()) return Error(Errc::name_in_use, "a server named `inproc:" + std::string(name) + "` runs already in this process");
  holder = server;
  return {};
}

void Neighbours::give_up(std::string_view name, const Acceptor& server) noexcept try {
  auto& all = names.get();
  std::shared_ptr<Acceptor> holder;  // may be the last one: ends without the lock
  const std::lock_guard lock(all.mutex);
  const auto found = all.entries.find(name);
  if (found == all.entries.end()) return;
  holder = found->second.lock();
  if (holder == nullptr || holder.get() == &server) all.entries.erase(found);
} catch (const std::bad_alloc&) {  // there is no table of this process, and nothing in it
}

Result<Fd> Neighbours::connect(std::string_view name) {
  std::shared_ptr<Acceptor> server;
  {
    auto& all = names.get();
    const std::lock_guard lock(all.mutex);
    if (const auto found = all.entries.find(name); found != all.entries.end()) server = found->second.lock();
  }
  const auto nobody = [&] { return Error(Errc::not_found, "no server runs under the name `inproc:" + std::string(name) + "` in this process"); };
  if (server == nullptr) return nobody();
  auto ends = os::make_socket_pair();
  if (!ends) return ends.error();
  auto given = server->take(std::move(ends->second));
  if (!given) return given.error().errc() == Errc::not_found ? nobody() : given.error();
  return std::move(ends->first);
}

}  // namespace shmidl::rpc
