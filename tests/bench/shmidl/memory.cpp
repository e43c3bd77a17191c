#include "rows.hpp"
#include "service.hpp"

#include <fstream>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

constexpr const char* kWaiting = "adaptive";

Result idle(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto work = connect_work(context, kWaiting);
  check_add(work->add(1, 2), 3);
  return measure_idle({server.pid()}, kWaiting);
}

Result memory(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto work = connect_work(context, kWaiting);
  for (std::int32_t i = 0; i < 1000; ++i) check_add(work->add(i, 1), i + 1);
  return measure_memory(server.pid(), kWaiting);
}

/// Memory of a process that no other shares, in bytes.
double private_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  double total = 0;
  for (std::string word; file >> word;) {
    double kib = 0;
    if ((word == "Pss_Anon:" || word == "Pss_File:") && file >> kib) total += kib * 1024;
  }
  return total;
}

/// Size of all segments that this process has mapped: their memory is reserved when they are made.
double segment_bytes() {
  std::ifstream file("/proc/self/maps");
  double total = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find("/memfd:") == std::string::npos) continue;
    std::istringstream range(line);
    std::size_t begin = 0;
    std::size_t end = 0;
    char dash = 0;
    if (range >> std::hex >> begin >> dash >> end) total += static_cast<double>(end - begin);
  }
  return total;
}

/// So many connections that each made a call, and then nothing.
std::vector<std::shared_ptr<Work::Client>> idle_clients(const Context& context, const std::string& waiting, std::size_t count) {
  std::vector<std::shared_ptr<Work::Client>> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(connect_work(context, waiting));
    check_add(clients.back()->add(1, 2), 3);
  }
  return clients;
}

/// A call of one client beside many that are idle, on a server that waits in this way.
Nanoseconds call_beside_idle(const Context& context, const std::string& waiting, std::size_t count) {
  Context own = context;
  own.dir = context.dir / waiting;
  std::filesystem::create_directory(own.dir);
  const ServerProcess server(own, waiting);
  const auto idle = idle_clients(own, waiting, count);
  const auto work = connect_work(own, waiting);
  return median(sample(context.seconds, [&] { check_add(work->add(1, 2), 3); }).batches);
}

/// `clients.N`: the memory of one of N idle connections, both sides together, and the server's CPU time; a call beside them.
Result many_clients(const Context& context) {
  const std::size_t count = std::stoul(context.row.substr(std::string("clients.").size()));
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  Result result{{}, kWaiting, {}, "bytes"};
  {
    const ServerProcess server(context, kWaiting);
    const auto first = idle_clients(context, kWaiting, 1);
    const auto used = [&] { return private_bytes(::getpid()) + private_bytes(server.pid()) + segment_bytes(); };
    const double before = used();
    const double segments_before = segment_bytes();
    const auto clients = idle_clients(context, kWaiting, count);
    const auto of_each = [&](double bytes) { return bytes / static_cast<double>(count); };
    result.samples.batches = {of_each(used() - before)};
    result.extra["segment_bytes_per_client"] = of_each(segment_bytes() - segments_before);
    const Result cpu = measure_idle({server.pid()}, kWaiting, 1);
    result.extra["server_cpu_ms_per_s"] = cpu.extra.at("cpu_ms_per_s_servers_then_client").at(0);
  }
  for (const char* waiting : {"poll", "adaptive"}) {
    result.extra[std::string("add_ns_beside_idle_") + waiting] = call_beside_idle(context, waiting, count);
  }
  return result;
}

}  // namespace

void add_memory(Rows& rows) {
  rows["idle"] = idle;
  rows["memory"] = memory;
  for (const char* count : {"1", "10", "100", "1000"}) rows[std::string("clients.") + count] = many_clients;
}

}  // namespace shmidl::bench
