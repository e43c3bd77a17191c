#include "tools/lint.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "sema/builtins.hpp"

namespace shmidl::tools {
namespace {

using diag::Code;

using Annotations = std::vector<ast::Annotation>;

bool has(const Annotations& annotations, std::string_view name) {
  return std::any_of(annotations.begin(), annotations.end(), [&](const ast::Annotation& a) { return a.name.text == name; });
}

bool names(const ast::Expr& value, std::string_view lint) {
  if (value.kind == ast::ExprKind::string) return value.text == lint || value.text == "all";
  return std::any_of(value.args.begin(), value.args.end(), [&](const ast::Expr& each) { return names(each, lint); });
}

std::string upper(std::string_view name) {
  std::string text;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto c = static_cast<unsigned char>(name[at]);
    const bool after_lower = at > 0 && std::islower(static_cast<unsigned char>(name[at - 1])) != 0;
    if (std::isupper(c) != 0 && after_lower) text += '_';
    text += static_cast<char>(std::toupper(c));
  }
  return text;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), word) != words.end(); }

/// `n`, `len`, `buf_size`, `maxCount`, `num_items`; and `buflen` of `buf`.
bool counts(std::string_view name, std::string_view array) {
  const auto is_count = [](std::string_view word) { return is_one_of(word, {"N", "LEN", "LENGTH", "SIZE", "COUNT", "NUM", "NBYTES"}); };
  if (name.starts_with(array) && is_count(upper(name.substr(array.size())))) return true;
  const std::string words = upper(name);
  return is_count(words.substr(words.rfind('_') + 1)) || is_one_of(words.substr(0, words.find('_')), {"N", "NUM"});
}

/// `out T *p`, which is one `T`.
bool is_one_out(const sema::Parameter& parameter) {
  const ast::Type& type = parameter.written->type;
  const bool out = parameter.direction == sema::Direction::out || parameter.direction == sema::Direction::inout;
  return out && !type.is_const && type.pointers.size() == 1 && type.dimensions.empty();
}

class Linter {
 public:
  Linter(const sema::Unit& unit, diag::Sink& sink) : unit_(unit), sink_(sink) {}

  void run() {
    check_imports();
    for (const ast::Constant& constant : unit_.file.constants) check(constant);
    for (const auto& declaration : unit_.declarations) check(*declaration);
  }

 private:
  /// While it lives, the lints that the annotations name are off.
  class Within {
   public:
    Within(Linter& linter, const Annotations& annotations) : linter_(linter) { linter_.around_.push_back(&annotations); }
    ~Within() { linter_.around_.pop_back(); }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    Linter& linter_;
  };

  void warn(Code code, ast::Span span, const std::string& message, std::string help, std::vector<diag::Note> notes = {}) {
    const std::string_view lint = diag::lint_name(code);
    for (const Annotations* const annotations : around_)
      for (const ast::Annotation& annotation : *annotations)
        if (annotation.name.text == "SuppressWarnings")
          for (const ast::Argument& argument : annotation.arguments)
            if (names(argument.value, lint)) return;
    sink_.report({code, span, message + " [" + std::string{lint} + "]", std::move(notes), std::move(help), {}});
  }

  void check_imports() {
    std::map<std::string, ast::Span> seen;
    for (const ast::Import& import : unit_.file.imports) {
      const std::string name = unit_.is_aidl() ? import.path.substr(import.path.rfind('.') + 1) : import.path;
      const auto [first, fresh] = seen.emplace(name, import.span);
      if (!fresh)
        warn(Code::lint_unique_import, import.span, "`" + name + "` is imported twice", "remove one of the two",
             {{first->second, "first imported here"}});
    }
  }

  void check_name(const ast::Name& name, std::string_view what) {
    if (std::none_of(name.text.begin(), name.text.end(), [](unsigned char c) { return std::islower(c) != 0; })) return;
    warn(Code::lint_const_name, name.span, "`" + name.text + "` is " + std::string{what} + ", which are written in upper case",
         "write `" + upper(name.text) + "`");
  }

  void check(const ast::Constant& constant) {
    const Within within(*this, constant.annotations);
    check_name(constant.name, "one of the constants");
    check(constant.type);
  }

  void check(const ast::Type& type) {
    const std::string name = type.name.text();
    if (unit_.is_aidl() && name == "FileDescriptor")
      warn(Code::lint_file_descriptor, type.name.span, "a `FileDescriptor` does not say who closes it", "write `ParcelFileDescriptor`");
    if ((name == "List" || name == "Map") && type.arguments.empty())
      warn(Code::lint_untyped_collection, type.name.span, "this `" + name + "` does not say what it holds",
           name == "List" ? "write `List<T>`" : "write a parcelable with an array of pairs");
    for (const ast::Type& argument : type.arguments) check(argument);
  }

