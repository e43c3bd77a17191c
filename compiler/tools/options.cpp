#include "tools/options.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

#include <iostream>
#include <map>

#include "tools/usage.hpp"

namespace shmidl::tools {
namespace {

void add_inputs(CLI::App& verb, Options& options) {
  verb.add_option("FILE", options.files, "Interface files, .idl or .aidl")->required();
  verb.add_option("-I", options.import_directories, "Look for imports in DIR; may be given again")
      ->type_name("DIR")
      ->allow_extra_args(false);
}

void add_format(CLI::App& verb, std::string& format) {
  verb.add_option("--format", format, "How to print diagnostics: text (default) on standard error; json, sarif, github on standard output")
      ->type_name("FORMAT");
}

std::optional<Format> format_named(const std::string& name) {
  static const std::map<std::string, Format> kFormats = {
      {"text", Format::text}, {"json", Format::json}, {"sarif", Format::sarif}, {"github", Format::github}};
  const auto found = kFormats.find(name);
  if (found != kFormats.end()) return found->second;
  return std::nullopt;
}

std::nullopt_t wrong(Exit& exit, const std::string& message) {
  std::cerr << "shmidl: " << message << "\n`shmidl --help` and `shmidl VERB --help` say more\n";
  exit = Exit::wrong_usage;
  return std::nullopt;
}

}  // namespace

std::optional<Options> parse_command_line(int argc, const char* const* argv, Exit& exit) {
  Options options;
  std::string parts = "stubs";
  std::string format = "text";
  CLI::App app{"shmidl compiles interface definitions into C++ stubs that call across processes through shared memory.", "shmidl"};
  app.set_version_flag("--version", "shmidl " SHMIDL_COMPILER_VERSION);
  app.require_subcommand(1);

  CLI::App& gen = *app.add_subcommand("gen", "Write the C++ stubs of interface files");
  add_inputs(gen, options);
  gen.add_option("-o", options.out, "Write below DIR; default: the current folder")->type_name("DIR");
  gen.add_option("--base", options.base, "Name outputs by the path below DIR; default: the file's folder, or its package root")
      ->type_name("DIR");
  gen.add_option("--depfile", options.depfile, "Also write a make rule of what the outputs were made from")->type_name("FILE");
  gen.add_option("--templates", options.templates, "Take *.mustache files of DIR in place of the built-in ones")->type_name("DIR");
  gen.add_option("--parts", parts, "What to write: stubs")->type_name("LIST");
  gen.add_flag("--list-outputs", options.list_outputs, "Print the files that would be written, and write nothing");

  CLI::App& check = *app.add_subcommand("check", "Read and check interface files");
  add_inputs(check, options);
  add_format(check, format);

  CLI::App& ir = *app.add_subcommand("ir", "Print the checked model of interface files as JSON");
  add_inputs(ir, options);
  ir.add_option("--base", options.base, "Name files by the path below DIR; default: the file's folder, or its package root")
      ->type_name("DIR");

  CLI::App& fmt = *app.add_subcommand("fmt", "Print interface files in the one style of the house");
  add_inputs(fmt, options);
  CLI::Option& fmt_check =
      *fmt.add_flag("--check", options.check_only, "Change nothing; name the files that would change, and exit with 3");
  CLI::Option& fmt_diff = *fmt.add_flag("--diff", options.show_diff, "Change nothing; print what would change, and exit with 3");
  CLI::Option& fmt_rewrite = *fmt.add_flag("-i", options.rewrite, "Rewrite the files in place");
  fmt_check.excludes(&fmt_diff)->excludes(&fmt_rewrite);
  fmt_diff.excludes(&fmt_rewrite);

  CLI::App& lint = *app.add_subcommand("lint", "Warn of what is allowed and seldom meant");
  add_inputs(lint, options);
  add_format(lint, format);

  CLI::App& explain = *app.add_subcommand("explain", "Explain a diagnostic, or list all of them");
  explain.add_option("CODE", options.code, "As it was printed: E012, W001")->type_name("");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (!asked) return wrong(exit, explain_usage(app, error, argc, argv));
    app.exit(error, std::cout, std::cerr);
    exit = Exit::done;
    return std::nullopt;
  }
  const std::optional<Format> known = format_named(format);
  if (!known) return wrong(exit, "`" + format + "` is not a format: write text, json, sarif or github");
  if (parts != "stubs") return wrong(exit, "`" + parts + "` is not a part that is written: write stubs");
  options.format = *known;
  options.verb = gen.parsed()       ? Verb::gen
                 : check.parsed()   ? Verb::check
                 : lint.parsed()    ? Verb::lint
                 : fmt.parsed()     ? Verb::fmt
                 : explain.parsed() ? Verb::explain
                                    : Verb::ir;
  return options;
}

}  // namespace shmidl::tools
