#include "diag/sink.hpp"

#include <algorithm>
#include <tuple>

namespace shmidl::diag {

void Sink::report(Diagnostic diagnostic) {
  if (severity(diagnostic.code) == Severity::error) ++errors_;
  constexpr std::size_t kMostKept = 1000;  // chosen, not measured
  if (diagnostics_.size() >= kMostKept) {
    ++dropped_;
    return;
  }
  diagnostics_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Sink::sorted() const {
  std::vector<Diagnostic> result = diagnostics_;
  const auto key = [](const Diagnostic& d) { return std::tuple{!d.span.empty(), d.span.file, d.span.begin}; };
  std::stable_sort(result.begin(), result.end(), [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  const auto same = [&](const Diagnostic& a, const Diagnostic& b) {
    return key(a) == key(b) && a.code == b.code && a.message == b.message && a.path == b.path;
  };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

bool Sink::has(Code code) const {
  return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& d) { return d.code == code; });
}

}  // namespace shmidl::diag
