// Every ordered access names its partner: `// sync NAME release: ... acquire`. This test reads the sources and matches both ends.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReach = 3;  // lines above an access in which its comment stands

struct Source {
  std::string path;
  std::vector<std::string> lines;
};

std::vector<Source> sources() {
  std::vector<Source> found;
  for (const char* const folder : {"include", "src"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SHMIDL_RUNTIME_FOLDER) / folder)) {
      if (!entry.is_regular_file() || (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp")) continue;
      Source source{fs::relative(entry.path(), SHMIDL_RUNTIME_FOLDER).string(), {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) source.lines.push_back(line);
      found.push_back(std::move(source));
    }
  }
  std::sort(found.begin(), found.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return found;
}

std::string place(const Source& source, std::size_t line) { return source.path + ":" + std::to_string(line + 1) + ": "; }

struct Label {
  std::string name;
  std::string order;  // release, acquire, acq_rel, fence
};

/// The labels of one line.
std::vector<Label> labels(const std::string& line) {
  static const std::regex form(R"(//.*\bsync (\S+) (release|acquire|acq_rel|fence)\b)");
  std::smatch match;
  std::vector<Label> found;
  if (std::regex_search(line, match, form)) found.push_back({match[1], match[2]});
  return found;
}

std::string code_of(const std::string& line) { return line.substr(0, line.find("//")); }

bool is_wrapper(const Source& source) { return source.path == "src/shm/access.hpp"; }

const std::vector<std::string> kNone{};

}  // namespace

TEST_CASE("every release has an acquire of the same name, and every acquire a release") {
  std::map<std::string, std::set<std::string>> orders;
  std::map<std::string, std::string> first_place;
  for (const Source& source : sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      for (const Label& label : labels(source.lines[i])) {
        orders[label.name].insert(label.order);
        first_place.emplace(label.name, place(source, i));
      }
    }
  }
  std::vector<std::string> broken;
  for (const auto& [name, found] : orders) {
    if (found.contains("acq_rel")) continue;
    if (found.contains("release") != found.contains("acquire")) {
      broken.push_back(first_place[name] + name + (found.contains("release") ? " lacks its acquire" : " lacks its release"));
    }
  }
  CHECK(broken == kNone);
  CHECK(orders.size() > 5);
}

TEST_CASE("every fence names the functions whose fences it pairs with, and they name its own") {
  // A fence's comment says "pairs with the fence in f()" or "... fences in f(), g() and h()".
  struct Fence {
    std::string where;
    std::set<std::string> partners;
  };
  std::map<std::string, Fence> fences;  // by function
  for (const Source& source : sources()) {
    static const std::regex function(R"(^\S.*?\b(\w+)\([^;]*\{$)");
    static const std::regex called(R"((\w+)\(\))");
    std::string inside;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch match;
      if (std::regex_search(source.lines[i], match, function)) inside = match[1];
      for (const Label& label : labels(source.lines[i])) {
        if (label.order != "fence") continue;
        Fence& fence = fences[inside];
        fence.where = place(source, i);
        const std::string& line = source.lines[i];
        const std::string told = line.substr(std::min(line.find("pairs with"), line.size()));
        for (std::sregex_iterator partner(told.begin(), told.end(), called); partner != std::sregex_iterator(); ++partner) {
          fence.partners.insert((*partner)[1]);
        }
      }
    }
  }
  std::vector<std::string> broken;
  for (const auto& [function, fence] : fences) {
    if (fence.partners.empty()) broken.push_back(fence.where + function + " names no partner");
    for (const std::string& partner : fence.partners) {
      const auto found = fences.find(partner);
      if (found == fences.end()) broken.push_back(fence.where + function + " pairs with " + partner + ", which has no fence");
      else if (!found->second.partners.contains(function)) broken.push_back(fence.where + partner + " does not name " + function);
    }
  }
  CHECK(broken == kNone);
  CHECK(fences.size() >= 2);
}

TEST_CASE("every ordered access has its comment within three lines above") {
  static const std::regex ordered(
      R"(\b(A|Access)::(release|acquire|fence)\(|memory_order_(release|acquire|acq_rel)\b|memory_order::(release|acquire|acq_rel)\b)");
  std::vector<std::string> broken;
  for (const Source& source : sources()) {
    if (is_wrapper(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (!std::regex_search(code_of(source.lines[i]), ordered)) continue;
      bool found = false;
      for (std::size_t back = 0; back <= std::min(kReach, i) && !found; ++back) found = !labels(source.lines[i - back]).empty();
      if (!found) broken.push_back(place(source, i) + source.lines[i]);
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("shared words are reached through the wrapper alone, and never read and written in one") {
  // A word of shared memory stands in a Segment: `control.` or `.sequence`. Taking its address for a futex is no access.
  static const std::regex direct(R"((control\.\w+(\[\w+\])?|(requests|replies|ring)\[[^\]]+\]\.sequence|cell\.sequence)\s*\.\s*(load|store|exchange|fetch_\w+|compare_\w+)\()");
  static const std::regex in_shm(R"(\b(fetch_\w+|exchange|compare_exchange_\w+)\()");
  std::vector<std::string> broken;
  for (const Source& source : sources()) {
    if (is_wrapper(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string code = code_of(source.lines[i]);
      if (std::regex_search(code, direct)) broken.push_back(place(source, i) + code);
      if (source.path.starts_with("src/shm/") && std::regex_search(code, in_shm)) broken.push_back(place(source, i) + code);
    }
  }
  CHECK(broken == kNone);
}
