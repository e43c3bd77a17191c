// A contender: a program `bench_NAME` that measures one library, or the bare machine, for the driver `shmidl_bench`.
//
//   bench_NAME rows                                          prints one row id per line
//   bench_NAME run ROW CLIENT_CORE SERVER_CORE [SECONDS]     measures for about so long, prints one JSON object:
//     {"contender", "row", "unit": "ns", "batches": [...], "singles": [...], "waiting": "poll", "version": "...", "extra": {...}}
//
// Exit status other than 0 and a line on standard error if it cannot. Standard output is for the JSON alone.
//
// A whole contender:
//
//   Result add(const Context& context) {
//     const ServerProcess server(context, "poll");               // runs serve() below in another process, on the server's core
//     auto client = connect(context.dir / "socket");
//     int total = 0;
//     return {sample(context.seconds, [&] { total = client.add(total, 1); }), "poll"};   // and check the answers
//   }
//   void serve(ServerContext& context) {
//     Server server(context.dir / "socket", context.role);
//     context.ready();                                          // from here on a client may connect
//     server.run();                                             // until it is killed
//   }
//   int main(int argc, char** argv) { return contender_main(argc, argv, "mine", kVersion, {{"add.poll", add}}, serve); }
//
// Each run is a process of its own: nothing has to be freed that the process's end frees, and a crash costs one row.
// What rows mean is in rows.hpp; sample() and sample_rate() are in samples.hpp, fill() and sum() in payload.hpp.
#pragma once

#include "support/cores.hpp"
#include "support/payload.hpp"
#include "support/process.hpp"
#include "support/rows.hpp"
#include "support/samples.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace shmidl::bench {

/// What a row's function is told. The calling thread is pinned to the client's core already.
struct Context {
  std::string row;
  Cores cores;                ///< the same core twice in rows that end with ".onecore"
  double seconds;             ///< how long to measure
  std::filesystem::path dir;  ///< empty, this run's own, removed afterwards: for sockets and the like
};

/// What a row's function yields.
struct Result {
  Samples samples;
  std::string waiting;                              ///< how both sides waited: "poll", "block", ...
  nlohmann::json extra = nlohmann::json::object();  ///< further figures, each with its unit in its name
  std::string unit = "ns";                          ///< of the samples
};

using Measure = std::function<Result(const Context&)>;

/// What a server is told. Its thread is pinned to the server's core already, and dies with the client.
class ServerContext {
 public:
  ServerContext(std::string role_given, std::filesystem::path dir_given, int pipe)
      : role(std::move(role_given)), dir(std::move(dir_given)), pipe_(pipe) {}
  const std::string role;           ///< what ServerProcess was given
  const std::filesystem::path dir;  ///< the same as the client's

  /// Tells the client that it may connect; the second time does nothing.
  void ready();

 private:
  int pipe_;
};

using Serve = std::function<void(ServerContext&)>;

/// This program once more, running `serve`; ends with this object. Made on the main thread.
class ServerProcess {
 public:
  /// Returns when the server called ready(); throws std::runtime_error if it ended before or took 20 s.
  ServerProcess(const Context& context, const std::string& role);
  [[nodiscard]] pid_t pid() const noexcept { return process_->pid(); }

 private:
  std::unique_ptr<Process> process_;
};

/// The `idle` row: CPU time of these processes and of this one over `seconds` in which nobody calls.
Result measure_idle(const std::vector<pid_t>& others, const std::string& waiting, double seconds = 2);

/// The `memory` row: proportional set size of this process and of the server.
Result measure_memory(pid_t server, const std::string& waiting);

/// The `threads` rows: one call, made again and again by each of the callers on a thread of its own, for so many seconds.
/// `callers[i]()` is one call; throws what a caller throws. Batches are ns per call of all threads together.
Samples sample_threads(const Context& context, const std::vector<std::function<void()>>& callers);

/// What main() returns. `serve` may be empty where no row starts a ServerProcess.
int contender_main(int argc, char** argv, const std::string& name, const std::string& version, const std::map<std::string, Measure>& rows,
                   const Serve& serve = {});

}  // namespace shmidl::bench
