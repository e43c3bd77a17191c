// bench_tools: the time of the compiler, and of a build with it, beside other compilers that are installed.
//
//   gen              shmidl on 100 interfaces of 10 methods and 50 structs, the schema of gen.py
//   build.LIBRARY    a service of three methods: generated, and the generated files and one source of 30 lines compiled with -O2, not
//   linked
#include "support/contender.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

using namespace shmidl::bench;

namespace {

const std::string kCompiler = SHMIDL_BENCH_COMPILER;  ///< the program `shmidl`
const std::string kCxx = SHMIDL_BENCH_CXX;
const std::string kInclude = SHMIDL_BENCH_INCLUDE;  ///< the runtime's headers
const std::string kService = SHMIDL_BENCH_SERVICE;  ///< the folder of the sources that are built

/// Runs a command of the shell in a folder; throws with its last words where it fails.
void run_in(const std::filesystem::path& dir, const std::string& command) {
  const std::string log = (dir / "log").string();
  const int status = std::system(("cd '" + dir.string() + "' && { " + command + "; } >'" + log + "' 2>&1").c_str());
  if (status == 0) return;
  std::ifstream in(log);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  throw std::runtime_error(command + ": " + text.substr(0, 300));
}

std::string schema() {
  constexpr int kInterfaces = 100;
  constexpr int kMethods = 10;
  constexpr int kStructs = 50;
  constexpr std::array<const char*, 5> kTypes{"int32_t", "int64_t", "double", "bool", "string"};
  std::ostringstream text;
  text << "package bench;\n\n";
  for (int s = 0; s < kStructs; ++s) {
    text << "/** Value " << s << ". */\nstruct Value" << s << " {\n";
    for (std::size_t field = 0; field < 2 * kTypes.size(); ++field)
      text << "    " << kTypes[field % kTypes.size()] << " field" << field << ";\n";
    text << "};\n\n";
  }
  for (int n = 0; n < kInterfaces; ++n) {
    text << "/** Service " << n << ". */\ninterface Service" << n << " {\n";
    for (int m = 0; m < kMethods; ++m) {
      text << "    /** Method " << m << ". */\n    Value" << (n + m) % kStructs << " method" << m << "(int32_t a, string b, Value"
           << (n * 3 + m) % kStructs << " c);\n";
    }
    text << "};\n\n";
  }
  return text.str();
}

template <class Once>
Result timed(const Context& context, Once&& once) {
  Result result;
  const auto begin = Clock::now();
  while (result.samples.batches.size() < 3 || since(begin) < context.seconds * 1e9) {
    const auto start = Clock::now();
    once();
    result.samples.batches.push_back(since(start));
    if (since(begin) > 4e9) break;  // a slow build
  }
  result.samples.singles = result.samples.batches;
  return result;
}

Result gen(const Context& context) {
  std::ofstream(context.dir / "bench.idl") << schema();
  int number = 0;
  return timed(context, [&] {  // a new folder each time: equal outputs are not written
    const std::string folder = std::to_string(++number);
    run_in(context.dir, "mkdir " + folder + " && '" + kCompiler + "' gen -o " + folder + " bench.idl");
  });
}

struct Build {
  std::string library;
  std::string needs;     ///< a program without which there is no row
  std::string generate;  ///< run in a copy of the folder `service`
  std::string sources;
};

const std::vector<Build>& builds() {
  static const std::vector<Build> all{
      {"shmidl", kCompiler, "'" + kCompiler + "' gen service.idl", "service.shmidl.cpp shmidl.cpp"},
      {"capnp", "/usr/bin/capnp", "capnp compile -oc++ service.capnp", "service.capnp.c++ capnp.cpp"},
      {"thrift", "/usr/bin/thrift", "thrift --gen cpp:no_skeleton -out . service.thrift", "Service.cpp service_types.cpp thrift.cpp"},
      {"grpc", "/usr/bin/grpc_cpp_plugin",
       "protoc --cpp_out=. --grpc_out=. --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin service.proto",
       "service.pb.cc service.grpc.pb.cc grpc.cpp"},
  };
  return all;
}

Result build(const Context& context, const Build& what) {
  std::filesystem::copy(kService, context.dir / "service");
  const std::string compile = "for source in " + what.sources + "; do '" + kCxx + "' -std=c++20 -O2 -w -I. -I'" + kInclude +
                              "' -c $source -o $source.o || exit 1; done";
  return timed(context, [&] { run_in(context.dir / "service", what.generate + " && " + compile); });
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, Measure> rows;
  if (::access(kCompiler.c_str(), X_OK) == 0) rows["gen"] = gen;
  for (const Build& what : builds()) {
    if (::access(what.needs.c_str(), X_OK) == 0)
      rows["build." + what.library] = [&what](const Context& context) { return build(context, what); };
  }
  return contender_main(argc, argv, "tools", "", rows);
}
