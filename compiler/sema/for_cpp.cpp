#include "sema/for_cpp.hpp"

#include <map>
#include <set>

#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

/// Finds files that would have to include each other's headers.
class Cycles {
 public:
  explicit Cycles(diag::Sink& sink) : sink_(sink) {}

  void visit(const Unit& unit) {
    Progress& progress = progress_[&unit];
    if (progress != Progress::untouched) return;
    progress = Progress::running;
    for (const Use& use : unit.used) {
      path_.push_back(use);
      const Unit& next = *use.declaration->unit;
      if (progress_[&next] == Progress::running)
        report(next);
      else
        visit(next);
      path_.pop_back();
    }
    progress_[&unit] = Progress::done;
  }

 private:
  void report(const Unit& first) {
    auto step = path_.end();
    while (step != path_.begin()) {
      --step;
      if (step->span.file == first.file.id) break;
    }
    std::string text = "`" + first.path + "`";
    std::vector<diag::Note> notes;
    for (auto next = step; next != path_.end(); ++next) {
      text += " needs `" + next->declaration->unit->path + "`";
      if (next != step) notes.push_back({next->span, "`" + next->declaration->name + "` is needed here"});
    }
    sink_.report({diag::Code::needs_each_other, step->span, "types of these files contain each other, and C++ cannot put them into an order: " + text,
                  std::move(notes), "declare these types in one file, or one of them inside of the other", {}});
  }

  diag::Sink& sink_;
  std::map<const Unit*, Progress> progress_;
  std::vector<Use> path_;
};

/// Types that the user's own C++ describes need the header that does.
class Headers {
 public:
  explicit Headers(diag::Sink& sink) : sink_(sink) {}

  void look_at(const Declaration& declaration) {
    if (declaration.kind != DeclKind::unstructured || declaration.cpp_header || !told_.insert(&declaration).second) return;
    sink_.report({diag::Code::no_header, name_span(declaration), "no stubs can be made of `" + declaration.name + "`: it names no C++ header", {},
                  "write `parcelable " + declaration.name + " cpp_header \"…\";`, or leave this file out", {}});
  }

  void look_at(const Type& type, Span span) {
    if (type.element) look_at(*type.element, span);
    for (const Type& argument : type.arguments) look_at(argument, span);
    if (!type.is(TypeKind::external) || type.declared->cpp_header || !told_.insert(type.declared).second) return;
    const std::string& name = type.declared->name;
    sink_.report({diag::Code::no_header, span, "the stubs cannot use `" + name + "`: its declaration names no C++ header",
                  {{name_span(*type.declared), "declared here"}}, "write `parcelable " + name + " cpp_header \"…\";` there", {}});
  }

 private:
  diag::Sink& sink_;
  std::set<const Declaration*> told_;
};

/// What the stubs of this version do not carry beside a stream.
class Streams {
 public:
  explicit Streams(diag::Sink& sink) : sink_(sink) {}

  void look_at(const Method& method) {
    if (!method.result.is(TypeKind::stream)) return;
    // It could only be what stood there before the first item.
    for (const Parameter& parameter : method.parameters)
      if (parameter.direction == Direction::out || parameter.direction == Direction::inout)
        report(parameter.written->direction_span, "the stubs of this version carry nothing back beside a stream, so `" + parameter.name + "` can only be `in`",
               "let another method give `" + parameter.name + "`, or let the items carry it");
  }

 private:
  void report(Span span, const std::string& message, const std::string& help) { sink_.report({diag::Code::not_supported, span, message, {}, help, {}}); }

  diag::Sink& sink_;
};

}  // namespace

void check_for_cpp(const Program& program, diag::Sink& sink) {
  Cycles cycles(sink);
  for (const auto& unit : program.units)
    if (unit->named) cycles.visit(*unit);
  Headers headers(sink);
  Streams streams(sink);
  each_checked_declaration(program, [&](const Declaration& declaration) {
    if (!declaration.unit->named) return;
    headers.look_at(declaration);
    for (const Field& field : declaration.fields) headers.look_at(field.type, field.written->type.span);
    for (const Method& method : declaration.methods) {
      streams.look_at(method);
      headers.look_at(method.result, method.written->result.span);
      for (const Parameter& parameter : method.parameters) headers.look_at(parameter.type, parameter.written->type.span);
    }
  });
}

}  // namespace shmidl::sema
