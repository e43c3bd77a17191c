#include <algorithm>
#include <map>
#include <sstream>

#include "compiler/compiler_support.hpp"

// What programs read of the diagnostics, checked against what their formats require, on every faulty text there is.
using namespace shmidl;
using model::Json;
namespace fs = std::filesystem;

namespace {

/// `visit(name, output)` for each file of the bad corpus, in one format.
template <class Visit>
void each_bad(const std::string& format, const Visit& visit) {
  const fs::path folder = test::data("idl/bad");
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string ending = entry.path().extension();
    if (ending != ".idl" && ending != ".aidl") continue;
    ++seen;
    INFO(entry.path().filename());
    const test::Ran ran = test::run_shmidl({"check", "--format", format, entry.path().filename().string()}, folder);
    CHECK(ran.err.empty());
    visit(ran);
  }
  CHECK(seen >= 120);
}

bool is_uri(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"-._~/%:"}.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// SARIF 2.1.0, 3.29 and 3.30: a place in a file.
void check_physical(const Json& place) {
  CHECK(is_uri(place.at("artifactLocation").at("uri").get<std::string>()));
  if (!place.contains("region")) return;
  const Json& region = place.at("region");
  const int line = region.at("startLine").get<int>();
  const int column = region.at("startColumn").get<int>();
  CHECK(line >= 1);
  CHECK(column >= 1);
  CHECK(region.at("endLine").get<int>() >= line);
  if (region.at("endLine").get<int>() == line) CHECK(region.at("endColumn").get<int>() > column);
}

/// 3.27: one result, and the rule that it names.
void check_result(const Json& result, const Json& rules) {
  const Json& rule = rules.at(result.at("ruleIndex").get<std::size_t>());
  CHECK(rule.at("id") == result.at("ruleId"));
  CHECK(rule.at("defaultConfiguration").at("level") == result.at("level"));
  CHECK((result.at("level") == "error" || result.at("level") == "warning"));
  CHECK_FALSE(result.at("message").at("text").get<std::string>().empty());
  for (const Json& location : result.at("locations")) check_physical(location.at("physicalLocation"));
  if (!result.contains("relatedLocations")) return;
  int number = 0;
  for (const Json& location : result.at("relatedLocations")) {
    CHECK(location.at("id") == ++number);
    CHECK_FALSE(location.at("message").at("text").get<std::string>().empty());
    check_physical(location.at("physicalLocation"));
  }
}

}  // namespace

TEST_CASE("a SARIF log has what version 2.1.0 requires") {
  each_bad("sarif", [](const test::Ran& ran) {
    const Json log = Json::parse(ran.out);
    CHECK(log.at("version") == "2.1.0");
    REQUIRE(log.at("runs").size() == 1);
    const Json& one = log.at("runs").at(0);
    const Json& driver = one.at("tool").at("driver");
    CHECK(driver.at("name") == "shmidl");
    CHECK(one.at("columnKind") == "unicodeCodePoints");
    for (const Json& rule : driver.at("rules")) CHECK_FALSE(rule.at("shortDescription").at("text").get<std::string>().empty());
    REQUIRE(one.at("results").is_array());
    for (const Json& result : one.at("results")) check_result(result, driver.at("rules"));
  });
}

TEST_CASE("a workflow command has one line, known properties and escaped values") {
  each_bad("github", [](const test::Ran& ran) {
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      const bool error = line.starts_with("::error ");
      REQUIRE((error || line.starts_with("::warning ")));
      const std::size_t begin = line.find(' ') + 1;
      const std::size_t end = line.find("::", begin);
      REQUIRE(end != std::string::npos);
      CHECK(line.size() > end + 2);
      std::istringstream properties(line.substr(begin, end - begin));
      for (std::string property; std::getline(properties, property, ',');) {
        const std::string key = property.substr(0, property.find('='));
        CHECK((key == "file" || key == "line" || key == "endLine" || key == "col" || key == "endColumn" || key == "title"));
        CHECK(property.size() > key.size() + 1);
      }
    }
  });
}

TEST_CASE("a JSON diagnostic has a code, a severity, a message and a place") {
  each_bad("json", [](const test::Ran& ran) {
    for (const Json& item : Json::parse(ran.out)) {
      CHECK(item.at("code").get<std::string>().size() == 4);
      CHECK((item.at("severity") == "error" || item.at("severity") == "warning"));
      CHECK_FALSE(item.at("message").get<std::string>().empty());
      CHECK((item.contains("at") || item.contains("path")));
      if (!item.contains("at")) continue;
      const Json& at = item.at("at");
      const auto begin = std::pair{at.at("line").get<int>(), at.at("column").get<int>()};
      CHECK(begin < std::pair{at.at("end_line").get<int>(), at.at("end_column").get<int>()});
    }
  });
}

TEST_CASE("messages are lower case, without a full stop, and never told twice") {
  each_bad("json", [](const test::Ran& ran) {
    std::map<std::string, std::string> seen;  // the code that was told at a place
    for (const Json& item : Json::parse(ran.out)) {
      const std::string message = item.at("message").get<std::string>();
      INFO(message);
      CHECK_FALSE(message.ends_with('.'));
      CHECK((message.starts_with("AIDL") || std::isupper(static_cast<unsigned char>(message.front())) == 0));
      if (item.contains("help")) CHECK_FALSE(item.at("help").get<std::string>().ends_with('.'));
      if (!item.contains("at")) continue;
      const auto [first, fresh] = seen.emplace(item.at("at").dump(), item.at("code").get<std::string>());
      CHECK((fresh || first->second == item.at("code")));
    }
  });
}
