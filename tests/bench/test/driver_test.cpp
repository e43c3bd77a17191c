// The whole benchmark once, on few rows and for a moment: that it works, not what it finds.
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

using namespace shmidl::test;

namespace {

std::filesystem::path built(const char* name) { return std::filesystem::path(std::getenv("SHMIDL_BENCH")) / name; }

/// The summary of a contender's row; null where there is none.
nlohmann::json summary_of(const nlohmann::json& results, const std::string& contender, const std::string& row) {
  for (const nlohmann::json& summary : results.at("summary")) {
    if (summary.at("contender") == contender && summary.at("row") == row) return summary;
  }
  return nullptr;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write_program(const TempDir& dir, const char* name, const std::string& script) {
  const auto path = dir.write(name, "#!/bin/sh\n" + script);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

}  // namespace

TEST_CASE("a quick run measures floors and shmidl, and writes JSON and tables") {
  const TempDir dir;
  const Finished run = shmidl::test::run(built("shmidl_bench"),
                                         {"--quick", "--contenders", "shmidl", "--out", dir.string(), "--rows",
                                          "add.poll,add.block.onecore,sum.64k.*,oneway,pipelined,threads.2,memory"},
                                         {}, std::chrono::seconds(90));
  INFO(run.err);
  REQUIRE(run.code == 0);
  const nlohmann::json results = nlohmann::json::parse(read_file(dir / "results.json"));
  for (const char* row : {"add.poll", "add.block.onecore", "sum.64k.private", "sum.64k.inplace", "sum.64k.unread", "oneway", "pipelined",
                          "threads.2", "memory"}) {
    const nlohmann::json summary = summary_of(results, "shmidl", row);
    INFO(row);
    REQUIRE(summary.is_object());
    CHECK(summary.at("failure") == "");
    CHECK(summary.at("mean").get<double>() > 0);
  }
  for (const char* floor : {"line", "futex.onecore", "sum.64k.private", "ring.flag"}) {
    INFO(floor);
    CHECK(summary_of(results, "floors", floor).is_object());
  }
  CHECK(summary_of(results, "shmidl", "add.poll").at("to_floor").get<double>() > 0);
  const std::string tables = read_file(dir / "table.md");
  CHECK(contains(tables, "### Goals"));
  CHECK(contains(tables, "| add.poll | shmidl | poll |"));
  CHECK(contains(tables, run.out));
}

TEST_CASE("a contender that fails costs its own rows, and its reason is told") {
  const TempDir dir;
  for (const char* name : {"shmidl_bench", "bench_floors"}) std::filesystem::copy_file(built(name), dir / name);
  write_program(dir, "bench_broken", "[ $1 = rows ] && echo add.poll && exit 0\necho no luck today >&2\nexit 3\n");
  write_program(dir, "bench_garbled", "[ $1 = rows ] && echo add.poll && exit 0\necho 12\n");
  write_program(dir, "bench_mute", "exit 7\n");
  const auto readme = dir.write("README.md", "above\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nbelow\n");
  const Finished run = shmidl::test::run(
      dir / "shmidl_bench", {"--quick", "--rows", "add.poll", "--out", (dir / "out").string(), "--update-readme", readme.string()});
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "| broken | add.poll | no luck today |"));
  CHECK(contains(run.out, "| garbled | add.poll | its answer is not what it should be"));
  CHECK(contains(run.out, "| mute | all | exit status 7 |"));
  CHECK(summary_of(nlohmann::json::parse(read_file(dir / "out/results.json")), "floors", "line").at("mean").get<double>() > 0);
  const std::string updated = read_file(readme);
  CHECK(contains(updated, "above\n<!-- bench: begin -->\n\n"));
  CHECK(contains(updated, "| line | floors | poll |"));
  CHECK_FALSE(contains(updated, "old\n"));
  CHECK(contains(updated, "<!-- bench: end -->\nbelow\n"));
}

TEST_CASE("the breakdown has a line for each part of a call") {
  const Finished run = shmidl::test::run(built("shmidl_bench"), {"--quick", "--breakdown"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 2 + 8);
  CHECK_FALSE(contains(run.out, "failed"));
}

TEST_CASE("unknown contenders and rows are wrong usage") {
  CHECK(shmidl::test::run(built("shmidl_bench"), {"--contenders", "nobody"}).code == 2);
  CHECK(shmidl::test::run(built("shmidl_bench"), {"--rows", "nothing"}).code == 2);
  CHECK(shmidl::test::run(built("bench_shmidl"), {"run", "nothing", "0", "1"}).code == 1);
}
