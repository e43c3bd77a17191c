#include "service.hpp"

#include <map>
#include <optional>
#include <utility>
#include <stdexcept>

#include <poll.h>
#include <sys/resource.h>

namespace shmidl::bench {

namespace {

struct Impl final : Work {
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  std::uint64_t sum(std::span<const std::uint8_t> bytes) override { return shmidl::bench::sum(bytes); }
  std::uint64_t count(std::span<const std::uint8_t> bytes) override { return bytes.size(); }
  void log(std::int32_t value) override { logged_ += value; }
  std::int64_t logged() override { return logged_; }

 private:
  std::int64_t logged_ = 0;
};

struct ImagesImpl final : Images {
  void put(std::string_view id, const Blob& image) override { images_.insert_or_assign(std::string(id), image); }
  std::optional<Blob> get(std::string_view id) override {
    const auto found = images_.find(id);
    return found == images_.end() ? std::nullopt : std::optional(found->second);
  }
  std::uint64_t sum(const Blob& image) override { return shmidl::bench::sum(image.as<std::uint8_t>()); }
  std::uint64_t count(const Blob& image) override { return image.size(); }

 private:
  std::map<std::string, Blob, std::less<>> images_;
};

struct HubImpl final : Hub {
  void keep(std::shared_ptr<Listener> listener) override { kept_ = std::move(listener); }
  std::int32_t ask(std::int32_t number) override { return kept_->changed(number); }
  std::int32_t ask_this(std::shared_ptr<Listener> listener, std::int32_t number) override { return listener->changed(number); }

 private:
  std::shared_ptr<Listener> kept_;
};

struct FeedImpl final : Feed {
  Stream<std::int32_t> yielded() override {
    for (std::int32_t i = 0;; ++i) co_yield i;
  }
  Stream<std::int32_t> pushed() override {
    return Stream<std::int32_t>::push([](Sink<std::int32_t>& sink) {
      for (std::int32_t i = 0;; ++i) sink.put(i);
    });
  }
};

/// How the server's threads wait in a role; "loop" and "pool" are ways to serve.
Wait wait_in(const std::string& role) { return role == "loop" || role == "pool" ? Wait::adaptive : wait_from(role); }

template <class I>
std::shared_ptr<typename I::Client> connect_to(const Context& context, const std::string& waiting) {
  using namespace std::chrono_literals;
  return connect<I>(address(context.dir), {.wait = wait_from(waiting), .connect_timeout = 5s});
}

}  // namespace

Wait wait_from(const std::string& word) {
  if (word == "poll") return Wait::poll;
  if (word == "adaptive") return Wait::adaptive;
  if (word == "block") return Wait::block;
  throw std::invalid_argument("'" + word + "' is no way to wait");
}

std::string address(const std::filesystem::path& dir) { return "shm:" + (dir / "work.sock").string(); }

void serve_work(ServerContext& context) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {  // for the row with 1,000 clients
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  Impl impl;
  const bool in_loop = context.role == "loop";
  Server server{address(context.dir), {.threads = context.role == "pool" ? 2u : 1u, .wait = wait_in(context.role)}};
  server.serve(impl);
  ImagesImpl images;
  server.serve(images);
  HubImpl hub;
  server.serve(hub);
  FeedImpl feed;
  server.serve(feed);
  context.ready();
  if (!in_loop) return server.run();
  pollfd ready{server.poll_fd(), POLLIN, 0};
  while (!server.stopped()) {
    if (::poll(&ready, 1, -1) == 1) static_cast<void>(server.dispatch_ready());
  }
}

std::shared_ptr<Work::Client> connect_work(const Context& context, const std::string& waiting) { return connect_to<Work>(context, waiting); }

std::shared_ptr<Hub::Client> connect_hub(const Context& context, const std::string& waiting) { return connect_to<Hub>(context, waiting); }

std::shared_ptr<Feed::Client> connect_feed(const Context& context, const std::string& waiting) { return connect_to<Feed>(context, waiting); }

Samples call_add(const Context& context, const std::string& role, const std::string& waiting) {
  const ServerProcess server(context, role);
  const auto work = connect_work(context, waiting);
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    total = work->add(total, 1);
    ++calls;
  });
  check_add(total, calls);
  return samples;
}

}  // namespace shmidl::bench
