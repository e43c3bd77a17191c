#include "tools/options.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

#include <iostream>

namespace shmidl::tools {
namespace {

void add_inputs(CLI::App& verb, Options& options) {
  verb.add_option("FILE", options.files, "Interface files, .idl or .aidl")->required();
  verb.add_option("-I", options.import_directories, "Look for imports in DIR; may be given again")
      ->type_name("DIR")
      ->allow_extra_args(false);
}

}  // namespace

std::optional<Options> parse_command_line(int argc, const char* const* argv, Exit& exit) {
  Options options;
  std::string parts = "stubs";
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
  gen.add_option("--parts", parts, "What to write: stubs")->type_name("LIST")->check(CLI::IsMember({"stubs"}));
  gen.add_flag("--list-outputs", options.list_outputs, "Print the files that would be written, and write nothing");

  CLI::App& check = *app.add_subcommand("check", "Read and check interface files");
  add_inputs(check, options);
  check.add_option("--format", options.format, "How to print diagnostics: text, json")
      ->type_name("FORMAT")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Format>{{"text", Format::text}, {"json", Format::json}}).description(""));

  CLI::App& ir = *app.add_subcommand("ir", "Print the checked model of interface files as JSON");
  add_inputs(ir, options);
  ir.add_option("--base", options.base, "Name files by the path below DIR; default: the file's folder, or its package root")
      ->type_name("DIR");

  CLI::App& fmt = *app.add_subcommand("fmt", "Print interface files in the one style of the house");
  fmt.add_option("FILE", options.files, "Interface files, .idl or .aidl")->required();
  CLI::Option& fmt_check = *fmt.add_flag("--check", options.check_only, "Change nothing; name the files that would change, and exit with 3");
  CLI::Option& fmt_diff = *fmt.add_flag("--diff", options.show_diff, "Change nothing; print what would change, and exit with 3");
  CLI::Option& fmt_rewrite = *fmt.add_flag("-i", options.rewrite, "Rewrite the files in place");
  fmt_check.excludes(&fmt_diff)->excludes(&fmt_rewrite);
  fmt_diff.excludes(&fmt_rewrite);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, std::cout, std::cerr);
    exit = asked ? Exit::done : Exit::wrong_usage;
    return std::nullopt;
  }
  options.verb = gen.parsed() ? Verb::gen : check.parsed() ? Verb::check : fmt.parsed() ? Verb::fmt : Verb::ir;
  return options;
}

}  // namespace shmidl::tools
