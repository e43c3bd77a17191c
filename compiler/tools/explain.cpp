#include "tools/explain.hpp"

#include <algorithm>
#include <cctype>
#include <ostream>
#include <string_view>
#include <vector>

#include "diag/catalogue.hpp"
#include "diag/suggest.hpp"

namespace shmidl::tools {

std::string_view errors_page();  // ERRORS.md, embedded by the build

namespace {

/// `e12` becomes `E012`; a number alone is an error's.
std::string normalised(std::string code) {
  std::transform(code.begin(), code.end(), code.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (!code.empty() && std::isdigit(static_cast<unsigned char>(code.front())) != 0) code.insert(0, 1, 'E');
  while (code.size() > 1 && code.size() < 4) code.insert(1, 1, '0');
  return code;
}

}  // namespace

Exit explain(const std::string& code, std::ostream& out, std::ostream& err) {
  std::vector<std::string> codes;
  for (const diag::Entry& entry : diag::catalogue()) codes.push_back(diag::id(entry.code));
  if (code.empty()) {
    for (const diag::Entry& entry : diag::catalogue()) out << diag::id(entry.code) << "  " << entry.title << '\n';
    return Exit::done;
  }
  const std::string wanted = normalised(code);
  const std::string_view page = errors_page();
  const std::size_t begin = page.find("## " + wanted + ": ");
  if (begin == std::string_view::npos || std::find(codes.begin(), codes.end(), wanted) == codes.end()) {
    std::vector<std::string> alike;  // of the same letter, where there is one
    for (const std::string& each : codes)
      if (wanted.front() != 'W' || each.front() == 'W') alike.push_back(each);
    const std::string near = diag::suggest(wanted, alike);
    err << "shmidl: `" << code << "` is not a code of a diagnostic";
    if (near.empty())
      err << "; `shmidl explain` lists all\n";
    else
      err << ", did you mean `" << near << "`? `shmidl explain` lists all\n";
    return Exit::wrong_usage;
  }
  std::string_view paragraph = page.substr(begin + 3);
  paragraph = paragraph.substr(0, paragraph.find("\n## "));
  while (paragraph.ends_with('\n')) paragraph.remove_suffix(1);
  out << paragraph << '\n';
  return Exit::done;
}

}  // namespace shmidl::tools
