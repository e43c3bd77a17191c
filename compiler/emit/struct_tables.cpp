#include "emit/struct_tables.hpp"

#include <algorithm>

namespace shmidl::emit {

using Json = nlohmann::ordered_json;

namespace {

/// A name as a part of another: `a.b_c` and `a_b.c` give the same.
std::string identifier(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

}  // namespace

void StructTables::add(Json& declaration) {
  for (Json& nested : declaration.at("nested")) add(nested);
  if (declaration.at("kind") == "interface") add_interface(declaration);
}

void StructTables::add_interface(Json& interface) {
  const auto qualified = interface.at("cpp_qualified").get<std::string>();
  const std::string around = qualified.substr(0, qualified.size() - interface.at("cpp_local").get<std::string>().size());
  const std::string home = around + interface.at("cpp_helper").get<std::string>() + "::";
  std::string list;
  bool hosts = false;
  for (Json& used : interface.at("structs")) {
    const auto [at, first] = tables_.try_emplace(used.at("name").get<std::string>());
    if (first) {
      std::string name = identifier(at->first);
      while (!given_.insert(name).second) name += '0';
      at->second = home + "shmidl_struct_" + name;
      const bool is_union = used.value("kind", "struct") == "union";
      const bool frozen = used.value("fixed_size", false);
      const std::string kind = std::string{", ::shmidl::stub::StructKind::"} + (is_union ? "tagged_union" : "structure");
      used["cpp_struct"] = "shmidl_struct_" + name;
      used["cpp_fields"] = used.at("fields").empty() ? "{}" : "shmidl_fields_of_" + name;
      used["has_fields"] = !used.at("fields").empty();
      used["cpp_flat"] = used.at("flat").get<bool>() ? "true" : "false";
      used["cpp_more"] = is_union || frozen ? kind + (frozen ? ", true" : "") : "";
    }
    used["is_first_use"] = first;
    hosts = hosts || first;
    list += (list.empty() ? "" : ", ") + at->second;
  }
  interface["has_struct_tables"] = hosts;
  interface["cpp_structs_list"] = list;
}

}  // namespace shmidl::emit
