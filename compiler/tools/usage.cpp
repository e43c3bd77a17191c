#include "tools/usage.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

#include <string_view>
#include <vector>

#include "diag/suggest.hpp"

namespace shmidl::tools {
namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const verb : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : verb.get_options()) {
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The option of a text such as `--format: xml not in {…}`.
std::string option_in(std::string_view text) { return std::string{text.substr(0, text.find(':'))}; }

std::string meant(const std::string& typed, const std::vector<std::string>& candidates) {
  const std::string near = diag::suggest(typed, candidates);
  return near.empty() ? "" : ", did you mean `" + near + "`?";
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::string explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  const std::vector<CLI::App*> parsed = const_cast<CLI::App&>(app).get_subcommands();
  if (parsed.empty()) {
    const std::string first = argc > 1 ? argv[1] : "";
    const std::string verbs = "; the verbs are " + listed(verbs_of(app));
    if (first.empty()) return "a verb is missing" + verbs;
    if (first.starts_with('-')) return "`" + first + "` is not an option of shmidl" + meant(first, options_of(app));
    const std::string near = meant(first, verbs_of(app));
    return "`" + first + "` is not a verb" + (near.empty() ? verbs : near);
  }
  const CLI::App& verb = *parsed.front();
  const std::string name = "`shmidl " + verb.get_name() + "`";
  const std::string what = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const std::vector<std::string> rest = app.remaining(true);
    const std::string typed = rest.empty() ? "" : rest.front().substr(0, rest.front().find('='));
    if (!typed.starts_with('-')) return name + " does not take `" + typed + "`";
    return "`" + typed + "` is not an option of " + name + meant(typed, options_of(verb));
  }
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) return name + " needs the name of a file";
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch)) return "`" + option_in(what) + "` needs a value";
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExcludesError)) return "of these options only one is given: " + what;
  return "the value of `" + option_in(what) + "` cannot be read";
}

}  // namespace shmidl::tools
