#include "rows.hpp"
#include "service.hpp"

#include <fstream>
#include <sstream>
#include <thread>

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

/// A thousand connections that each made a call, and then nothing: memory of one, both sides together, and the server's CPU time.
Result thousand_clients(const Context& context) {
  constexpr std::size_t kClients = 1000;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  const ServerProcess server(context, kWaiting);
  std::vector<std::shared_ptr<Work::Client>> clients{connect_work(context, kWaiting)};
  const auto used = [&] { return private_bytes(::getpid()) + private_bytes(server.pid()) + segment_bytes(); };
  check_add(clients.front()->add(1, 2), 3);
  const double before = used();
  for (std::size_t i = 1; i <= kClients; ++i) {
    clients.push_back(connect_work(context, kWaiting));
    check_add(clients.back()->add(1, 2), 3);
  }
  const double each = (used() - before) / kClients;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // what is measured is what an idle server does after it settled
  const double cpu_before = cpu_nanoseconds(server.pid());
  const auto start = Clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const double cpu = (cpu_nanoseconds(server.pid()) - cpu_before) / since(start) * 1e3;
  Samples one_of_many = sample(context.seconds, [&] { check_add(clients.front()->add(1, 2), 3); });
  return {{{each}, {}},
          kWaiting,
          {{"server_cpu_ms_per_s", cpu}, {"segments_bytes_per_client", segment_bytes() / (kClients + 1)}, {"add_beside_idle_ns", median(one_of_many.batches)}},
          "bytes"};
}

}  // namespace

void add_memory(Rows& rows) {
  rows["idle"] = idle;
  rows["memory"] = memory;
  rows["clients.1000"] = thousand_clients;
}

}  // namespace shmidl::bench
