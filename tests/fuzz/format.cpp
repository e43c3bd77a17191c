// Any text that parses can be formatted: tokens, comments, tree and model stay, and a second time changes nothing.
#include "tools/fmt/format.hpp"

#include "fuzz/fuzz.hpp"
#include "tools/fmt/tokens.hpp"
#include "tools/unified_diff.hpp"

using namespace shmidl;

namespace {

model::Json without_lines(model::Json value) {
  if (value.is_object()) value.erase("line");
  if (value.is_structured())
    for (auto& item : value) item = without_lines(std::move(item));
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const ast::Dialect dialect : {ast::Dialect::idl, ast::Dialect::aidl}) {
    ast::File file;
    if (!fuzz::parses(text, dialect, file)) continue;
    const std::string once = tools::fmt::format(text, dialect);
    fuzz::require(fuzz::parses(once, dialect, file), "the formatted text parses");
    fuzz::require(tools::fmt::format(once, dialect) == once, "formatting twice is formatting once");
    fuzz::require(tools::unified_diff(text, once, "a", "b").empty() == (text == once), "a difference is shown");
    const auto before = fuzz::compile(text, dialect);
    const auto after = fuzz::compile(once, dialect);
    fuzz::require(before->accepted() == after->accepted(), "a text is accepted before and after");
    if (before->accepted()) fuzz::require(without_lines(before->model()) == without_lines(after->model()), "the model stays");
  }
  return 0;
}
