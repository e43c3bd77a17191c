#include "syntax/build.hpp"

#include <algorithm>
#include <iterator>

namespace shmidl::syntax {
namespace {

int precedence(std::string_view op) {
  static constexpr std::string_view kLevels[] = {"||", "&&", "|", "^", "&", "== !=", "<= >= < >", "<< >>", "+ -", "* / %"};
  for (int level = 0; level < 10; ++level) {
    const std::string_view list = kLevels[level];
    for (std::size_t at = list.find(op); at != std::string_view::npos; at = list.find(op, at + 1)) {
      const bool starts = at == 0 || list[at - 1] == ' ';
      const bool ends = at + op.size() == list.size() || list[at + op.size()] == ' ';
      if (starts && ends) return level;
    }
  }
  return -1;
}

template <class Node>
void prune(std::vector<Node>& nodes) {
  std::erase_if(nodes, [](const Node& node) { return node.span.empty(); });
}

template <class Node>
void document(std::vector<Node>& nodes, const Comments& comments) {
  prune(nodes);
  for (Node& node : nodes) node.doc = comments.documentation_before(node.span.begin);
}

/// The names of one typedef become declarations side by side.
void separate(std::vector<ast::Declaration>& declarations) {
  std::vector<ast::Declaration> all;
  const auto several = [](const ast::Declaration& d) { return d.siblings.size() > 1; };
  if (std::none_of(declarations.begin(), declarations.end(), several)) return;
  for (ast::Declaration& declaration : declarations) {
    std::vector<ast::Declaration> siblings = std::move(declaration.siblings);
    declaration.siblings.clear();
    const ast::Span span = declaration.span;
    all.push_back(std::move(declaration));
    for (std::size_t index = 1; index < siblings.size(); ++index) {
      siblings[index].span = span;
      all.push_back(std::move(siblings[index]));
    }
  }
  declarations = std::move(all);
}

void finish(std::vector<ast::Declaration>& declarations, const Comments& comments) {
  separate(declarations);
  document(declarations, comments);
  for (ast::Declaration& declaration : declarations) {
    document(declaration.methods, comments);
    document(declaration.constants, comments);
    document(declaration.fields, comments);
    document(declaration.enumerators, comments);
    for (ast::Method& method : declaration.methods) prune(method.parameters);
    finish(declaration.nested, comments);
  }
}

}  // namespace

ast::Expr fold(Operand operand) {
  ast::Expr result = std::move(operand.value);
  for (auto prefix = operand.prefixes.rbegin(); prefix != operand.prefixes.rend(); ++prefix) {
    ast::Expr outer{ast::ExprKind::unary, prefix->text, {}, join(prefix->span, result.span)};
    outer.args.push_back(std::move(result));
    result = std::move(outer);
  }
  return result;
}

ast::Expr fold(Chain chain) {
  std::vector<ast::Expr> operands;
  std::vector<ast::Name> pending;
  const auto reduce = [&] {
    ast::Expr right = std::move(operands.back());
    operands.pop_back();
    ast::Expr left = std::move(operands.back());
    operands.pop_back();
    ast::Expr both{ast::ExprKind::binary, pending.back().text, {}, join(left.span, right.span)};
    both.args.push_back(std::move(left));
    both.args.push_back(std::move(right));
    operands.push_back(std::move(both));
    pending.pop_back();
  };
  operands.push_back(std::move(chain.operands.front()));
  for (std::size_t index = 0; index < chain.operators.size(); ++index) {
    while (!pending.empty() && precedence(pending.back().text) >= precedence(chain.operators[index].text)) reduce();
    pending.push_back(std::move(chain.operators[index]));
    operands.push_back(std::move(chain.operands[index + 1]));
  }
  while (!pending.empty()) reduce();
  return std::move(operands.front());
}

std::vector<ast::Field> spread(FieldLine line) {
  std::vector<ast::Field> fields;
  for (Declarator& declarator : line.declarators) {
    if (declarator.name.text.empty()) continue;
    ast::Field field{{}, line.annotations, line.type, std::move(declarator.name), std::move(declarator.value), declarator.span};
    if (fields.empty()) field.span.begin = line.span.begin;
    if (&declarator != &line.declarators.front()) field.type.pointers.clear();  // those belong to the first name, as in C
    std::move(declarator.pointers.begin(), declarator.pointers.end(), std::back_inserter(field.type.pointers));
    std::move(declarator.dimensions.begin(), declarator.dimensions.end(), std::back_inserter(field.type.dimensions));
    fields.push_back(std::move(field));
  }
  return fields;
}

void add_alias_to(ast::Declaration& alias, Declarator declarator) {
  if (alias.name.text.empty()) {
    ast::Declaration base;
    base.kind = alias.kind;
    base.keyword = alias.keyword;
    base.annotations = alias.annotations;
    base.type = alias.type;
    alias.siblings.push_back(std::move(base));
  } else {
    alias.siblings.push_back(alias.siblings.front());
    alias.siblings.back().type.pointers.clear();  // those belong to the first name, as in C
  }
  ast::Declaration& made = alias.name.text.empty() ? alias : alias.siblings.back();
  made.name = std::move(declarator.name);
  std::move(declarator.pointers.begin(), declarator.pointers.end(), std::back_inserter(made.type.pointers));
  std::move(declarator.dimensions.begin(), declarator.dimensions.end(), std::back_inserter(made.type.dimensions));
}

void check_order(State& state, ast::Span annotations, ast::Span direction) {
  if (state.dialect != ast::Dialect::aidl || direction.empty()) return;
  const auto text = [&](ast::Span span) { return std::string{state.text.substr(span.begin, span.end - span.begin)}; };
  state.sink.report({diag::Code::syntax,
                     annotations,
                     "an annotation stands between the direction and the type",
                     {},
                     "write `" + text(direction) + " " + text(annotations) + "`",
                     {}});
}

void place_package(State& state, ast::File& file, ast::Path package) {
  if (package.parts.empty()) return;
  std::vector<diag::Note> notes;
  std::string message;
  if (!file.package.parts.empty()) {
    message = "a file has one `package`";
    notes.push_back({file.package.span, "first given here"});
  } else if (!file.declarations.empty() || !file.constants.empty()) {
    message = "`package` stands before all declarations";
  } else if (file.dialect == ast::Dialect::aidl && !file.imports.empty()) {
    message = "`package` stands before the imports";
  }
  const bool second = !notes.empty();
  if (!message.empty())
    state.sink.report({diag::Code::syntax,
                       package.span,
                       message,
                       std::move(notes),
                       second ? "remove one of the two" : "move it to the top of the file",
                       {}});
  if (!message.empty()) return;
  file.package = std::move(package);
}

void place_import(State& state, ast::File& file, ast::Import import) {
  if (import.span.empty()) return;  // not read to its end, which was reported
  if (file.dialect == ast::Dialect::aidl && !file.declarations.empty()) {
    state.sink.report(
        {diag::Code::syntax, import.span, "an `import` stands before all declarations", {}, "move it to the top of the file", {}});
    state.lost.push_back(import.path.substr(import.path.rfind('.') + 1));
    return;
  }
  file.imports.push_back(std::move(import));
}

void finish(ast::File& file, const Comments& comments) {
  for (const ast::Declaration& declaration : file.declarations) {
    if (!declaration.span.empty()) continue;
    if (declaration.name.text.empty())
      file.incomplete = true;
    else
      file.lost.push_back(declaration.name.text);
  }
  document(file.constants, comments);
  finish(file.declarations, comments);
}

bool check_nesting(State& state) {
  std::vector<int> outer;  // the open `<` around each open bracket
  std::vector<std::uint32_t> opened;
  int angles = 0;          // open `<` inside of the innermost bracket
  int depth = 0;           // of all brackets and `<`
  int operators = 0;
  const char* const end = state.text.data() + state.text.size();
  for (const char* at = state.text.data(); (at = skip_blank(at, end)) != end;) {
    const char c = *at;
    if (c == '"' || c == '\'') {  // strings hold no brackets
      const Found string = token_at(state, at);
      at += std::max(1U, string.end - string.begin);
      continue;
    }
    ++at;
    if (c == '(' || c == '[' || c == '{') {
      outer.push_back(angles);
      opened.push_back(state.offset(at) - 1);
      angles = 0;
      ++depth;
    } else if (c == ')' || c == ']' || c == '}' || c == ';') {
      depth -= angles;
      angles = 0;
      if (c == '}' && outer.empty() && state.stray == UINT32_MAX) state.stray = state.offset(at) - 1;
      if (c != ';' && !outer.empty()) {
        angles = outer.back();
        outer.pop_back();
        opened.pop_back();
        --depth;
      }
    } else if (c == '<' && at != end && (*at == '<' || *at == '=')) {
      ++at;  // a shift or a comparison
    } else if (c == '<') {
      ++angles;
      ++depth;
    } else if (c == '>' && angles > 0) {
      --angles;
      --depth;
    }
    if (std::string_view{"+-!~*/%|&^<>="}.find(c) != std::string_view::npos) ++operators;
    if (c == ';' || c == '{' || c == ',') operators = 0;
    constexpr int kMostOperators = 1000;
    if (depth <= kDeepest && operators <= kMostOperators) continue;
    const std::uint32_t offset = state.offset(at) - 1;
    state.sink.report({diag::Code::too_large,
                       {state.file, offset, offset + 1},
                       operators > kMostOperators ? "an expression has at most 1000 operators" : "brackets nest at most 200 deep",
                       {},
                       {},
                       {}});
    return false;
  }
  if (!opened.empty()) state.unclosed = {state.file, opened.back(), opened.back() + 1};
  return true;
}

}  // namespace shmidl::syntax
