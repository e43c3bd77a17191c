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

/// What a schema costs, and one of four times its size. The runs take turns, and each side counts with its cheapest: what else the machine does makes a run
/// dearer, never cheaper. A ratio that is too high is measured again, since a neighbour may have been there for all the dear ones; four times the text at
/// sixteen times the cost stays too high however often it runs.
struct Growth {
  Cost one, four;

  [[nodiscard]] bool linear() const { return four.cpu_seconds < 6 * one.cpu_seconds + 0.05; }
};

void keep_least(Cost& best, const Cost& cost, bool first) {
  best.ended = cost.ended && (first || best.ended);
  best.cpu_seconds = first ? cost.cpu_seconds : std::min(best.cpu_seconds, cost.cpu_seconds);
  best.mebibytes = first ? cost.mebibytes : std::min(best.mebibytes, cost.mebibytes);
}

Growth growth(const std::string& one, const std::string& four, const std::string& out) {
  Growth least;
  constexpr int kEnough = 2, kMost = 12;
  for (int round = 0; round < kMost && (round < kEnough || !least.linear()); ++round) {
    keep_least(least.one, once({"gen", one, "-o", out}), round == 0);
    keep_least(least.four, once({"gen", four, "-o", out}), round == 0);
  }
  return least;
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
  const Growth cost = growth((folder / "one.idl").string(), (folder / "four.idl").string(), (folder / "out").string());
  INFO(cost.one.cpu_seconds << " s, " << cost.one.mebibytes << " MiB; four times the text: " << cost.four.cpu_seconds << " s, "
                            << cost.four.mebibytes << " MiB");
  REQUIRE((cost.one.ended && cost.four.ended));
  CHECK(cost.linear());
  CHECK(cost.one.mebibytes < 50 * kMemoryFactor);
  CHECK(cost.four.mebibytes < 5 * cost.one.mebibytes);
}

TEST_CASE("gen takes four times as long for four times as much of anything") {
  for (const Shape& shape : shapes()) {
    const test::TempDir folder;
    const std::string one = (folder / ("one/" + std::string{shape.file})).string(), four = (folder / ("four/" + std::string{shape.file})).string();
    folder.write("one/" + std::string{shape.file}, shape.text(shape.size));
    folder.write("four/" + std::string{shape.file}, shape.text(4 * shape.size));
    const Growth cost = growth(one, four, (folder / "out").string());
    INFO(shape.name << ": " << cost.one.cpu_seconds << " s; four times as many: " << cost.four.cpu_seconds << " s");
    REQUIRE((cost.one.ended && cost.four.ended));
    CHECK(cost.linear());
  }
}
