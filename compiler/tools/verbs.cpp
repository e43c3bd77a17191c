#include "tools/verbs.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "diag/render.hpp"
#include "emit/decorate.hpp"
#include "emit/output.hpp"
#include "emit/render.hpp"
#include "emit/tidy.hpp"
#include "model/model.hpp"
#include "sema/analyse.hpp"
#include "sema/context.hpp"
#include "sema/for_cpp.hpp"
#include "sema/load.hpp"
#include "tools/explain.hpp"
#include "tools/fmt/run.hpp"
#include "tools/lint.hpp"
#include "tools/report.hpp"

namespace shmidl::tools {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLineWidth = 118;

class Run {
 public:
  Run(const Options& options, std::ostream& out, std::ostream& err) : options_(options), out_(out), err_(err) {}

  Exit go() {
    program_ = sema::load(options_.files, {options_.import_directories, options_.base}, files_, sink_);
    sema::analyse(program_, files_, sink_);
    if (options_.verb == Verb::lint) lint(program_, sink_);
    if (sink_.errors() == 0 && options_.verb == Verb::gen) generate();
    if (sink_.errors() == 0 && options_.verb == Verb::ir) print_model();
    return finish();
  }

 private:
  Exit finish() {
    switch (options_.format) {
      case Format::json:
        out_ << diag::render_json(sink_.sorted(), files_);
        break;
      case Format::sarif:
        out_ << diag::render_sarif(sink_.sorted(), files_);
        break;
      case Format::github:
        out_ << diag::render_github(sink_.sorted(), files_);
        break;
      case Format::text:
        report_text(sink_, files_, options_.colour, err_);
        break;
    }
    if (sink_.has(diag::Code::cannot_read) || sink_.has(diag::Code::cannot_write)) return Exit::cannot_read_or_write;
    return sink_.errors() == 0 ? Exit::done : Exit::input_has_errors;
  }

  emit::Decorator decorator(const sema::Unit& unit) const {
    emit::Decorator decorator(model::head(unit, files_));
    model::each_declaration(unit, files_, model::Detail::outline, [&](const model::Json& outline) { decorator.look_at(outline); });
    return decorator;
  }

  void print_model() {
    const auto named = std::count_if(program_.units.begin(), program_.units.end(), [](const auto& unit) { return unit->named; });
    if (named != 1) out_ << "[";
    const std::string margin = named == 1 ? "" : "  ";
    const char* before = named == 1 ? "" : "\n  ";
    for (const auto& unit : program_.units) {
      if (!unit->named) continue;
      out_ << before;
      print_model(*unit, margin);
      before = ",\n  ";
    }
    out_ << (named > 1 ? "\n]\n" : named == 1 ? "\n" : "]\n");
  }

  /// As the library prints it, but with one declaration in memory at a time.
  void print_model(const sema::Unit& unit, const std::string& margin) {
    const auto print = [&](std::string_view text, const std::string& inner) {
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        out_ << text.substr(begin, end - begin);
        if (text[end - 1] == '\n') out_ << inner;
        begin = end;
      }
    };
    emit::Decorator decorator = this->decorator(unit);
    const std::string file = decorator.file().dump(2);
    constexpr std::string_view kEmpty = "\n  \"declarations\": [";
    const std::size_t place = file.find(kEmpty) + kEmpty.size();
    print(std::string_view{file}.substr(0, place), margin);
    bool first = true;
    model::each_declaration(unit, files_, model::Detail::full, [&](model::Json declaration) {
      decorator.decorate(declaration);
      out_ << (std::exchange(first, false) ? "\n    " : ",\n    ") << margin;
      print(declaration.dump(2), margin + "    ");
    });
    if (!first) out_ << "\n  " << margin;
    print(std::string_view{file}.substr(place), margin);
  }

  void generate() {
    emit::Templates templates;
    if (!options_.templates.empty()) {
      if (const std::string fault = templates.replace_from(options_.templates); !fault.empty())
        return report(diag::Code::cannot_read, "cannot read the templates: " + fault, options_.templates);
    }
    sema::check_for_cpp(program_, sink_);
    if (sink_.errors() != 0) return;
    std::vector<emit::Form> forms;
    for (const char* const name : {"header", "source"}) {
      forms.emplace_back(templates, name);
      if (!forms.back().error().empty()) return report(diag::Code::template_fault, forms.back().error(), options_.templates);
    }
    std::vector<emit::Output> outputs;
    for (const auto& unit : program_.units) {
      if (!unit->named) continue;
      emit::Decorator decorator = this->decorator(*unit);
      model::Json file = decorator.file();
      for (const char* const key : {"cpp_header", "cpp_source"})
        outputs.push_back({(options_.out / file.at(key).get<std::string>()).lexically_normal(), {}});
      if (options_.list_outputs) continue;
      file["declarations"] = !unit->declarations.empty();  // for templates that ask whether there are any
      std::vector<emit::Page> pages;
      for (emit::Form& form : forms) pages.emplace_back(form, file);
      model::each_declaration(*unit, files_, model::Detail::full, [&](model::Json declaration) {
        decorator.decorate(declaration);
        for (emit::Page& page : pages) page.add(declaration);
      });
      for (const emit::Page& page : pages)
        if (!page.error().empty()) return report(diag::Code::template_fault, page.error(), options_.templates);
      for (std::size_t index = 0; index < pages.size(); ++index)
        outputs[outputs.size() - pages.size() + index].text = pages[index].finish(kLineWidth);
    }
    if (options_.list_outputs) {
      for (const emit::Output& output : outputs) out_ << output.path.generic_string() << '\n';
      return;
    }
    if (!options_.depfile.empty()) outputs.push_back({options_.depfile, dependencies(outputs, templates)});
    if (const emit::WriteFault fault = emit::write_all(outputs); !fault.reason.empty())
      report(diag::Code::cannot_write, "cannot write this file: " + fault.reason, fault.path);
  }

  std::string dependencies(const std::vector<emit::Output>& outputs, const emit::Templates& templates) const {
    std::vector<fs::path> targets;
    for (const emit::Output& output : outputs) targets.push_back(output.path);
    std::vector<std::string> inputs;
    for (std::uint32_t id = 0; id < files_.size(); ++id) inputs.push_back(files_.at(id).path());
    inputs.insert(inputs.end(), templates.files().begin(), templates.files().end());
    return emit::depfile(targets, inputs);
  }

  void report(diag::Code code, std::string message, const fs::path& path) {
    sink_.report({code, {}, std::move(message), {}, {}, path.generic_string()});
  }

  const Options& options_;
  std::ostream& out_;
  std::ostream& err_;
  source::Files files_;
  diag::Sink sink_;
  sema::Program program_;
};

}  // namespace

Exit run(const Options& options, std::ostream& out, std::ostream& err) {
  if (options.verb == Verb::explain) return explain(options.code, out, err);
  if (options.verb == Verb::fmt) return fmt::run(options, out, err);
  return Run(options, out, err).go();
}

}  // namespace shmidl::tools
