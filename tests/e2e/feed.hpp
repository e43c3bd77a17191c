// A Feed server in a process of its own, and how a test reaches it.
#pragma once

#include "services.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>
#include "feed.shmidl.hpp"

#include <memory>
#include <string>

namespace e2e {

/// A server that has said "ready": `threads` of them, or an event loop for 0; `slow` is how it treats slow readers of `forever` and `pushed`.
class FeedServer {
 public:
  explicit FeedServer(int threads = 1, const std::string& slow = "block") : process(FEED_SERVER, {"feed", std::to_string(threads), slow}) {
    process.expect_line("ready");
  }
  shmidl::test::Process process;
};

inline std::shared_ptr<feed::Feed::Client> connect_feed(shmidl::Wait wait = shmidl::Wait::adaptive) {
  return shmidl::connect<feed::Feed>("feed", {.wait = wait, .connect_timeout = std::chrono::seconds(10)});
}

/// The same, with its server.
struct FeedPair {
  explicit FeedPair(int threads = 1, const std::string& slow = "block") : server(threads, slow), feed(connect_feed()) {}
  Services services;
  FeedServer server;
  std::shared_ptr<feed::Feed::Client> feed;
};

}  // namespace e2e
