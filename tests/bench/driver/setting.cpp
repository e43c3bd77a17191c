#include "driver/report.hpp"

#include <fstream>
#include <string>

#include <sys/utsname.h>

namespace shmidl::bench {

namespace {

/// The value of the first line of /proc/cpuinfo with this key.
std::string cpu_info(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && line.starts_with(key)) return line.substr(std::min(line.size(), colon + 2));
  }
  return {};
}

std::string kernel() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.sysname) + ' ' + names.release : "unknown kernel";
}

}  // namespace

Setting setting_of(const Options& options, const Cores& cores) {
  std::string model = cpu_info("model name");
  if (model.empty()) model = "unknown processor";
  const std::string family = cpu_info("cpu family");
  if (!family.empty()) model += " (family " + family + ")";
  const bool is_virtual = cpu_info("flags").find("hypervisor") != std::string::npos;
  Setting setting;
  setting.cores = cores;
  setting.rounds = options.rounds;
  setting.seconds = options.seconds;
  setting.machine = std::to_string(allowed_cores().size()) + (is_virtual ? " virtual cores, " : " cores, ") + model + ", " + kernel();
#if defined(__clang__)
  setting.compiler = "clang " __clang_version__;
#else
  setting.compiler = "g++ " __VERSION__;
#endif
  return setting;
}

}  // namespace shmidl::bench
