// The services that bench_shmidl measures: `Work`, `Images`, `Hub` and `Feed`, served by another process.
#pragma once

#include "support/contender.hpp"

#include "feed.shmidl.hpp"
#include "hub.shmidl.hpp"
#include "images.shmidl.hpp"
#include "work.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <memory>
#include <string>

namespace shmidl::bench {

/// The word for a way to wait: "poll", "adaptive", "block"; throws std::invalid_argument.
Wait wait_from(const std::string& word);

/// The address of this run's server.
std::string address(const std::filesystem::path& dir);

/// The server's process: serves all of them, waiting as its role says.
void serve_work(ServerContext& context);

/// Connections to it.
std::shared_ptr<Work::Client> connect_work(const Context& context, const std::string& waiting);
std::shared_ptr<Hub::Client> connect_hub(const Context& context, const std::string& waiting);
std::shared_ptr<Feed::Client> connect_feed(const Context& context, const std::string& waiting);

/// Adds one and one more, to a server in `role`, with a client that waits so; throws when a sum is wrong.
Samples call_add(const Context& context, const std::string& role, const std::string& waiting);

}  // namespace shmidl::bench