  void check(const ast::Parameter& parameter) {
    const std::string& name = parameter.name.text;
    check(parameter.type);
    if (parameter.direction == ast::Direction::inout)
      warn(Code::lint_inout_parameter, parameter.direction_span, "`" + name + "` is copied in both directions",
           "take it as `in` and return the new value");
    if (parameter.direction != ast::Direction::out && parameter.direction != ast::Direction::inout) return;
    if (unit_.is_aidl() && !parameter.type.dimensions.empty())
      warn(Code::lint_out_array, parameter.name.span, "`" + name + "` is an array whose size the caller sets", "return the array");
    if (has(parameter.type.annotations, "nullable"))
      warn(Code::lint_out_nullable, parameter.name.span, "`" + name + "` comes back and may be null",
           "return it, or put it into a parcelable with a nullable field");
  }

  /// C's buffer and its size, without the brackets that bring the two together.
  void check_buffers(const sema::Method& method) {
    for (auto buffer = method.parameters.begin(); buffer != method.parameters.end(); ++buffer) {
      if (!is_one_out(*buffer)) continue;
      const auto count = std::find_if_not(buffer, method.parameters.end(), is_one_out);
      if (count == method.parameters.end() || count->is_count || count->direction != sema::Direction::in) continue;
      if (!sema::is_integer(count->type.kind) || !counts(count->name, buffer->name)) continue;
      const ast::Parameter& written = *buffer->written;
      const std::string type = written.type.name.text();
      const std::string direction = buffer->direction == sema::Direction::out ? "out " : "inout ";
      warn(Code::lint_out_buffer, written.name.span, "`" + buffer->name + "` is one `" + type + "`, whatever `" + count->name + "` is",
           "write `" + direction + type + " " + buffer->name + "[" + count->name + "]`", {{count->written->name.span, "no array is counted by it"}});
    }
  }

  void check_interface(const sema::Declaration& declaration) {
    const ast::Declaration& written = *declaration.written;
    const std::string& name = written.name.text;
    const bool prefixed = name.size() > 1 && name[0] == 'I' && std::isupper(static_cast<unsigned char>(name[1])) != 0;
    if (unit_.is_aidl() && !prefixed)
      warn(Code::lint_interface_name, written.name.span, "the name of an interface begins with `I`", "write `I" + name + "`");
    const auto oneway = std::find_if(written.methods.begin(), written.methods.end(), [](const ast::Method& m) { return m.oneway; });
    const auto twoway = std::find_if(written.methods.begin(), written.methods.end(), [](const ast::Method& m) { return !m.oneway; });
    if (!written.oneway && oneway != written.methods.end() && twoway != written.methods.end())
      warn(Code::lint_mixed_oneway, written.name.span, "`" + name + "` has methods that wait and methods that do not",
           "make two interfaces of it",
           {{oneway->name.span, "this one does not wait"}, {twoway->name.span, "this one waits for its answer"}});
    for (const ast::Method& method : written.methods) {
      const Within within(*this, method.annotations);
      check(method.result);
      for (const ast::Parameter& parameter : method.parameters) check(parameter);
    }
    for (const sema::Method& method : declaration.methods) {
      const Within within(*this, method.written->annotations);
      check_buffers(method);
    }
  }

  void check(const sema::Declaration& declaration) {
    if (declaration.implied) return;
    const ast::Declaration& written = *declaration.written;
    const Within within(*this, written.annotations);
    if (written.kind == ast::DeclKind::interface) check_interface(declaration);
    for (const ast::Enumerator& enumerator : written.enumerators) {
      const Within inner(*this, enumerator.annotations);
      check_name(enumerator.name, "one of the enumerators");
    }
    for (const ast::Constant& constant : written.constants) check(constant);
    for (const sema::Field& field : declaration.fields) {
      const Within inner(*this, field.written->annotations);
      check(field.written->type);
      if (written.kind == ast::DeclKind::structure && field.type.is(sema::TypeKind::enumeration) && !field.written->value.present())
        warn(Code::lint_enum_explicit_default, field.written->name.span,
             "`" + field.name + "` has no default, and begins as the number 0 whatever that names",
             "write `= " + field.type.declared->name + ".NAME` with the enumerator it begins as");
    }
    for (const auto& nested : declaration.nested) check(*nested);
  }

  const sema::Unit& unit_;
  diag::Sink& sink_;
  std::vector<const Annotations*> around_;
};

}  // namespace

void lint(const sema::Program& program, diag::Sink& sink) {
  for (const auto& unit : program.units)
    if (unit->named) Linter(*unit, sink).run();
}

}  // namespace shmidl::tools
