#include "peers/roudi.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include <grp.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::bench {

namespace {

/// Chunks enough for the largest payloads; the default ends at 4 MiB.
void write_config(const std::string& path) {
  std::ofstream file(path);
  file << "[general]\nversion = 1\n[[segment]]\n";
  for (const auto& [size, count] : {std::pair{256, 8192}, {2048, 64}, {66'560, 16}, {1'049'600, 8}, {16'778'240, 6}}) {
    file << "[[segment.mempool]]\nsize = " << size << "\ncount = " << count << "\n";
  }
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

RouDi::RouDi(const Setup& setup) {
  const std::string config = setup.address + ".toml";
  const std::string output = setup.address + ".roudi";
  write_config(config);
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"sh", "-c", "exec iox-roudi -c \"$0\" -l off -m off >\"$1\" 2>&1", config, output});
  while (read(output).find("ready for clients") == std::string::npos) {
    if (!runs()) throw std::runtime_error("RouDi does not start: " + read(output));
    ::usleep(1000);
  }
}

/// Asked to end, it would end this process too; killed, it leaves its segments behind. Those of another RouDi stay.
RouDi::~RouDi() {
  if (!process_ || !runs()) return;
  process_.reset();
  ::shm_unlink("/iceoryx_mgmt");
  if (const group* own = ::getgrgid(::getegid()); own != nullptr) ::shm_unlink(('/' + std::string(own->gr_name)).c_str());
}

bool RouDi::runs() const {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(pid()), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

}  // namespace shmidl::bench
