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

void finish(std::vector<ast::Declaration>& declarations, const Comments& comments) {
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
    std::move(declarator.pointers.begin(), declarator.pointers.end(), std::back_inserter(field.type.pointers));
    std::move(declarator.dimensions.begin(), declarator.dimensions.end(), std::back_inserter(field.type.dimensions));
    fields.push_back(std::move(field));
  }
  return fields;
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
  int depth = 0;
  int angles = 0;
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
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == '<') ++angles;
    if (c == '>') --angles;
    if (std::string_view{"+-!~*/%|&^<>="}.find(c) != std::string_view::npos) ++operators;
    if (c == ';' || c == '{' || c == ',') angles = operators = 0;
    constexpr int kMostOperators = 1000;
    if (depth <= kDeepest && angles <= kDeepest && operators <= kMostOperators) continue;
    const std::uint32_t offset = state.offset(at) - 1;
    state.sink.report({diag::Code::too_large,
                       {state.file, offset, offset + 1},
                       operators > kMostOperators ? "an expression has at most 1000 operators" : "brackets nest at most 200 deep",
                       {},
                       {},
                       {}});
    return false;
  }
  return true;
}

}  // namespace shmidl::syntax
