#include "emit/scope.hpp"

#include <string_view>
#include <utility>

namespace shmidl::emit {
namespace {

namespace km = kainjow::mustache;

const Scope::Json* member(const Scope::Json* json, std::string_view name) {
  if (json == nullptr || !json->is_object()) return nullptr;
  for (const auto& [key, value] : json->get_ref<const Scope::Json::object_t&>())
    if (key == name) return &value;
  return nullptr;
}

std::string printed(const Scope::Json& number) {
  if (number.is_number_unsigned()) return std::to_string(number.get<std::uint64_t>());
  if (number.is_number_integer()) return std::to_string(number.get<std::int64_t>());
  return number.dump();
}

}  // namespace

void Scope::enter(const Json* json) {
  if (depth_ == frames_.size()) frames_.emplace_back();
  ++depth_;
  top().json = json;
  top().list = nullptr;
}

void Scope::push(const Data* data) {
  const Json* json = last_;
  if (depth_ != 0 && top().list != nullptr) {
    const km::list& items = top().items.list_value();
    const std::less<> before;
    if (!before(data, items.data()) && before(data, items.data() + items.size()))
      json = &(*top().list)[static_cast<std::size_t>(data - items.data())];
  }
  enter(json);
}

const Scope::Json* Scope::find(const std::string& name) const {
  if (name == ".") return top().json;
  if (name.find('.') == std::string::npos) {
    for (std::size_t at = depth_; at-- != 0;)
      if (const Json* const found = member(frames_[at].json, name)) return found;
    return nullptr;
  }
  for (std::size_t at = depth_; at-- != 0;) {
    const Json* json = frames_[at].json;
    std::string_view rest = name;
    while (json != nullptr && !rest.empty()) {
      const std::size_t dot = std::min(rest.find('.'), rest.size());
      json = member(json, rest.substr(0, dot));
      rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    if (json != nullptr) return json;
  }
  return nullptr;
}

const Scope::Data* Scope::get(const std::string& name) const {
  if (const Json* const found = find(name)) return give(*found);
  last_ = nullptr;
  if (name.find(':') == std::string::npos) return nullptr;
  std::string text;
  if (!fill_(name, text)) return nullptr;
  last_ = nullptr;
  text_ = Data{std::move(text)};
  return &text_;
}

const Scope::Data* Scope::give(const Json& json) const {
  last_ = &json;
  switch (json.type()) {
    case Json::value_t::null:
      return &no_;
    case Json::value_t::boolean:
      return json.get<bool>() ? &yes_ : &no_;
    case Json::value_t::object:
      return &yes_;  // as a section it is there; its members are found in the JSON
    case Json::value_t::array: {
      Frame& frame = top();
      frame.list = &json;
      frame.items = Data{km::list(json.size(), yes_)};
      return &frame.items;
    }
    case Json::value_t::string:
      text_ = Data{json.get_ref<const std::string&>()};
      return &text_;
    default:
      text_ = Data{printed(json)};
      return &text_;
  }
}

}  // namespace shmidl::emit
