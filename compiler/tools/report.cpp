#include "tools/report.hpp"

#include <ostream>

#include "diag/render.hpp"

namespace shmidl::tools {

void report_text(const diag::Sink& sink, const source::Files& files, bool colour, std::ostream& err) {
  constexpr std::size_t kMostShown = 100;  // chosen: what a person reads before the first change
  std::vector<diag::Diagnostic> told = sink.sorted();
  const std::size_t more = sink.dropped() + (told.size() > kMostShown ? told.size() - kMostShown : 0);
  if (told.size() > kMostShown) told.resize(kMostShown);
  err << diag::render_text(told, files, colour);
  if (more != 0) err << "… and " << more << " more\n";
}

}  // namespace shmidl::tools
