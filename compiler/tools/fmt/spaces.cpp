#include "tools/fmt/spaces.hpp"

#include <algorithm>
#include <array>

namespace shmidl::tools::fmt {
namespace {

enum class Group : std::uint8_t { annotation, parameters, value, brackets, list, type_arguments };

bool is_infix(const Token& token) {
  static constexpr std::array<std::string_view, 17> kMarks = {"||", "&&", "==", "!=", "<=", ">=", "<<", "|", "^",
                                                              "&",  "<",  ">",  "+",  "-",  "*",  "/",  "%"};
  return token.kind == Kind::mark && std::find(kMarks.begin(), kMarks.end(), token.text) != kMarks.end();
}

bool is_any(const Token& token, std::string_view marks) {
  return token.kind == Kind::mark && token.text.size() == 1 && marks.find(token.text[0]) != std::string_view::npos;
}

/// Walks over the tokens of one member and knows which kind of brackets it is in.
class Walk {
 public:
  std::vector<Gap> over(std::span<const Token> tokens) {
    std::vector<Gap> gaps;
    for (const Token& token : tokens) {
      gaps.push_back(token.comment() ? before_comment() : before(token));
      if (token.comment()) {
        tight_ = false;
        after_comment_ = true;
      } else {
        step(token);
      }
    }
    return gaps;
  }

 private:
  [[nodiscard]] bool in(Group group) const { return !groups_.empty() && groups_.back() == group; }
  [[nodiscard]] bool in_value() const {
    return groups_.empty() ? assigned_ : !in(Group::parameters) && !in(Group::type_arguments);
  }
  [[nodiscard]] int depth() const { return static_cast<int>(groups_.size()); }
  /// A value has ended, so that `-` or `*` is between two of them.
  [[nodiscard]] bool after_operand() const {
    return last_ != nullptr && (last_->kind == Kind::word || last_->kind == Kind::literal || is_any(*last_, ")]}"));
  }
  [[nodiscard]] bool annotation_name() const { return before_last_ != nullptr && before_last_->is("@"); }

  [[nodiscard]] Gap before_comment() const { return {last_ != nullptr && !tight_, kNoBreak}; }

  [[nodiscard]] Gap before(const Token& token) const {
    Gap gap{space_before(token), kNoBreak};
    if (last_ == nullptr || !break_here_) {
      if (token.kind == Kind::word && token.text == "throws" && groups_.empty() && last_ != nullptr && last_->is(")")) gap.break_depth = 0;
      return gap;
    }
    if (!is_any(token, ")]};,")) gap.break_depth = break_depth_;
    if ((token.is("{") && last_->is("=")) || (token.is(">") && last_->is(">"))) gap.break_depth = kNoBreak;
    return gap;
  }

  [[nodiscard]] bool space_before(const Token& token) const {
    if (is_any(token, ";,)].")) return false;
    if (last_ == nullptr) return after_comment_;
    if (token.is("}") && in(Group::list)) return false;
    if (after_comment_) return true;
    if (tight_) return false;
    if (token.is("[")) return false;
    if (token.is("(")) return !after_operand() || (in_value() && !annotation_name());
    if (token.is("<") && !in_value()) return false;
    if (token.is(">")) return in_value() && !last_->is(">");
    if (token.is("=") && in(Group::annotation)) return false;
    return true;
  }

  void step(const Token& token) {
    tight_ = is_any(token, "([{@.");
    break_here_ = false;
    if (token.is("(")) open(annotation_name() ? Group::annotation : in_value() ? Group::value : Group::parameters);
    else if (token.is("[")) groups_.push_back(Group::brackets);
    else if (token.is("{") && in_value()) open(Group::list);
    else if (token.is("<") && !in_value()) open(Group::type_arguments);
    else if (token.is(">") && in(Group::type_arguments)) groups_.pop_back();
    else if (is_any(token, ")]") || (token.is("}") && in(Group::list))) close();
    else if (token.is(",")) comma();
    else if (token.is("=")) equals();
    else if (in_value() && is_infix(token) && after_operand()) allow(depth() + 1);
    else if (in_value() && is_any(token, "+-!~")) tight_ = true;
    else if (!in_value() && token.is("*")) tight_ = true;
    after_comment_ = false;
    before_last_ = last_;
    last_ = &token;
  }

  void open(Group group) {
    groups_.push_back(group);
    tight_ = true;
    if (group != Group::type_arguments && group != Group::value) allow(depth());
  }
  void close() {
    if (!groups_.empty()) groups_.pop_back();
  }
  void comma() {
    if (groups_.empty()) assigned_ = false;
    allow(depth());
  }
  void equals() {
    if (groups_.empty()) assigned_ = true;
    if (in(Group::annotation)) tight_ = true;
    else allow(depth() + 1);
  }
  void allow(int at_depth) {
    break_here_ = true;
    break_depth_ = at_depth;
  }

  std::vector<Group> groups_;
  bool assigned_ = false;  ///< after a `=` outside of brackets
  bool tight_ = false;     ///< no blank after the last token
  bool after_comment_ = false;
  bool break_here_ = false;
  int break_depth_ = 0;
  const Token* last_ = nullptr;
  const Token* before_last_ = nullptr;
};

}  // namespace

std::vector<Gap> gaps_of(std::span<const Token> tokens) { return Walk{}.over(tokens); }

}  // namespace shmidl::tools::fmt
