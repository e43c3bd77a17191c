#include "installed.hpp"

#include <stdexcept>

namespace shmidl::test {

namespace fs = std::filesystem;

namespace {

constexpr Process::Duration kBuildPatience{600'000};  // chosen, not measured: a loaded machine of two cores

std::vector<std::string> configure_arguments(const fs::path& source, const fs::path& build, const std::string& generator,
                                             const std::vector<std::string>& settings) {
  std::vector<std::string> args{"-S", source.string(), "-B", build.string(), "-G", generator};
  args.push_back(std::string("-DCMAKE_CXX_COMPILER=") + SHMIDL_CXX);
  args.push_back("-DCMAKE_PREFIX_PATH=" + prefix().string());
  args.push_back("-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Werror");
  args.insert(args.end(), settings.begin(), settings.end());
  return args;
}

fs::path install(const TempDir& dir) {
  must(SHMIDL_CMAKE, {"--install", SHMIDL_BINARY_DIR, "--prefix", (dir / "first").string()});
  fs::rename(dir / "first", dir / "moved away");
  return dir / "moved away";
}

}  // namespace

const fs::path& prefix() {
  static const TempDir dir;
  static const fs::path path = install(dir);
  return path;
}

std::string must(const fs::path& program, const std::vector<std::string>& args, const SpawnOptions& options) {
  const Finished done = run(program, args, options, kBuildPatience);
  if (done.code != 0) {
    std::string command = program.string();
    for (const std::string& arg : args) {
      command += " '" + arg + "'";
    }
    throw std::runtime_error(command + " ended with " + std::to_string(done.code) + "\n" + done.out + done.err);
  }
  return done.out;
}

Project::Project(const fs::path& source, const std::string& generator, const std::vector<std::string>& settings) {
  must(SHMIDL_CMAKE, configure_arguments(source, dir_ / "build dir", generator, settings));
}

std::string Project::build() const { return must(SHMIDL_CMAKE, {"--build", (dir_ / "build dir").string(), "--parallel", "2"}); }

std::string configure_error(const fs::path& source, const std::vector<std::string>& settings) {
  const TempDir dir;
  const Finished done = run(SHMIDL_CMAKE, configure_arguments(source, dir / "build", "Ninja", settings), {}, kBuildPatience);
  if (done.code == 0) {
    throw std::runtime_error("this was expected to fail:\n" + done.out);
  }
  // CMake breaks lines at words; the text is compared without its breaks.
  std::string text;
  for (const char letter : done.err) {
    const bool space = letter == ' ' || letter == '\n';
    if (!space || (!text.empty() && text.back() != ' ')) {
      text += space ? ' ' : letter;
    }
  }
  return text;
}

std::string run_pair(const fs::path& server, const fs::path& client, const std::string& name) {
  const TempDir services;
  const SpawnOptions options{{{"SHMIDL_DIR", services.string()}}, {}};
  const Process serving(server, {name}, options);
  return must(client, {name}, options);
}

}  // namespace shmidl::test
