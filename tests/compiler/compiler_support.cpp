#include "compiler/compiler_support.hpp"

#include <cstdlib>
#include <sstream>

#include "diag/render.hpp"
#include "emit/decorate.hpp"
#include "sema/analyse.hpp"
#include "sema/load.hpp"
#include "syntax/parser.hpp"
#include "tools/options.hpp"
#include "tools/verbs.hpp"

namespace shmidl::test {
namespace fs = std::filesystem;

Ran run_shmidl(const std::vector<std::string>& arguments, const fs::path& folder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  std::vector<const char*> argv = {"shmidl"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  tools::Exit exit = tools::Exit::done;
  std::ostringstream out;
  std::ostringstream err;
  if (const auto options = tools::parse_command_line(static_cast<int>(argv.size()), argv.data(), exit))
    exit = tools::run(*options, out, err);
  fs::current_path(before);
  return {static_cast<int>(exit), out.str(), err.str()};
}

void parse_text(Parsed& parsed, const std::string& name, const std::string& text) {
  const std::uint32_t id = parsed.files.add(name, text);
  if (auto file = syntax::parse(parsed.files, id, parsed.sink)) parsed.file = std::move(*file);
  parsed.errors = diag::render_text(parsed.sink.sorted(), parsed.files);
}

Checked check_text(const std::string& text, const std::string& name) {
  const TempDir folder;
  folder.write(name, text);
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  source::Files files;
  diag::Sink sink;
  sema::Program program = sema::load({name}, {}, files, sink);
  sema::analyse(program, files, sink);
  fs::current_path(before);
  Checked checked;
  checked.errors = diag::render_text(sink.sorted(), files);
  for (const diag::Diagnostic& d : sink.sorted()) checked.messages += diag::id(d.code) + " " + d.message + "\n";
  if (sink.errors() == 0) {
    checked.model = model::to_json(*program.units.front(), files);
    emit::decorate(checked.model);
  }
  return checked;
}

bool updating() { return std::getenv("SHMIDL_UPDATE") != nullptr; }
fs::path data(const std::string& below_tests) { return fs::path{SHMIDL_TEST_DATA} / below_tests; }

}  // namespace shmidl::test
