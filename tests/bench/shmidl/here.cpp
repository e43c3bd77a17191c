// Calls of a server that is a part of the caller's process.
#include "rows.hpp"
#include "service.hpp"

#include <thread>

namespace shmidl::bench {

namespace {

struct Impl final : Work {
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  std::uint64_t sum(std::span<const std::uint8_t>) override { return 0; }
  std::uint64_t count(std::span<const std::uint8_t> bytes) override { return bytes.size(); }
  void log(std::int32_t) override {}
  std::int64_t logged() override { return 0; }
};

Result add_here(const Context& context, InProcess how) {
  Impl impl;
  Server server("inproc:bench");
  server.serve(impl);
  std::thread runs([&] { server.run(); });
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples;
  {
    const auto work = connect<Work>("inproc:bench", {.in_process = how});
    samples = sample(context.seconds, [&] {
      total = work->add(total, 1);
      ++calls;
    });
  }
  server.stop();
  runs.join();
  check_add(total, calls);
  return {std::move(samples), "adaptive"};
}

}  // namespace

void add_here(Rows& rows) {
  rows["here.direct"] = [](const Context& context) { return add_here(context, InProcess::direct); };
  rows["here.copies"] = [](const Context& context) { return add_here(context, InProcess::copies); };
}

}  // namespace shmidl::bench
