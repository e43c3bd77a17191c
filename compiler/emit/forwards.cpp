#include "emit/forwards.hpp"

#include <utility>

namespace shmidl::emit {

void Forwards::look_at(const Json& declaration) {
  const bool is_interface = declaration.at("kind") == "interface";
  Place place{places_.size(), is_interface ? "class " : "struct ", declaration.at("cpp_name").get<std::string>()};
  const auto added = places_.emplace(declaration.at("cpp_qualified").get<std::string>(), std::move(place)).first;
  order_.push_back(&added->first);
  look_inside(declaration);
}

void Forwards::look_inside(const Json& declaration) {
  for (const char* const list : {"fields", "members"})
    if (declaration.contains(list))
      for (const Json& field : declaration.at(list)) named(field.at("type"));
  if (declaration.contains("methods"))
    for (const Json& method : declaration.at("methods")) {
      named(method.at("result"));
      for (const Json& parameter : method.at("parameters")) named(parameter.at("type"));
    }
  for (const Json& nested : declaration.at("nested")) look_inside(nested);
}

void Forwards::named(const Json& type) {
  if (type.contains("element")) return named(type.at("element"));
  const auto name = type.find("cpp_name");
  if (name != type.end() && !places_.contains(name->get_ref<const std::string&>())) early_.insert(name->get<std::string>());
}

Forwards::Json Forwards::in_front() const {
  Json list = Json::array();
  for (const std::string* const name : order_)
    if (early_.contains(*name)) list.push_back(places_.at(*name).keyword + places_.at(*name).cpp_name);
  return list;
}

void Forwards::mark(Json& declaration) {
  mark_inside(declaration);
  mark_neighbours(declaration);
  ++here_;
}

void Forwards::mark_neighbours(Json& declaration) {
  declaration["cpp_inner_forwards"] = Json::array();
  Json& nested = declaration.at("nested");
  for (Json& inner : nested) mark_neighbours(inner);
  if (nested.size() < 2) return;
  std::unordered_set<std::string> later;
  for (const Json& inner : nested) later.insert(inner.at("cpp_qualified").get<std::string>());
  std::unordered_set<std::string> early;
  for (Json& inner : nested) {
    later.erase(inner.at("cpp_qualified").get<std::string>());
    find_early(inner, later, early);
  }
  for (const Json& inner : nested)
    if (early.contains(inner.at("cpp_qualified").get<std::string>()))
      declaration["cpp_inner_forwards"].push_back((inner.at("kind") == "interface" ? "class " : "struct ") + inner.at("cpp_name").get<std::string>());
}

void Forwards::find_early(Json& declaration, const std::unordered_set<std::string>& later, std::unordered_set<std::string>& early) {
  const auto look = [&](const Json& type) {
    const Json* base = &type;
    while (base->contains("element")) base = &base->at("element");
    const bool found = base->contains("cpp_name") && later.contains(base->at("cpp_name").get<std::string>());
    if (found) early.insert(base->at("cpp_name").get<std::string>());
    return found && base->at("kind") != "interface";
  };
  for (const char* const list : {"fields", "members"})
    if (declaration.contains(list))
      for (Json& field : declaration.at(list))
        if (look(field.at("type"))) field["is_incomplete"] = true;
  if (declaration.contains("methods"))
    for (const Json& method : declaration.at("methods")) {
      look(method.at("result"));
      for (const Json& parameter : method.at("parameters")) look(parameter.at("type"));
    }
  for (Json& nested : declaration.at("nested")) find_early(nested, later, early);
}

void Forwards::mark_inside(Json& declaration) const {
  for (const char* const list : {"fields", "members"})
    if (declaration.contains(list))
      for (Json& field : declaration.at(list)) field["is_incomplete"] = is_later(field.at("type"));
  for (Json& nested : declaration.at("nested")) mark_inside(nested);
}

/// Does `type` hold, behind an array or a box, a type that is declared further down?
bool Forwards::is_later(const Json& type) const {
  if (type.contains("element")) return is_later(type.at("element"));
  const auto name = type.find("cpp_name");
  const auto found = name == type.end() ? places_.end() : places_.find(name->get_ref<const std::string&>());
  return found != places_.end() && found->second.at > here_ && type.at("kind") != "interface";
}

}  // namespace shmidl::emit
