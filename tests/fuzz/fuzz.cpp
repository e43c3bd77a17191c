#include "fuzz/fuzz.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "emit/decorate.hpp"
#include "sema/analyse.hpp"
#include "sema/load.hpp"
#include "syntax/parser.hpp"

namespace shmidl::fuzz {
namespace fs = std::filesystem;

namespace {

/// A private folder that ends with the process.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::exists("/dev/shm") ? fs::path{"/dev/shm"} : fs::temp_directory_path()) / "shmidl-fuzz-XXXXXX";
    require(::mkdtemp(pattern.data()) != nullptr, "a folder for texts");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Where the text has to lie: an .aidl file's place follows from what it declares.
fs::path place_of(std::string_view text, ast::Dialect dialect) {
  if (dialect == ast::Dialect::idl) return "fuzz.idl";
  ast::File file;
  fs::path place;
  if (parses(text, dialect, file) && !file.declarations.empty() && file.declarations.front().name.text.size() < 100 &&
      file.package.parts.size() < 20) {
    for (const ast::Name& part : file.package.parts) place /= part.text.substr(0, 100);
    return place / (file.declarations.front().name.text + ".aidl");
  }
  return "Fuzz.aidl";
}

}  // namespace

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: this does not hold: %s\n", what);
  std::abort();
}

bool parses(std::string_view text, ast::Dialect dialect, ast::File& file) {
  source::Files files;
  diag::Sink sink;
  const std::uint32_t id = files.add(dialect == ast::Dialect::aidl ? "Fuzz.aidl" : "fuzz.idl", std::string{text});
  auto parsed = syntax::parse(files, id, sink);
  if (!parsed || sink.errors() != 0) return false;
  file = std::move(*parsed);
  return true;
}

std::unique_ptr<Compiled> compile(std::string_view text, ast::Dialect dialect) {
  static const Folder folder;
  const fs::path path = folder.path() / place_of(text, dialect);
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  std::ofstream(path, std::ios::binary) << text;
  auto compiled = std::make_unique<Compiled>();
  compiled->program = sema::load({path.string()}, {}, compiled->files, compiled->sink);
  sema::analyse(compiled->program, compiled->files, compiled->sink);
  fs::remove(path, ignored);
  return compiled;
}

model::Json Compiled::model() const {
  for (const auto& unit : program.units) {
    if (!unit->named) continue;
    model::Json json = model::to_json(*unit, files);
    emit::decorate(json);
    return json;
  }
  return {};
}

}  // namespace shmidl::fuzz
