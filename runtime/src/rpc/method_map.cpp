#include "rpc/method_map.hpp"

#include <algorithm>

namespace shmidl::rpc {
namespace {

template <class Structs>
auto find_struct(const Structs& structs, std::string_view name) {
  return std::find_if(structs.begin(), structs.end(), [&](const auto& type) { return type.name == name; });
}

/// What keeps the fields of two definitions apart; empty if one's are the first of the other's.
std::string difference_of_fields(const stub::StructInfo& mine, const Description::Struct& theirs) {
  const std::size_t common = std::min(mine.fields.size(), theirs.fields.size());
  if (common == 0 || mine.fields[common - 1].prefix_hash == theirs.fields[common - 1].prefix_hash) return {};
  for (std::size_t i = 0; i < common; ++i) {
    const auto& here = mine.fields[i];
    const auto& there = theirs.fields[i];
    if (here.prefix_hash == there.prefix_hash) continue;
    const bool is_union = mine.kind == stub::StructKind::tagged_union;
    std::string text = (is_union ? "member " : "field ") + std::to_string(i + 1) + " of `" + std::string(mine.name) + "` is `";
    text += std::string(here.type) + " " + std::string(here.name) + "` in this client and `" + there.type + " " + there.name + "` in the server";
    return text;
  }
  return {};
}

/// A flat struct inside a flat struct stands there as it is, so it cannot grow. Empty if none did.
std::string difference_of_parts(const stub::Interface& interface, const stub::StructInfo& mine, const Description& theirs) {
  if (!mine.flat) return {};
  for (const stub::FieldInfo& field : mine.fields) {
    const std::string_view name = field.type.substr(0, field.type.find('['));
    const auto here = find_struct(interface.structs, name);
    const auto there = find_struct(theirs.structs, name);
    if (here == interface.structs.end() || there == theirs.structs.end()) continue;
    if (here->size == there->size && here->fields.size() == there->fields.size()) continue;
    return "`" + std::string(name) + "`, which stands inside `" + std::string(mine.name) + "`, has " + std::to_string(here->fields.size()) + " fields in " +
           std::to_string(here->size) + " bytes in this client and " + std::to_string(there->fields.size()) + " in " + std::to_string(there->size) +
           " in the server; what stands inside of a struct of numbers cannot grow";
  }
  return {};
}

/// The first of `fields` that is a struct, as `structs` know it by name, or null: a flat struct stands inline in a flat one, behind a Ref elsewhere.
template <class Structs, class FieldList>
const auto* first_part(const Structs& structs, const FieldList& fields) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
    return find_struct(structs, std::string_view(field.type).substr(0, field.type.find('['))) != structs.end();
  });
  return found == fields.end() ? nullptr : &*found;
}

/// A flat struct may become one that holds strings and the like: its numbers stay where they are. Empty if that is so.
std::string difference_of_flatness(const stub::Interface& interface, const stub::StructInfo& mine, const Description& theirs, const Description::Struct& there) {
  if (mine.flat == there.flat) return {};
  const std::string name = "`" + std::string(mine.name) + "`";
  std::string part;
  if (mine.flat) {
    if (const auto* field = first_part(interface.structs, mine.fields)) part = field->type;
  } else if (const auto* field = first_part(theirs.structs, there.fields)) {
    part = field->type;
  }
  const bool prefix = mine.flat ? mine.fields.size() <= there.fields.size() : there.fields.size() <= mine.fields.size();
  if (part.empty() && prefix) return {};
  std::string text = name + " holds strings, lists or arrays in " + (mine.flat ? "the server" : "this client") + " and none in " +
                     (mine.flat ? "this client" : "the server");
  if (!part.empty()) text += ", where `" + part + "` stands inside it";
  return text;
}

/// What keeps two definitions of a struct or union apart; empty if one is the other with more fields or members at its end.
std::string difference(const stub::Interface& interface, const stub::StructInfo& mine, const Description& theirs, const Description::Struct& there) {
  const std::string name = "`" + std::string(mine.name) + "`";
  if (mine.kind != there.kind) {
    const bool union_here = mine.kind == stub::StructKind::tagged_union;
    return name + " is a " + (union_here ? "union" : "struct") + " in this client and a " + (union_here ? "struct" : "union") + " in the server";
  }
  if (std::string text = difference_of_fields(mine, there); !text.empty()) return text;
  if ((mine.frozen || there.frozen) && mine.fields.size() != there.fields.size()) {
    return name + " is @FixedSize and cannot grow, but it has " + std::to_string(mine.fields.size()) + " fields in this client and " +
           std::to_string(there.fields.size()) + " in the server";
  }
  if (std::string text = difference_of_flatness(interface, mine, theirs, there); !text.empty()) return text;
  return difference_of_parts(interface, mine, theirs);
}

std::string difference(const stub::Interface& mine, const stub::MethodInfo& method, const Description& theirs, const Description::Method& there) {
  if (method.hash != there.hash || method.oneway != there.oneway) {
    return "it is `" + std::string(method.signature) + "` in this client and `" + there.signature + "` in the server";
  }
  for (const std::uint16_t number : method.structs) {
    const stub::StructInfo& type = mine.structs[number];
    const auto found = find_struct(theirs.structs, type.name);
    // Equal hashes have equal parameters, so it stands in a field that the server's version lacks, or is thrown here only.
    if (found == theirs.structs.end()) continue;
    if (std::string text = difference(mine, type, theirs, *found); !text.empty()) return text;
  }
  return {};
}

}  // namespace

MethodMap MethodMap::same(const stub::Interface& mine) {
  MethodMap map;
  map.interface_ = &mine;
  for (std::size_t i = 0; i < mine.methods.size(); ++i) map.numbers_.push_back(static_cast<std::uint16_t>(i));
  map.callable_ = map.numbers_;
  return map;
}

MethodMap MethodMap::compare(const stub::Interface& mine, const Description& theirs) {
  MethodMap map = same(mine);
  map.errors_.resize(mine.methods.size(), Errc::schema_mismatch);
  map.problems_.resize(mine.methods.size());
  for (std::size_t i = 0; i < mine.methods.size(); ++i) {
    const stub::MethodInfo& method = mine.methods[i];
    const std::string name = std::string(mine.name) + "." + std::string(method.name);
    const auto found = std::find_if(theirs.methods.begin(), theirs.methods.end(), [&](const auto& other) { return other.id == method.id; });
    if (found == theirs.methods.end()) {
      map.errors_[i] = Errc::unknown_method;
      map.problems_[i] = "the server's version of the interface has no method `" + name + "`; it is older than this client";
      continue;
    }
    map.numbers_[i] = static_cast<std::uint16_t>(found - theirs.methods.begin());
    if (const std::string text = difference(mine, method, theirs, *found); !text.empty()) {
      map.problems_[i] = "method `" + name + "` differs: " + text + "; generate both sides from the same interface file";
    }
  }
  for (std::size_t i = 0; i < mine.methods.size(); ++i) map.callable_[i] = map.problems_[i].empty() ? map.numbers_[i] : kNoNumber;
  return map;
}

}  // namespace shmidl::rpc
