#include <cstdlib>

#include "compiler/compiler_support.hpp"
#include "support/process.hpp"

using namespace shmidl;
using test::TempDir;

namespace {

constexpr const char* kArith = "interface {\n    int func1(int arg1);\n    int func2(int arg1, int arg2);\n};\n";

test::Finished shmidl_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  const char* const program = std::getenv("SHMIDL_PROGRAM");
  REQUIRE(program != nullptr);
  return test::run(program, arguments, {.env = {}, .working_dir = folder});
}

}  // namespace

TEST_CASE("help lists the verbs that exist and no other") {
  const test::Finished help = shmidl_program({"--help"}, ".");
  CHECK(help.code == 0);
  for (const char* const verb : {"gen", "check", "ir", "fmt", "lint", "explain"}) CHECK_THAT(help.out, test::has_text(verb));
  for (const char* const verb : {"freeze", "serve-grpc"}) CHECK(help.out.find(verb) == std::string::npos);
  CHECK(shmidl_program({"--version"}, ".").out == "shmidl 0.1.0\n");
}

TEST_CASE("wrong usage is 2 and writes to standard error") {
  for (const std::vector<std::string>& line : {std::vector<std::string>{},
                                               {"gen"},
                                               {"make", "x.idl"},
                                               {"gen", "--nothing", "x.idl"},
                                               {"gen", "--parts", "mock", "x.idl"},
                                               {"check", "--format", "xml", "x.idl"},
                                               {"explain", "E999"}}) {
    const test::Finished run = shmidl_program(line, ".");
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK_FALSE(run.err.empty());
  }
}

TEST_CASE("gen writes two files and says nothing") {
  const TempDir folder;
  folder.write("arith.idl", kArith);
  const test::Finished run = shmidl_program({"gen", "arith.idl", "-o", "out"}, folder.path());
  CHECK(run.code == 0);
  CHECK(run.out.empty());
  CHECK(run.err.empty());
  CHECK_THAT(test::read_file(folder / "out/arith.shmidl.hpp"),
             test::has_text("virtual std::int32_t func2(std::int32_t arg1, std::int32_t arg2) = 0;"));
  CHECK(std::filesystem::exists(folder / "out/arith.shmidl.cpp"));
}

TEST_CASE("the outputs are the same bytes from any folder") {
  const TempDir one;
  const TempDir two;
  one.write("arith.idl", kArith);
  two.write("a/b/arith.idl", kArith);
  REQUIRE(shmidl_program({"gen", "arith.idl"}, one.path()).code == 0);
  REQUIRE(shmidl_program({"gen", two / "a/b/arith.idl", "-o", two / "out"}, "/").code == 0);
  CHECK(test::read_file(one / "arith.shmidl.hpp") == test::read_file(two / "out/arith.shmidl.hpp"));
  CHECK(test::read_file(one / "arith.shmidl.cpp") == test::read_file(two / "out/arith.shmidl.cpp"));
}

