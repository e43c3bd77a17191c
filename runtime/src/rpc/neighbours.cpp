#include "rpc/neighbours.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "os/fork.hpp"
#include "os/socket.hpp"
#include "rpc/acceptor.hpp"

namespace shmidl::rpc {
namespace {

/// Never destroyed: servers may end after main's statics.
struct Table {
  explicit Table(std::uint32_t mark) noexcept : process_mark(mark) {}
  const std::uint32_t process_mark;
  std::mutex mutex;  // guards what follows
  std::map<std::string, std::weak_ptr<Acceptor>, std::less<>> servers;
};

constinit std::atomic<Table*> current_table{nullptr};

// A forked child starts a table of its own: the mutex of the inherited one may be held by a thread that the child does not have.
Table& table() {
  const std::uint32_t mark = os::process_mark();
  // sync Neighbours.table acquire: pairs with acq_rel below.
  Table* known = current_table.load(std::memory_order_acquire);
  if (known != nullptr && known->process_mark == mark) return *known;
  auto fresh = std::make_unique<Table>(mark);
  // sync Neighbours.table acq_rel: publishes the table; pairs with acquire above.
  if (current_table.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
  return *known;
}

}  // namespace

Result<void> Neighbours::take_name(std::string_view name, const std::shared_ptr<Acceptor>& server) {
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  std::weak_ptr<Acceptor>& holder = all.servers[std::string(name)];
  if (!holder.expired()) return Error(Errc::name_in_use, "a server named `inproc:" + std::string(name) + "` runs already in this process");
  holder = server;
  return {};
}

void Neighbours::give_up(std::string_view name, const Acceptor& server) noexcept {
  Table& all = table();
  std::shared_ptr<Acceptor> holder;  // may be the last one: ends without the lock
  const std::lock_guard lock(all.mutex);
  const auto found = all.servers.find(name);
  if (found == all.servers.end()) return;
  holder = found->second.lock();
  if (holder == nullptr || holder.get() == &server) all.servers.erase(found);
}

Result<Fd> Neighbours::connect(std::string_view name) {
  std::shared_ptr<Acceptor> server;
  {
    Table& all = table();
    const std::lock_guard lock(all.mutex);
    if (const auto found = all.servers.find(name); found != all.servers.end()) server = found->second.lock();
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
