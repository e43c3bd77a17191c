#include "emit/render.hpp"

// The library's own header, by the Boost licence; its warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <kainjow/mustache.hpp>
#pragma GCC diagnostic pop

#include "emit/expand.hpp"
#include "emit/tidy.hpp"

namespace shmidl::emit {
namespace {

namespace km = kainjow::mustache;
using Json = nlohmann::ordered_json;

km::data to_data(const Json& json) {
  if (json.is_object()) {
    km::data object{km::data::type::object};
    for (const auto& [key, value] : json.items()) object[key] = to_data(value);
    return object;
  }
  if (json.is_array()) {
    km::data list{km::data::type::list};
    auto& items =
        const_cast<km::list&>(list.list_value());  // the library only copies into a list; deep copies at each level would be quadratic
    items.reserve(json.size());
    for (const Json& value : json) items.push_back(to_data(value));
    return list;
  }
  if (json.is_boolean()) return km::data{json.get<bool>()};
  if (json.is_null()) return km::data{false};
  if (json.is_string()) return km::data{json.get<std::string>()};
  return km::data{json.dump()};
}

}  // namespace

struct Renderer::Data {
  km::data root;
};

Renderer::Renderer(const Templates& templates, const Json& model) : templates_(templates), data_(new Data{to_data(model)}) {
  const auto indented = [](const std::string& text, const km::renderer& fill) { return indent(fill(text)); };
  data_->root["indented"] = km::data{km::lambda2{indented}};
}

Renderer::~Renderer() = default;

Rendered Renderer::render(const std::string& name) {
  const Expanded expanded = expand(templates_, name);
  if (!expanded.error.empty()) return {{}, expanded.error};
  for (const auto& [partial, text] : expanded.recursive) {
    const km::mustache check{text};
    if (!check.is_valid()) return {{}, partial + ".mustache: " + check.error_message()};
    data_->root["partial:" + partial] = km::data{text};
  }
  km::mustache engine{expanded.text};
  engine.set_custom_escape([](const std::string& text) { return text; });
  std::string out;
  if (engine.is_valid()) engine.render(data_->root, [&out](const std::string& text) { out += text; });
  if (!engine.is_valid()) return {{}, name + ".mustache: " + engine.error_message()};
  return {without_marks(std::move(out)), {}};
}

}  // namespace shmidl::emit
