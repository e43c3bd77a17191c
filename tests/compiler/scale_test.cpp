// Twice the text takes twice the time, and memory has a bound. Nothing here depends on how fast the machine is.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

struct Cost {
  double cpu_seconds = 0;
  double mebibytes = 0;
  bool ended = false;  ///< with status 0 or 1
};

Cost once(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::getenv("SHMIDL_PROGRAM"));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int stream : {1, 2}) posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  Cost cost;
  const bool begun = ::posix_spawn(&child, argv[0], &quiet, nullptr, argv.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&quiet);
  int status = 0;
  rusage usage{};
  if (!begun || ::wait4(child, &status, 0, &usage) != child) return cost;
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  cost.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  cost.mebibytes = static_cast<double>(usage.ru_maxrss) / 1024;
  cost.ended = WIFEXITED(status) && WEXITSTATUS(status) <= 1;
  return cost;
}

/// The cheapest of three runs: what else the machine does makes them dearer, never cheaper.
Cost least(const std::vector<std::string>& arguments) {
  Cost best = once(arguments);
  for (int more = 0; more < 2; ++more) {
    const Cost cost = once(arguments);
    best.ended = best.ended && cost.ended;
    best.cpu_seconds = std::min(best.cpu_seconds, cost.cpu_seconds);
    best.mebibytes = std::min(best.mebibytes, cost.mebibytes);
  }
  return best;
}

std::string repeated(int count, const std::function<std::string(const std::string&)>& line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line(std::to_string(i));
  return text;
}

/// Interfaces of ten methods and half as many structs of ten fields.
std::string schema(int interfaces) {
  const int structs = interfaces / 2;
  std::string text = "package bench;\n";
  text += repeated(structs, [](const std::string& i) {
    return "/** Value " + i + ". */\nstruct Value" + i + " {\n" +
           repeated(5, [](const std::string& n) { return "  int32_t count" + n + ";\n  string name" + n + ";\n"; }) + "};\n";
  });
  for (int i = 0; i < interfaces; ++i) {
    text += "interface Service" + std::to_string(i) + " {\n";
    for (int m = 0; m < 10; ++m)
      text += "  /** Method. */\n  Value" + std::to_string((i + m) % structs) + " method" + std::to_string(m) +
              "(int32_t a, string b, Value" + std::to_string((i * 3 + m) % structs) + " c);\n";
    text += "};\n";
  }
  return text;
}

struct Shape {
  const char* name;
  const char* file;
  int size;
  std::function<std::string(int)> text;
};

const std::vector<Shape>& shapes() {
  const auto lines = [](const char* before, std::function<std::string(const std::string&)> line, const char* after) {
    return [=](int size) { return before + repeated(size, line) + after; };
  };
  static const std::vector<Shape> kShapes = {
      {"one interface with many methods", "x.idl", 4000,
       lines(
           "interface I {\n", [](const std::string& i) { return "  int m" + i + "(int a, string b);\n"; }, "};\n")},
      {"one struct with many fields", "x.idl", 8000,
       lines(
           "struct S {\n", [](const std::string& i) { return "  int f" + i + ";\n"; }, "};\n")},
      {"one enum with many enumerators", "x.idl", 8000,
       lines(
           "enum E {\n", [](const std::string& i) { return "  A" + i + ",\n"; }, "};\n")},
      {"many constants", "x.idl", 8000,
       lines(
           "", [](const std::string& i) { return "const int C" + i + " = " + i + ";\n"; }, "")},
      {"one constant with many elements", "x.idl", 20000,
       lines(
           "const int[] C = {\n", [](const std::string& i) { return i + ",\n"; }, "};\n")},
      {"many types in one", "P.aidl", 2000,
       lines(
           "interface P {\n",
           [](const std::string& i) { return "  parcelable N" + i + " { int a; }\n  void m" + i + "(in N" + i + " n);\n"; }, "}\n")},
      {"many structs that hold each other", "x.idl", 2000,
       lines(
           "struct S { S0[] a; };\n", [](const std::string& i) { return "struct S" + i + " { S[] a; };\n"; }, "")},
      {"many unknown names", "x.idl", 4000,
       lines(
           "interface I {\n", [](const std::string& i) { return "  Unknown" + i + " m" + i + "();\n"; }, "};\n")},
  };
  return kShapes;
}

#ifdef __SANITIZE_ADDRESS__
constexpr double kMemoryFactor = 8;  // shadow memory and red zones
#else
constexpr double kMemoryFactor = 1;
#endif

}  // namespace

TEST_CASE("gen takes four times as long for four times the text, and bounded memory") {
  const test::TempDir folder;
  folder.write("one.idl", schema(100));
  folder.write("four.idl", schema(400));
  const Cost one = least({"gen", (folder / "one.idl").string(), "-o", (folder / "out").string()});
  const Cost four = least({"gen", (folder / "four.idl").string(), "-o", (folder / "out").string()});
  INFO(one.cpu_seconds << " s, " << one.mebibytes << " MiB; four times the text: " << four.cpu_seconds << " s, " << four.mebibytes
                       << " MiB");
  REQUIRE((one.ended && four.ended));
  CHECK(four.cpu_seconds < 6 * one.cpu_seconds + 0.05);
  CHECK(one.mebibytes < 50 * kMemoryFactor);
  CHECK(four.mebibytes < 5 * one.mebibytes);
}

TEST_CASE("gen takes four times as long for four times as much of anything") {
  for (const Shape& shape : shapes()) {
    const test::TempDir folder;
    const std::vector<std::string> arguments = {"gen", (folder / shape.file).string(), "-o", (folder / "out").string()};
    folder.write(shape.file, shape.text(shape.size));
    const Cost one = least(arguments);
    folder.write(shape.file, shape.text(4 * shape.size));
    const Cost four = least(arguments);
    INFO(shape.name << ": " << one.cpu_seconds << " s; four times as many: " << four.cpu_seconds << " s");
    REQUIRE((one.ended && four.ended));
    CHECK(four.cpu_seconds < 6 * one.cpu_seconds + 0.05);
  }
}
