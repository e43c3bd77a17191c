#include "emit/render.hpp"

#include <map>
#include <utility>
#include <vector>

#include "emit/pieces.hpp"
#include "emit/scope.hpp"
#include "emit/tidy.hpp"

namespace shmidl::emit {

using Json = nlohmann::ordered_json;

namespace {

/// How many partials may stand inside each other: more than a file nests, and the stack holds as many. Chosen, not measured.
constexpr int kDeepest = 500;

/// What the engine writes to.
struct Sink {
  std::string& text;
  Sink& operator<<(const std::string& more) {
    text += more;
    return *this;
  }
};

}  // namespace

struct Form::Engines {
  std::map<std::string, kainjow::mustache::mustache, std::less<>> by_key;

  /// False when there is no such piece.
  bool fill(const std::string& key, Scope& scope, std::string& out) {
    const auto found = by_key.find(key);
    if (found == by_key.end()) return false;
    const std::size_t before = out.size();
    Sink sink{out};
    found->second.render(scope, sink);
    unmask(out, before);
    return true;
  }
};

Form::Form(const Templates& templates, const std::string& name) : engines_(new Engines) {
  const Pieces pieces = cut(templates, name);
  error_ = pieces.error;
  for (const auto& [key, text] : pieces.texts) {
    kainjow::mustache::mustache engine{text};
    const std::string file = key.starts_with(kPartial) ? key.substr(kPartial.size()) : name;
    if (!engine.is_valid() && error_.empty()) error_ = file + ".mustache: " + engine.error_message();
    engines_->by_key.emplace(key, std::move(engine));
  }
}

Form::Form(Form&&) noexcept = default;
Form::~Form() = default;

struct Page::State {
  State(Form& form, const Json& json)
      : engines(*form.engines_), file(json), scope([this](const std::string& key, std::string& out) { return fill(key, out); }) {
    scope.enter(&file);
    engines.fill(std::string{kMain}, scope, frame);
  }

  bool fill(const std::string& key, std::string& out) {
    if (key.starts_with(kDeclarations)) {
      if (!engines.by_key.contains(key)) return false;
      places.push_back(key);
      printed[key];
      out += kPlace;
      return true;
    }
    if (!error.empty()) return true;  // what contains itself twice would reach the end of each way down
    const int deeper = key.starts_with(kPartial) ? 1 : 0;
    if (depth + deeper > kDeepest) {
      error = key.substr(kPartial.size()) + ".mustache: `" + key.substr(kPartial.size()) + "` contains itself more than " +
              std::to_string(kDeepest) + " deep";
      return true;
    }
    depth += deeper;
    const bool found = engines.fill(key, scope, out);
    depth -= deeper;
    if (found && key.starts_with(kIndented)) out = indent(out);
    return found;
  }

  void add(const Json& declaration) {
    scope.enter(&declaration);
    for (auto& [key, text] : printed) engines.fill(key, scope, text);
    scope.leave();
  }

  /// Hands out the whole text, part by part.
  template <class Take>
  void give(Take take) const {
    std::size_t begin = 0;
    for (const std::string& key : places) {
      const std::size_t place = frame.find(kPlace, begin);
      take(std::string_view{frame}.substr(begin, place - begin));
      take(std::string_view{printed.at(key)});
      begin = place + 1;
    }
    take(std::string_view{frame}.substr(begin));
  }

  Form::Engines& engines;
  const Json& file;
  Scope scope;
  std::string frame;                           ///< what is printed once, with a mark at each place
  std::vector<std::string> places;             ///< the piece that is printed for all declarations there
  std::map<std::string, std::string> printed;  ///< by piece
  int depth = 0;
  std::string error;
};

Page::Page(Form& form, const Json& file) : state_(new State(form, file)) {}
Page::Page(Page&&) noexcept = default;
Page::~Page() = default;

const std::string& Page::error() const { return state_->error; }

void Page::add(const Json& declaration) { state_->add(declaration); }

std::string Page::finish(std::size_t width) {
  std::size_t size = 0;
  state_->give([&](std::string_view text) { size += text.size(); });
  Tidier tidier(width, size + size / 16);  // breaking lines adds to them
  state_->give([&](std::string_view text) { tidier.add(text); });
  state_.reset();  // as large as the text, and needed no more
  return tidier.finish();
}

Rendered render(const Templates& templates, const std::string& name, const Json& model) {
  Form form(templates, name);
  if (!form.error().empty()) return {{}, form.error()};
  const Page page(form, model);
  if (const auto list = model.find("declarations"); list != model.end())
    for (const Json& declaration : *list) page.state_->add(declaration);
  if (!page.error().empty()) return {{}, page.error()};
  Rendered rendered;
  page.state_->give([&](std::string_view text) { rendered.text += text; });
  return rendered;
}

}  // namespace shmidl::emit
