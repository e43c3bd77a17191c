#include "support/cores.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sched.h>

namespace shmidl::bench {

namespace {

/// Asked once, before anything is pinned.
std::vector<int> ask_allowed() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  }
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<unsigned>(core), &allowed)) cores.push_back(core);
  }
  return cores;
}

/// A list of cores that the kernel tells of this one; empty where it does not.
std::vector<int> told_of(int core, const char* what) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(core) + '/' + what);
  std::string text;
  std::getline(file, text);
  return parse_core_list(text);
}

bool contains(const std::vector<int>& cores, int core) { return std::find(cores.begin(), cores.end(), core) != cores.end(); }

}  // namespace

std::vector<int> parse_core_list(const std::string& text) {
  std::vector<int> cores;
  std::istringstream ranges(text);
  for (std::string range; std::getline(ranges, range, ',');) {
    std::istringstream ends(range);
    int first = 0;
    if (!(ends >> first)) continue;
    char dash = 0;
    int last = first;
    if (ends >> dash) ends >> last;
    for (int core = first; core <= last; ++core) cores.push_back(core);
  }
  return cores;
}

std::vector<int> allowed_cores() {
  static const std::vector<int> cores = ask_allowed();
  return cores;
}

Cores two_cores() {
  const std::vector<int> cores = allowed_cores();
  if (cores.size() < 2) {
    throw std::runtime_error("two cores are needed, this process may use one");
  }
  const int first = cores[0];
  const std::vector<int> same_units = told_of(first, "topology/thread_siblings_list");
  const std::vector<int> same_cache = told_of(first, "cache/index3/shared_cpu_list");
  const auto second = [&](auto&& wanted) {
    const auto found = std::find_if(cores.begin() + 1, cores.end(), wanted);
    return found == cores.end() ? -1 : *found;
  };
  int other = second([&](int core) { return !contains(same_units, core) && contains(same_cache, core); });
  if (other < 0) other = second([&](int core) { return !contains(same_units, core); });
  return {first, other < 0 ? cores[1] : other};
}

int client_core(const Cores& cores, std::size_t index) {
  std::vector<int> spare = allowed_cores();
  std::erase(spare, cores.client);
  std::erase(spare, cores.server);
  return index == 0 || spare.empty() ? cores.client : spare[(index - 1) % spare.size()];
}

void pin(int core) {
  static_cast<void>(allowed_cores());
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(core), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot run on core " + std::to_string(core));
  }
}

Pinned::Pinned(int core) {
  if (::sched_getaffinity(0, sizeof before_, &before_) != 0) throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  pin(core);
}

Pinned::~Pinned() { ::sched_setaffinity(0, sizeof before_, &before_); }

}  // namespace shmidl::bench
