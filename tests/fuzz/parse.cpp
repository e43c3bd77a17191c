// Any bytes, read as both dialects: the compiler ends, and every diagnostic can be printed.
#include "diag/render.hpp"
#include "fuzz/fuzz.hpp"

using namespace shmidl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const ast::Dialect dialect : {ast::Dialect::idl, ast::Dialect::aidl}) {
    const auto compiled = fuzz::compile(text, dialect);
    const std::vector<diag::Diagnostic> told = compiled->sink.sorted();
    fuzz::require(compiled->accepted() || !told.empty(), "a refusal says why");
    fuzz::require(told.empty() == diag::render_text(told, compiled->files).empty(), "what is told as text");
    fuzz::require(!diag::render_json(told, compiled->files).empty(), "what is told as JSON");
    for (const diag::Diagnostic& one : told) {
      fuzz::require(!one.message.empty(), "a diagnostic has a message");
      fuzz::require(one.span.begin <= one.span.end, "a diagnostic has a place");
    }
  }
  return 0;
}
