#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

/// `my-calc` gives `MyCalc`: split at what is not a letter or digit, capitalise each piece, join.
std::string name_from_stem(const std::string& stem) {
  std::string result;
  bool capital = true;
  for (const char c : stem) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80 || std::isalnum(u) == 0) {
      capital = true;
      continue;
    }
    result += capital ? static_cast<char>(std::toupper(u)) : c;
    capital = false;
  }
  return result;
}

class Declarer {
 public:
  explicit Declarer(Context& context) : context_(context) {
    for (const auto& unit : context.program.units)
      for (const ast::Declaration& declaration : unit->file.declarations) {
        Written& known = written_[unit->package + "." + full_name(declaration)];
        ++known.count;
        known.defined = known.defined || (declaration.kind != DeclKind::forward && declaration.kind != DeclKind::unstructured);
      }
  }

  void run(Unit& unit) {
    unit.constants = constants(unit.file.constants, unit, nullptr);
    const ast::Declaration* nameless = nullptr;
    for (ast::Declaration& written : unit.file.declarations) {
      if (written.name.text.empty() && (written.kind != DeclKind::interface || !name_block(unit, written, nameless))) continue;
      if (std::unique_ptr<Declaration> made = make(written, unit, nullptr)) unit.declarations.push_back(std::move(made));
    }
    names_of(unit, unit.file.declarations, unit.file.constants, {}, {}, {});
  }

