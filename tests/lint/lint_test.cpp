// The rules of the house that a machine can hold: which folder may include which, and how long a file may be.
#include "support/catch.hpp"
#include "tree.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace shmidl::lint;

namespace {

using Rules = std::map<std::string, std::set<std::string>>;

/// The first folder of `path` below `root`: "compiler/sema/layout.cpp" below "compiler/" is "sema"; empty for a file of `root` itself.
std::string area_of(const std::string& path, const std::string& root) {
  const std::string below = path.substr(root.size());
  const auto slash = below.find('/');
  return slash == std::string::npos ? std::string{} : below.substr(0, slash);
}

std::string at(const File& file, std::size_t line) { return file.path + ':' + std::to_string(line) + ": "; }

/// Quoted includes name a folder of `root` that the file's own folder may see.
std::vector<std::string> directions_broken(const std::string& root, const Rules& may_see) {
  std::vector<std::string> broken;
  for (const File& file : files_below({root}, {".hpp", ".cpp"})) {
    const auto rule = may_see.find(area_of(file.path, root));
    if (rule == may_see.end()) {
      continue;
    }
    for (const Include& include : file.includes()) {
      const std::string seen = area_of(include.target, "");
      if (include.quoted && !seen.empty() && !rule->second.contains(seen)) {
        broken.push_back(at(file, include.line) + rule->first + " does not include " + seen);
      }
    }
  }
  return broken;
}

bool makes_system_calls(const std::string& header) {
  static const std::set<std::string> headers{"unistd.h", "fcntl.h", "poll.h", "sched.h", "signal.h", "pthread.h"};
  return headers.contains(header) || header.starts_with("sys/") || header.starts_with("linux/");
}

const std::vector<std::string> kNone{};

}  // namespace

TEST_CASE("the compiler's folders see only those before them") {
  const Rules may_see{
      {"source", {"source"}},
      {"diag", {"source", "diag"}},
      {"syntax", {"source", "diag", "syntax"}},
      {"sema", {"source", "diag", "syntax", "sema"}},
      {"model", {"source", "diag", "syntax", "sema", "model"}},
      {"emit", {"source", "diag", "emit"}},
  };
  CHECK(directions_broken("compiler/", may_see) == kNone);
}

TEST_CASE("Spirit is included by syntax alone, and Asio by what is for its users") {
  std::vector<std::string> broken;
  for (const File& file : files_below({"compiler", "runtime", "tests"}, {".hpp", ".cpp"})) {
    for (const Include& include : file.includes()) {
      const bool for_asio = file.below("runtime/include/shmidl/asio.hpp");
      if (include.target.starts_with("boost/") && !file.below("compiler/syntax/") && !file.below("tests/bench/peers/") && !for_asio) {
        broken.push_back(at(file, include.line) + include.target);
      }
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("the runtime's system calls and shared memory see neither calls nor each other") {
  const Rules may_see{
      {"os", {"os"}},
      {"shm", {"shm"}},
      {"rpc", {"os", "shm", "rpc"}},
  };
  CHECK(directions_broken("runtime/src/", may_see) == kNone);
}

TEST_CASE("the shared-memory code includes nothing that makes system calls") {
  std::vector<std::string> broken;
  for (const File& file : files_below({"runtime/src/shm"}, {".hpp", ".cpp"})) {
    for (const Include& include : file.includes()) {
      if (makes_system_calls(include.target)) {
        broken.push_back(at(file, include.line) + include.target);
      }
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("public headers include public headers") {
  std::vector<std::string> broken;
  for (const File& file : files_below({"runtime/include"}, {".hpp"})) {
    for (const Include& include : file.includes()) {
      if (include.quoted || include.target.starts_with("os/") || include.target.starts_with("shm/") || include.target.starts_with("rpc/")) {
        broken.push_back(at(file, include.line) + include.target);
      }
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("compiler and runtime do not include each other") {
  std::vector<std::string> broken;
  for (const File& file : files_below({"compiler"}, {".hpp", ".cpp"})) {
    for (const Include& include : file.includes()) {
      if (include.target.starts_with("shmidl/")) {
        broken.push_back(at(file, include.line) + include.target);
      }
    }
  }
  for (const File& file : files_below({"runtime"}, {".hpp", ".cpp"})) {
    for (const Include& include : file.includes()) {
      static const std::set<std::string> compiler{"source", "diag", "syntax", "sema", "model", "emit"};
      if (compiler.contains(area_of(include.target, ""))) {
        broken.push_back(at(file, include.line) + include.target);
      }
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("no file has more than 500 lines") {
  std::vector<std::string> broken;
  for (const File& file : files_below({"compiler", "runtime", "templates", "tests", "cmake", "idl-examples"},
                                      {".hpp", ".cpp", ".cmake", ".txt", ".sh", ".mustache", ".in"})) {
    if (file.lines.size() > 500) {
      broken.push_back(file.path + ": " + std::to_string(file.lines.size()) + " lines");
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("a header is read once") {
  std::vector<std::string> broken;
  for (const File& file : files_below({"compiler", "runtime", "tests"}, {".hpp"})) {
    const bool generated = file.path.ends_with(".shmidl.hpp");
    if (!generated && std::find(file.lines.begin(), file.lines.end(), "#pragma once") == file.lines.end()) {
      broken.push_back(file.path);
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("what is left to do says of which kind it is") {
  const std::string word = std::string("TO") + "DO";
  const std::regex form(word + R"(\((perf|security|port|later)\): )");
  std::vector<std::string> broken;
  for (const File& file : files_below({"compiler", "runtime", "templates", "tests", "cmake", "idl-examples"},
                                      {".hpp", ".cpp", ".cmake", ".txt", ".sh", ".mustache", ".in"})) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].find(word) != std::string::npos && !std::regex_search(file.lines[i], form)) {
        broken.push_back(at(file, i + 1) + file.lines[i]);
      }
    }
  }
  CHECK(broken == kNone);
}

TEST_CASE("the rules look at the files that are there") {
  CHECK(files_below({"compiler"}, {".hpp", ".cpp"}).size() > 10);
  CHECK(files_below({"runtime"}, {".hpp", ".cpp"}).size() > 10);
}
