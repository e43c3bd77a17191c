// Any text that is accepted becomes C++, the same every time.
#include "emit/render.hpp"
#include "emit/tidy.hpp"
#include "fuzz/fuzz.hpp"

using namespace shmidl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const emit::Templates templates;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const ast::Dialect dialect : {ast::Dialect::idl, ast::Dialect::aidl}) {
    const auto compiled = fuzz::compile(text, dialect);
    if (!compiled->accepted()) continue;
    const model::Json model = compiled->model();
    fuzz::require(model == compiled->model(), "the model is the same every time");
    for (const char* const name : {"header", "source"}) {
      const emit::Rendered first = emit::render(templates, name, model);
      const emit::Rendered second = emit::render(templates, name, model);
      fuzz::require(first.error.empty() && !first.text.empty(), "the templates fit the model");
      fuzz::require(first.text == second.text, "the text is the same every time");
      const std::string tidied = emit::tidy(first.text, 118);
      fuzz::require(!tidied.empty() && tidied.ends_with('\n'), "the text has lines");
    }
  }
  return 0;
}