TEST_CASE("errors in the input are 1, and nothing is written") {
  const TempDir folder;
  folder.write("good.idl", kArith);
  folder.write("bad.idl", "interface { Unknown f(); };");
  folder.write("empty.idl", "");
  CHECK(shmidl_program({"gen", "good.idl", "bad.idl", "-o", "out"}, folder.path()).code == 1);
  CHECK(shmidl_program({"gen", "empty.idl", "-o", "out"}, folder.path()).code == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("a file that cannot be read or written is 4") {
  const TempDir folder;
  folder.write("arith.idl", kArith);
  folder.write("file", "");
  CHECK(shmidl_program({"check", "nowhere.idl"}, folder.path()).code == 4);
  CHECK(shmidl_program({"check", "."}, folder.path()).code == 4);
  CHECK(shmidl_program({"gen", "arith.idl", "-o", "file/out"}, folder.path()).code == 4);
  CHECK(shmidl_program({"gen", "arith.idl", "-o", "/proc/nowhere"}, folder.path()).code == 4);
}

TEST_CASE("results that standard output does not take are 4") {
  const TempDir folder;
  folder.write("arith.idl", kArith);
  const std::string program = std::getenv("SHMIDL_PROGRAM");
  for (const char* const verb : {"ir", "fmt"}) {
    const test::Finished ran = test::run("/bin/sh", {"-c", program + " " + verb + " arith.idl > /dev/full"}, {.env = {}, .working_dir = folder.path()});
    CHECK(ran.code == 4);
    CHECK(ran.err == "shmidl: standard output cannot be written\n");
  }
}

TEST_CASE("every verb that reads interface files takes -I") {
  const TempDir folder;
  folder.write("arith.idl", kArith);
  for (const char* const verb : {"gen", "check", "ir", "fmt", "lint"}) CHECK(shmidl_program({verb, "-I", ".", "arith.idl"}, folder.path()).code == 0);
}

TEST_CASE("outputs are named by the path below the base") {
  const TempDir folder;
  folder.write("idl/a/b/IFoo.aidl", "package a.b;\ninterface IFoo { void f(); }\n");
  folder.write("idl/c/x.idl", "import \"a/b/IFoo.aidl\";\ninterface { void f(); };\n");
  CHECK(shmidl_program({"gen", "--list-outputs", "idl/a/b/IFoo.aidl", "-o", "out"}, folder.path()).out ==
        "out/a/b/IFoo.shmidl.hpp\nout/a/b/IFoo.shmidl.cpp\n");
  CHECK(shmidl_program({"gen", "--list-outputs", "-I", "idl", "idl/c/x.idl", "-o", "out"}, folder.path()).out ==
        "out/x.shmidl.hpp\nout/x.shmidl.cpp\n");
  CHECK(shmidl_program({"gen", "--list-outputs", "-I", "idl", "--base", "idl", "idl/c/x.idl", "-o", "out"}, folder.path()).out ==
        "out/c/x.shmidl.hpp\nout/c/x.shmidl.cpp\n");
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("a make rule names every file that was read") {
  const TempDir folder;
  folder.write("main.idl", "import \"sub/types.idl\";\ninterface { Id f(); };\n");
  folder.write("sub/types.idl", "struct Id { int n; };\n");
  REQUIRE(shmidl_program({"gen", "main.idl", "-o", "out", "--depfile", "out/main.d"}, folder.path()).code == 0);
  CHECK(test::read_file(folder / "out/main.d") == "out/main.shmidl.hpp out/main.shmidl.cpp: \\\n  main.idl \\\n  sub/types.idl\n");
  CHECK_THAT(test::read_file(folder / "out/main.shmidl.hpp"), test::has_text("#include \"sub/types.shmidl.hpp\"  // generated from sub/types.idl\n"));
}

TEST_CASE("a template of the user's takes the place of a built-in one") {
  const TempDir folder;
  folder.write("arith.idl", kArith);
  folder.write("mine/banner.mustache", "// Mine, of {{file}}.\n");
  REQUIRE(shmidl_program({"gen", "arith.idl", "--templates", "mine"}, folder.path()).code == 0);
  CHECK(test::read_file(folder / "arith.shmidl.hpp").starts_with("// Mine, of arith.idl.\n#pragma once\n"));
}

TEST_CASE("diagnostics come as JSON where they are asked for") {
  const TempDir folder;
  folder.write("bad.idl", "interface { Unknown f(); };");
  const test::Finished run = shmidl_program({"check", "--format", "json", "bad.idl"}, folder.path());
  CHECK(run.code == 1);
  const model::Json list = model::Json::parse(run.out);
  CHECK(list.at(0).at("code") == "E012");
  CHECK(list.at(0).at("at").at("column") == 13);
}

TEST_CASE("a SARIF log has rules, results and places") {
  const TempDir folder;
  folder.write("a b.idl", "interface { Unknown f(); };\nstruct S { int x; };\nstruct S { int y; };\n");
  const test::Finished run = shmidl_program({"check", "--format", "sarif", "a b.idl"}, folder.path());
  CHECK(run.code == 1);
  CHECK(run.err.empty());
  const model::Json log = model::Json::parse(run.out);
  CHECK(log.at("version") == "2.1.0");
  const model::Json& one = log.at("runs").at(0);
  for (const model::Json& result : one.at("results")) {
    const std::size_t index = result.at("ruleIndex").get<std::size_t>();
    CHECK(one.at("tool").at("driver").at("rules").at(index).at("id") == result.at("ruleId"));
    const model::Json& place = result.at("locations").at(0).at("physicalLocation");
    CHECK(place.at("artifactLocation").at("uri") == "a%20b.idl");
    CHECK(place.at("region").at("endColumn").get<int>() > place.at("region").at("startColumn").get<int>());
  }
  CHECK(one.at("results").at(0).at("ruleId") == "E012");
  CHECK(one.at("results").at(1).at("relatedLocations").at(0).at("message").at("text") == "first declared here");
}

TEST_CASE("workflow commands escape what their syntax uses") {
  const TempDir folder;
  folder.write("a,b.idl", "interface { Unknown f(); };");
  const test::Finished run = shmidl_program({"check", "--format", "github", "a,b.idl"}, folder.path());
  CHECK(run.code == 1);
  CHECK(run.out.starts_with("::error file=a%2Cb.idl,line=1,col=13,endColumn=20,title=E012::`Unknown` is not a declared type"));
}

TEST_CASE("colours are for terminals, unless they are asked for") {
  const TempDir folder;
  folder.write("bad.idl", "interface { Unknown f(); };");
  const char* const program = std::getenv("SHMIDL_PROGRAM");
  const auto told = [&](std::vector<std::pair<std::string, std::string>> env) {
    return test::run(program, {"check", "bad.idl"}, {.env = std::move(env), .working_dir = folder.path()}).err;
  };
  CHECK(told({}).find('\x1b') == std::string::npos);
  CHECK(told({{"CLICOLOR_FORCE", "1"}}).find("\x1b[1;31merror[E012]") != std::string::npos);
  CHECK(told({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}).find('\x1b') == std::string::npos);
}

TEST_CASE("what a person would not read is counted") {
  const TempDir folder;
  std::string text = "interface {\n";
  for (int i = 0; i < 100000; ++i) text += "  ?;\n";
  folder.write("bad.idl", text + "};\n");
  const test::Finished run = shmidl_program({"check", "bad.idl"}, folder.path());
  CHECK(run.code == 1);
  CHECK_THAT(run.err, test::has_text("… and 99900 more\n"));
}

TEST_CASE("a hundred interfaces with ten methods take less than a second") {
  const TempDir folder;
  std::string text = "package big;\n";
  for (int s = 0; s < 50; ++s) text += "struct S" + std::to_string(s) + " { int a; string b; uint8_t c[]; };\n";
  for (int i = 0; i < 100; ++i) {
    text += "interface I" + std::to_string(i) + " {\n";
    for (int m = 0; m < 10; ++m)
      text += "    S" + std::to_string((i + m) % 50) + " m" + std::to_string(m) + "(int a, string b, const S" + std::to_string(m) +
              " c[n], int n);\n";
    text += "};\n";
  }
  folder.write("big.idl", text);
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(shmidl_program({"gen", "big.idl"}, folder.path()).code == 0);
  const auto took = std::chrono::steady_clock::now() - before;
  WARN("gen took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  CHECK(took < std::chrono::seconds(20));  // a loaded machine or a sanitizer; the number printed above is the measurement
}
