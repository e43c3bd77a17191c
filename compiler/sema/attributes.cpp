#include <algorithm>

#include "sema/context.hpp"
#include "sema/numbers.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::int64_t kLongestDeadline = 24LL * 60 * 60 * 1000;  // a day, in milliseconds; chosen, not measured

/// The text after `@tag` in a documentation comment, up to the next tag; nothing when there is no such tag.
std::optional<std::string> doc_tag(const std::string& doc, std::string_view tag) {
  std::optional<std::string> note;
  for (std::size_t begin = 0; begin < doc.size();) {
    const std::size_t end = std::min(doc.find('\n', begin), doc.size());
    std::string_view line{doc.data() + begin, end - begin};
    begin = end + 1;
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    const bool starts = line.starts_with(tag) && (line.size() == tag.size() || line[tag.size()] == ' ' || line[tag.size()] == '\t');
    if (note && (line.starts_with('@') || line.empty())) return note;
    if (starts) {
      line.remove_prefix(std::min(tag.size() + 1, line.size()));
      note.emplace(line);
    } else if (note) {
      *note += (note->empty() || line.empty() ? "" : " ") + std::string{line};
    }
  }
  return note;
}

class Remarker {
 public:
  explicit Remarker(Context& context) : context_(context) {}

  Remarks of(const Scope& scope, const std::string& doc, const std::vector<ast::Annotation>& annotations) {
    Remarks remarks;
    remarks.deprecated = doc_tag(doc, "@deprecated");
    remarks.hidden = doc_tag(doc, "@hide").has_value();
    for (const ast::Annotation& annotation : annotations) {
      Attribute attribute{annotation.name.text, {}};
      for (const ast::Argument& argument : annotation.arguments)
        attribute.arguments.emplace_back(argument.name.text.empty() ? "value" : argument.name.text, value(scope, argument.value));
      remarks.attributes.push_back(std::move(attribute));
    }
    return remarks;
  }

  void interface(const Scope& scope, Declaration& declaration) {
    const std::vector<ast::Annotation>& written = declaration.written->annotations;
    declaration.serial = has(written, "Serial");
    declaration.sensitive = has(written, "SensitiveData");
    declaration.idempotent = has(written, "Idempotent");
    declaration.in_line = has(written, "Inline");
    declaration.deadline_ms = number(scope, written, "Deadline", "value", 1, kLongestDeadline);
    declaration.version = number(scope, written, "VersionSupport", "version", 0, INT32_MAX);
    for (Method& method : declaration.methods) {
      const std::vector<ast::Annotation>& own = method.written->annotations;
      method.remarks = of(scope, method.written->doc, own);
      method.idempotent = declaration.idempotent || has(own, "Idempotent");
      method.in_line = declaration.in_line || has(own, "Inline");
      method.deadline_ms = number(scope, own, "Deadline", "value", 1, kLongestDeadline);
      if (!method.deadline_ms) method.deadline_ms = declaration.deadline_ms;
      method.permission = permission(method.remarks);
      if (!method.permission) method.permission = permission(declaration.remarks);  // both at once were refused
      for (Parameter& parameter : method.parameters)  // the nearest of the two words counts
        for (const auto* const list : {&parameter.written->type.annotations, &own, &written}) {
          parameter.in_place = has(*list, "InPlace");
          parameter.copy = has(*list, "Copy");
          if (parameter.in_place || parameter.copy) break;
        }
    }
  }

 private:
  static bool has(const std::vector<ast::Annotation>& list, std::string_view name) { return find_annotation(list, name) != nullptr; }

  static std::optional<Permission> permission(const Remarks& remarks) {
    for (const Attribute& attribute : remarks.attributes) {
      if (attribute.name != "EnforcePermission") continue;
      Permission result;
      for (const auto& [name, value] : attribute.arguments) {
        result.any = result.any || name == "anyOf";
        if (value.kind == ValueKind::string) result.names.push_back(value.text);
        for (const Value& element : value.elements) result.names.push_back(element.text);
      }
      return result;
    }
    return std::nullopt;
  }

  Value value(const Scope& scope, const ast::Expr& written) {
    Value result;
    if (written.kind == ast::ExprKind::list) {
      result.kind = ValueKind::list;
      for (const ast::Expr& element : written.args) result.elements.push_back(value(scope, element));
    } else if (written.kind == ast::ExprKind::name) {
      result.kind = ValueKind::string;
      result.text = written.text;
    } else {
      result = evaluate(context_, scope, written, nullptr);
    }
    return result;
  }

  std::optional<std::int64_t> number(const Scope& scope, const std::vector<ast::Annotation>& list, const char* name, const char* parameter,
                                     std::int64_t low, std::int64_t high) {
    const ast::Annotation* const found = find_annotation(list, name);
    const ast::Expr* const written = found == nullptr ? nullptr : argument_of(*found, parameter);
    if (written == nullptr) return std::nullopt;
    const Type as_long{TypeKind::int64, nullptr, nullptr, 0};
    const Value given = evaluate_for(context_, scope, *written, as_long, "`@" + std::string{name} + "`");
    if (given.kind == ValueKind::none) return std::nullopt;
    if (given.integer >= low && given.integer <= high) return static_cast<std::int64_t>(given.integer);
    context_.error(Code::bound, written->span,
                   "`@" + std::string{name} + "` is " + std::to_string(low) + " to " + std::to_string(high) + ", not " + to_text(given.integer));
    return std::nullopt;
  }

  Context& context_;
};

}  // namespace

const ast::Annotation* find_annotation(const std::vector<ast::Annotation>& list, std::string_view name) {
  for (const ast::Annotation& annotation : list)
    if (annotation.name.text == name) return &annotation;
  return nullptr;
}

const ast::Expr* argument_of(const ast::Annotation& annotation, std::string_view name) {
  for (const ast::Argument& argument : annotation.arguments)
    if (argument.name.text == name || (argument.name.text.empty() && name == "value")) return &argument.value;
  return nullptr;
}

void remark(Context& context) {
  Remarker remarker(context);
  const auto constants = [&](Unit& unit, Declaration* owner, std::vector<Constant>& list) {
    for (Constant& constant : list)
      constant.remarks = remarker.of({&unit, owner}, constant.written->doc, constant.written->annotations);
  };
  for (const auto& unit : context.program.units) constants(*unit, nullptr, unit->constants);
  each_checked_declaration(context.program, [&](Declaration& declaration) {
    const Scope scope{declaration.unit, &declaration};
    declaration.remarks = remarker.of(scope, declaration.written->doc, declaration.written->annotations);
    constants(*declaration.unit, &declaration, declaration.constants);
    for (Field& field : declaration.fields) field.remarks = remarker.of(scope, field.written->doc, field.written->annotations);
    for (Enumerator& enumerator : declaration.enumerators)
      enumerator.remarks = remarker.of(scope, enumerator.written->doc, enumerator.written->annotations);
    if (declaration.kind == DeclKind::interface) remarker.interface(scope, declaration);
  });
}

}  // namespace shmidl::sema
