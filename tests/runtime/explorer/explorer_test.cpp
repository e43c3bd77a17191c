// Lanes, ring, replies, wakes, deaths and slots under every schedule; and the tables of runtime/LAYOUT.md, "Proof": each order of src/shm that is
// weakened, and each step that is left out, must show in a scenario.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios.hpp"
#include "support/catch.hpp"

using namespace explorer;

namespace {

namespace fs = std::filesystem;

bool deep() {
  const char* const set = std::getenv("SHMIDL_EXPLORE");
  return set != nullptr && std::string_view(set) == "deep";
}

Outcome explore(std::string_view name, Fault fault = Fault::none, const std::optional<Weakening>& weakening = {}, bool large = false) {
  const auto scenario = make_scenario(name, fault, large);
  const auto start = std::chrono::steady_clock::now();
  Outcome outcome = engine().explore(*scenario, weakening);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%-42.*s %9llu schedules, %8llu states, at most %3zu steps, %5.1f s%s\n", static_cast<int>(name.size()), name.data(),
              static_cast<unsigned long long>(outcome.schedules), static_cast<unsigned long long>(outcome.states), outcome.longest, took.count(),
              outcome.complete ? "" : "; NOT ALL: the bound of states was reached");
  for (const std::string& line : outcome.trace) std::printf("    %s\n", line.c_str());
  std::fflush(stdout);
  return outcome;
}

bool is_scenario(const std::string& name) {
  for (const Named& scenario : all_scenarios()) {
    if (scenario.name == name) return true;
  }
  return false;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Row {
  std::string what;      // "release of `publish`", or the name of a fault
  std::string scenario;  // or "none"
};

/// The rows of the section "Proof" whose first cell has the form.
std::vector<Row> rows(const std::string& form) {
  std::vector<Row> found;
  bool inside = false;
  const std::regex row("^\\| " + form + " \\| ([^|]*?) \\|");
  for (const std::string& line : lines_of(fs::path(SHMIDL_RUNTIME_FOLDER) / "LAYOUT.md")) {
    if (line.starts_with("## ")) inside = line == "## Proof";
    std::smatch match;
    if (!inside || !std::regex_search(line, match, row)) continue;
    const std::size_t last = match.size() - 1;
    found.push_back({last == 2 ? match[1].str() : match[2].str() + " " + match[1].str(), match[last]});
  }
  return found;
}

/// "function order" with the scenario that fails without it.
std::vector<Row> order_rows() { return rows("(acquire|release|fence) in `(\\w+)`"); }
/// The same of words of one process, in functions of src/rpc.
std::vector<Row> private_rows() { return rows("(acquire|release) in `(\\w+::\\w+)`"); }
std::vector<Row> fault_rows() { return rows("`(\\w+)`"); }

const std::map<std::string, Fault> kFaults = {
#define SHMIDL_EXPLORER_NAMED(name) {#name, Fault::name},
    SHMIDL_EXPLORER_FAULTS(SHMIDL_EXPLORER_NAMED)
#undef SHMIDL_EXPLORER_NAMED
};

Weakening weakening_of(const std::string& what) {
  const std::size_t space = what.find(' ');
  return {what.substr(0, space), what.substr(space + 1)};
}

/// The orders that stand in src/shm, as "function order".
std::multiset<std::string> orders_in_code() {
  static const std::regex function(R"(^\S.*?\b(\w+)\([^;]*\{)");
  static const std::regex order(R"(\bA::(?:template )?(acquire|release|fence)\b)");
  std::multiset<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(SHMIDL_RUNTIME_FOLDER) / "src" / "shm")) {
    if (entry.path().filename() == "access.hpp") continue;  // the policies themselves
    std::string inside;
    for (const std::string& line : lines_of(entry.path())) {
      const std::string code = line.substr(0, line.find("//"));
      std::smatch match;
      if (std::regex_search(code, match, function)) inside = match[1];
      if (std::regex_search(code, match, order)) found.insert(inside + " " + match[1].str());
    }
  }
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("every scenario ends as it should under every schedule") {
  for (const Named& scenario : all_scenarios()) {
    const Outcome outcome = explore(scenario.name, Fault::none, {}, deep());
    INFO(scenario.name);
    CHECK(outcome.failure == "");
    CHECK(outcome.complete);
    CHECK(outcome.schedules > 1);
  }
}

TEST_CASE("every order of src/shm has its row in LAYOUT.md, and every row its order") {
  const std::multiset<std::string> in_code = orders_in_code();
  Names broken;
  std::set<std::string> in_table;
  for (const Row& row : order_rows()) {
    if (!in_table.insert(row.what).second) broken.push_back(row.what + " has two rows");
    if (!in_code.contains(row.what)) broken.push_back(row.what + " is not in the code");
    if (!is_scenario(row.scenario)) broken.push_back(row.what + ": there is no scenario `" + row.scenario + "`");
  }
  for (const std::string& order : in_code) {
    if (!in_table.contains(order)) broken.push_back(order + " lacks its row");
    if (in_code.count(order) != 1) broken.push_back(order + ": two of a function cannot be weakened singly; split it");
  }
  CHECK(broken == Names{});
  CHECK(in_code.size() > 8);
}

TEST_CASE("every order that is weakened shows") {
  std::vector<Row> all = order_rows();
  for (Row& row : private_rows()) all.push_back(std::move(row));
  CHECK(all.size() > order_rows().size());
  for (const Row& row : all) {
    std::printf("\nweakened: %s\n", row.what.c_str());
    const Outcome outcome = explore(row.scenario, Fault::none, weakening_of(row.what));
    INFO(row.what << " in " << row.scenario);
    CHECK(outcome.failure != "");
    CHECK(engine().orders_seen().contains(row.what));
  }
}

TEST_CASE("every step that is left out or comes too early shows, but for those that only save time") {
  std::set<std::string> in_table;
  for (const Row& row : fault_rows()) {
    std::printf("\nmistake: %s\n", row.what.c_str());
    in_table.insert(row.what);
    INFO(row.what);
    REQUIRE(kFaults.contains(row.what));
    const Fault fault = kFaults.at(row.what);
    if (row.scenario == "none") {
      for (const Named& scenario : all_scenarios()) CHECK(explore(scenario.name, fault).failure == "");
    } else {
      REQUIRE(is_scenario(row.scenario));
      CHECK(explore(row.scenario, fault).failure != "");
    }
  }
  Names missing;
  for (const auto& [name, fault] : kFaults) {
    if (!in_table.contains(name)) missing.push_back(name);
  }
  CHECK(missing == Names{});
}

TEST_CASE("no order of a shared word stands outside of src/shm, where no scenario runs it") {
  static const std::regex order(R"(\bAccess::(acquire|release|fence)\b)");
  Names found;
  for (const char* const folder : {"include", "src/rpc"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SHMIDL_RUNTIME_FOLDER) / folder)) {
      if (!entry.is_regular_file()) continue;
      for (const std::string& line : lines_of(entry.path())) {
        if (std::regex_search(line, order)) found.push_back(entry.path().filename().string() + ": " + line);
      }
    }
  }
  CHECK(found == Names{});
}
