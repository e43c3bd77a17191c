// bench_shmidl: generated stubs.
#include "support/contender.hpp"

#include "work.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <string>
#include <string_view>

using namespace shmidl::bench;
using namespace std::chrono_literals;
using shmidl::Wait;

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

Wait wait_from(std::string_view word) {
  if (word == "poll") return Wait::poll;
  return word == "block" ? Wait::block : Wait::adaptive;
}

std::string address(const std::filesystem::path& dir) { return "shm:" + (dir / "work.sock").string(); }

void serve(ServerContext& context) {
  Impl impl;
  shmidl::Server server{address(context.dir), {.wait = wait_from(context.role)}};
  server.serve(impl);
  context.ready();
  server.run();
}

Result add(const Context& context, const std::string& waiting) {
  const ServerProcess server(context, waiting);
  const auto work = shmidl::connect<Work>(address(context.dir), {.wait = wait_from(waiting), .connect_timeout = 5s});
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    total = work->add(total, 1);
    ++calls;
  });
  check_add(total, calls);
  return {std::move(samples), waiting};
}

Measure adding(const std::string& waiting) {
  return [waiting](const Context& context) { return add(context, waiting); };
}

}  // namespace

int main(int argc, char** argv) {
  return contender_main(argc, argv, "shmidl", shmidl::kVersion,
                        {{"add.poll", adding("poll")},
                         {"add.adaptive", adding("adaptive")},
                         {"add.block", adding("block")},
                         {"add.block.onecore", adding("block")}},
                        serve);
}
