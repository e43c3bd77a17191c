// What a reader copies from a document is compiled: every fenced block under a comment that names a file is part of that file.
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "tree.hpp"

#include <filesystem>
#include <regex>
#include <string>

using namespace shmidl::lint;

namespace {

/// The name in a line like `<!-- idl-examples/arith/arith.idl -->`; empty for any other line.
std::string named_file(const std::string& line) {
  const std::string before = "<!-- ";
  const std::string after = " -->";
  if (!line.starts_with(before) || !line.ends_with(after)) return {};
  return line.substr(before.size(), line.size() - before.size() - after.size());
}

}  // namespace

TEST_CASE("code in the documents is part of the files that it names") {
  std::size_t blocks = 0;
  for (const File& document : files_below({"README.md", "runtime/", "compiler/", "templates/", "tests/", "idl-examples/"}, {".md"})) {
    for (std::size_t i = 0; i + 1 < document.lines.size(); ++i) {
      const std::string name = named_file(document.lines[i]);
      if (name.empty() || !document.lines[i + 1].starts_with("```")) continue;
      std::string code;
      for (std::size_t j = i + 2; j < document.lines.size() && document.lines[j] != "```"; ++j) code += document.lines[j] + '\n';
      const std::string text = shmidl::test::read_file(std::filesystem::path(SHMIDL_SOURCE_DIR) / name);
      INFO(document.path << ':' << i + 1 << ": " << name << " does not hold\n" << code);
      CHECK(text.find(code) != std::string::npos);
      ++blocks;
    }
  }
  CHECK(blocks >= 4);
}

TEST_CASE("tests that the documents name are there") {
  // As in: death_test, "a killed client costs the server nothing: …"
  const std::regex mention(R"re(\b([a-z_]+_test), "([^"]+)")re");
  const auto sources = files_below({"tests/"}, {".cpp"});
  std::size_t mentions = 0;
  for (const File& document : files_below({"runtime/"}, {".md"})) {
    for (std::size_t i = 0; i < document.lines.size(); ++i) {
      const std::string& line = document.lines[i];
      for (std::sregex_iterator found(line.begin(), line.end(), mention), end; found != end; ++found) {
        const std::string file = "/" + found->str(1) + ".cpp";
        std::string name = found->str(2);
        const std::string more = " …";
        const bool is_whole = !name.ends_with(more);
        if (!is_whole) name.resize(name.size() - more.size());
        const std::string declared = "TEST_CASE(\"" + name + (is_whole ? "\")" : "");
        bool is_there = false;
        for (const File& source : sources) {
          if (!("/" + source.path).ends_with(file)) continue;
          for (const std::string& text : source.lines) is_there = is_there || text.starts_with(declared);
        }
        INFO(document.path << ':' << i + 1 << ": there is no test " << found->str());
        CHECK(is_there);
        ++mentions;
      }
    }
  }
  CHECK(mentions >= 30);
}
