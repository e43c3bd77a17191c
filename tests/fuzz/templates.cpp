// Any template text over any model: an error or a text, never a fall. The first line is the model as JSON, the rest the template.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "emit/render.hpp"
#include "emit/tidy.hpp"
#include "fuzz/fuzz.hpp"

using namespace shmidl;
namespace fs = std::filesystem;

namespace {

const char* const kModel =
    R"({"name":"x","yes":true,"no":false,"none":[],"some":[{"name":"a","inner":[{"name":"b"}]},{"name":"c","inner":[]}],"text":"a\n{{b}}"})";

struct Folder {
  fs::path path = fs::temp_directory_path() / ("shmidl-fuzz-templates-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto model = nlohmann::ordered_json::parse(text.substr(0, text.find('\n')), nullptr, false);
  if (model.is_object())
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  else
    model = nlohmann::ordered_json::parse(kModel);
  std::string body{text};
  std::replace(body.begin(), body.end(), '>', '.');  // a template that includes itself without end is its author's fault
  std::ofstream(folder.path / "header.mustache", std::ios::binary) << body;
  emit::Templates templates;
  fuzz::require(templates.replace_from(folder.path).empty(), "a template can be read");
  const emit::Rendered rendered = emit::render(templates, "header", model);
  fuzz::require(rendered.error.empty() || rendered.text.empty(), "an error or a text");
  const std::string tidied = emit::tidy(rendered.text, 60);
  fuzz::require(rendered.error.empty() || tidied.empty() || tidied == "\n", "no text beside an error");
  return 0;
}