 private:
  bool name_block(const Unit& unit, ast::Declaration& written, const ast::Declaration*& first) {
    const std::filesystem::path path{unit.path};
    const std::string name = name_from_stem(path.stem().string());
    if (first != nullptr) {
      context_.error(diag::Code::nameless_block, written.keyword, "a file has at most one nameless block", "write `interface Name {`",
                     {{first->keyword, "the first one is here"}});
      return false;
    }
    first = &written;
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      context_.error(diag::Code::nameless_block, written.keyword,
                     "the file name `" + path.filename().string() + "` gives no name for this block",
                     "write `interface Name {`, or begin the file name with a letter");
      return false;
    }
    written.name = {name, written.keyword};
    return true;
  }

  static std::vector<Constant> constants(const std::vector<ast::Constant>& written, Unit& unit, Declaration* owner) {
    std::vector<Constant> list;
    for (const ast::Constant& constant : written) {
      Constant made;
      made.written = &constant;
      made.name = constant.name.text;
      made.owner = owner;
      made.unit = &unit;
      list.push_back(std::move(made));
    }
    return list;
  }

  static std::string full_name(const ast::Declaration& written) {
    return written.kind == DeclKind::unstructured && !written.dotted.parts.empty() ? written.dotted.text() : written.name.text;
  }

  /// `parcelable X;` in one place and its fields in another, or `interface X;` where some file of the program says more about X: the first
  /// one only announces it.
  [[nodiscard]] bool announces(const ast::Declaration& written, const Unit& unit) const {
    const bool forward = written.kind == DeclKind::forward;
    if (!forward && (written.kind != DeclKind::unstructured || !written.headers.empty())) return false;
    const auto found = written_.find(unit.package + "." + full_name(written));
    return found != written_.end() && (found->second.defined || (forward && found->second.count > 1));
  }

  /// A union's `Tag`: an enumeration of its members.
  std::unique_ptr<Declaration> tag_of(const ast::Declaration& written, Unit& unit, Declaration& owner) {
    auto tag = std::make_unique<ast::Declaration>();
    tag->kind = DeclKind::enumeration;
    tag->keyword = written.keyword;
    tag->span = written.span;
    tag->name = {"Tag", written.name.span};
    for (const ast::Field& field : written.fields) tag->enumerators.push_back({{}, {}, field.name, {}, field.span});
    unit.implied.push_back(std::move(tag));
    std::unique_ptr<Declaration> made = make(*unit.implied.back(), unit, &owner);
    made->implied = true;
    made->type.kind = TypeKind::int32;
    return made;
  }

  std::unique_ptr<Declaration> make(const ast::Declaration& written, Unit& unit, Declaration* parent) {
    if ((written.kind == DeclKind::forward && (!unit.is_aidl() || parent != nullptr)) || announces(written, unit)) return nullptr;
    if (written.kind == DeclKind::forward && written.oneway && unit.whole)
      context_.error(diag::Code::syntax, written.keyword, "an interface that is only announced is not `oneway`", "write `interface " + written.name.text + ";`");
    auto made = std::make_unique<Declaration>();
    made->written = &written;
    made->kind = written.kind == DeclKind::forward ? DeclKind::interface : written.kind;
    made->name = written.name.text;
    const std::string outer = parent != nullptr ? parent->qualified : unit.package;
    made->qualified = (outer.empty() ? "" : outer + ".") + full_name(written);
    made->wire_name = made->qualified;
    made->parent = parent;
    made->unit = &unit;
    made->constants = constants(written.constants, unit, made.get());
    for (const ast::NativeHeader& header : written.headers)
      if (header.kind.text == "cpp_header") made->cpp_header = header.path.text;
    for (const ast::Enumerator& e : written.enumerators) made->enumerators.push_back({&e, e.name.text, {}, 0});
    for (const ast::Field& f : written.fields) {
      made->fields.emplace_back();
      made->fields.back().written = &f;
      made->fields.back().name = f.name.text;
    }
    for (const ast::Method& m : written.methods) {
      made->methods.emplace_back();
      made->methods.back().written = &m;
      made->methods.back().name = m.name.text;
      made->methods.back().oneway = m.oneway || written.oneway;
    }
    if (written.kind == DeclKind::union_) made->nested.push_back(tag_of(written, unit, *made));
    for (const ast::Declaration& inner : written.nested)
      if (std::unique_ptr<Declaration> nested = make(inner, unit, made.get())) made->nested.push_back(std::move(nested));
    if (written.kind == DeclKind::union_ && unit.whole)
      for (const ast::Declaration& inner : written.nested)
        if (inner.name.text == "Tag")
          context_.error(diag::Code::duplicate_name, inner.name.span, "`Tag` is the enumeration of the union's members", "give it another name",
                         {{written.name.span, "the union is here"}});
    names_of(unit, written.nested, written.constants, written.fields, written.methods, written.enumerators);

    const auto [other, fresh] = context_.by_name.emplace(made->qualified, made.get());
    if (!fresh && other->second->unit != &unit)  // twice in one file is told by names_of
      context_.error(diag::Code::duplicate_name, written.name.span, "`" + made->qualified + "` is declared twice", {},
                     {{name_span(*other->second), "first declared here"}});
    return made;
  }

  /// Everything that has a name in one scope, in source order; a name means one thing. In AIDL types, fields, constants and methods do not
  /// get into each other's way.
  void names_of(const Unit& unit, const std::vector<ast::Declaration>& nested, const std::vector<ast::Constant>& constant_list,
                const std::vector<ast::Field>& fields, const std::vector<ast::Method>& methods,
                const std::vector<ast::Enumerator>& enumerators) {
    if (!unit.whole) return;
    Names types, values, members, callable;
    const bool apart = unit.is_aidl();
    for (const auto& node : nested)
      if (node.kind != DeclKind::forward && !announces(node, unit)) types.push_back({&node.name, false});
    for (const auto& node : constant_list) (apart ? values : types).push_back({&node.name, false});
    for (const auto& node : fields) (apart ? members : types).push_back({&node.name, false});
    for (const auto& node : methods) (apart ? callable : types).push_back({&node.name, true});
    for (const auto& node : enumerators) (apart ? values : types).push_back({&node.name, false});
    for (Names* const names : {&types, &values, &members, &callable}) once(*names);
  }

  struct Named {
    const ast::Name* name;
    bool method;
  };
  using Names = std::vector<Named>;

  void once(Names& names) {
    std::sort(names.begin(), names.end(), [](const Named& a, const Named& b) { return a.name->span.begin < b.name->span.begin; });
    std::map<std::string_view, Named> first;
    for (const Named& named : names) {
      if (named.name->text.empty()) continue;
      const auto [entry, fresh] = first.emplace(named.name->text, named);
      if (fresh) continue;
      context_.error(diag::Code::duplicate_name, named.name->span, "`" + named.name->text + "` is declared twice",
                     named.method && entry->second.method ? "give it a name of its own: methods are not overloaded" : "",
                     {{entry->second.name->span, "first declared here"}});
    }
  }

  struct Written {
    int count = 0;
    bool defined = false;  ///< with what it consists of
  };

  Context& context_;
  std::map<std::string, Written> written_;  ///< top-level declarations, by package and name
};

}  // namespace

void declare(Context& context) {
  Declarer declarer(context);
  for (const auto& unit : context.program.units)
    if (!unit->ignored) declarer.run(*unit);
  for (const auto& unit : context.program.units)
    if (unit->needed) context.waiting.push_back(unit.get());
}

Span name_span(const Declaration& declaration) { return declaration.written->name.span; }

std::string declared_at(const Context& context, const Declaration& declaration) {
  const Span span = name_span(declaration);
  const source::File& file = context.files.at(span.file);
  return "`" + declaration.name + "`, declared at " + file.path() + ":" + std::to_string(file.line_of(span.begin));
}

}  // namespace shmidl::sema
