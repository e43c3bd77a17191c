#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>

using namespace shmidl::test;
using namespace std::chrono_literals;

TEST_CASE("a program's exit code, output and error arrive apart") {
  const Finished done = run("sh", {"-c", "echo out; echo err >&2; exit 3"});
  CHECK(done.code == 3);
  CHECK(done.out == "out\n");
  CHECK(done.err == "err\n");
}

TEST_CASE("lines are read one at a time, the last one without a newline too") {
  Process process("printf", {"one\\ntwo\\nthree"});
  CHECK(process.read_line() == "one");
  CHECK(process.read_line() == "two");
  CHECK(process.read_line() == "three");
  CHECK_FALSE(process.read_line());
}

TEST_CASE("a program past its deadline is told and killed with its owner") {
  pid_t pid = 0;
  {
    Process process("sleep", {"1000"});
    pid = process.pid();
    CHECK_THROWS_AS(process.wait(50ms), std::runtime_error);
    CHECK(process.running());
  }
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a killed program answers 128 and the signal") {
  Process process("sleep", {"1000"});
  process.kill(SIGKILL);
  CHECK(process.wait() == 128 + SIGKILL);
  CHECK_FALSE(process.running());
}

TEST_CASE("environment and folder reach the program") {
  const TempDir dir;
  const Finished done = run("sh", {"-c", "echo $SHMIDL_TEST_WORD; pwd -P"}, {{{"SHMIDL_TEST_WORD", "word"}}, dir.path()});
  CHECK(done.out == "word\n" + std::filesystem::canonical(dir.path()).string() + "\n");
}

TEST_CASE("a program that does not exist answers 127") { CHECK(run("/nowhere/program", {}).code == 127); }

TEST_CASE("much output does not block the program") {
  const Finished done = run("sh", {"-c", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"});
  CHECK(done.code == 0);
  CHECK(done.out.size() == 3'000'000);
  CHECK(done.err.size() == 3'000'000);
}

TEST_CASE("a temporary folder ends with its owner") {
  std::filesystem::path path;
  {
    const TempDir dir;
    path = dir.path();
    CHECK(read_file(dir.write("a/b.txt", "text")) == "text");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}
