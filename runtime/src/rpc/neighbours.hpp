// The servers of this process that are reached by `inproc:` names: a table of the process, beside the watcher's.
//
// A forked child starts with an empty one: its parent's servers do not run in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

namespace shmidl::rpc {

class Acceptor;

/// Threads: any.
class Neighbours {
 public:
  /// Gives a name to a server, which accepts who comes by it. Errors: name_in_use.
  static Result<void> take_name(std::string_view name, const std::shared_ptr<Acceptor>& server);
  /// Gives the name up, if it is this server's.
  static void give_up(std::string_view name, const Acceptor& server) noexcept;
  /// A socket whose other end waits for the server's welcome. Errors: not_found; overloaded; no_resources.
  static Result<Fd> connect(std::string_view name);
};

}  // namespace shmidl::rpc
