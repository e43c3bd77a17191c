#include "rpc/method_map.hpp"

#include <algorithm>

namespace shmidl::rpc {
namespace {

/// What keeps two definitions of a struct apart; empty if one's fields are the first fields of the other's.
std::string difference(const stub::StructInfo& mine, const Description::Struct& theirs) {
  const std::size_t common = std::min(mine.fields.size(), theirs.fields.size());
  if (common == 0 || mine.fields[common - 1].prefix_hash == theirs.fields[common - 1].prefix_hash) return {};
  for (std::size_t i = 0; i < common; ++i) {
    const auto& here = mine.fields[i];
    const auto& there = theirs.fields[i];
    if (here.prefix_hash == there.prefix_hash) continue;
    std::string text = "field " + std::to_string(i + 1) + " of `" + std::string(mine.name) + "` is `";
    text += std::string(here.type) + " " + std::string(here.name) + "` in this client and `" + there.type + " " + there.name + "` in the server";
    return text;
  }
  return {};
}

std::string difference(const stub::Interface& mine, const stub::MethodInfo& method, const Description& theirs, const Description::Method& there) {
  if (method.hash != there.hash || method.oneway != there.oneway) {
    return "it is `" + std::string(method.signature) + "` in this client and `" + there.signature + "` in the server";
  }
  for (const std::uint16_t number : method.structs) {
    const stub::StructInfo& type = mine.structs[number];
    const auto found = std::find_if(theirs.structs.begin(), theirs.structs.end(), [&](const auto& other) { return other.name == type.name; });
    if (found == theirs.structs.end()) return "the server does not know `" + std::string(type.name) + "`";
    if (std::string text = difference(type, *found); !text.empty()) return text;
  }
  return {};
}

}  // namespace

MethodMap MethodMap::same(const stub::Interface& mine) {
  MethodMap map;
  map.interface_ = &mine;
  for (std::size_t i = 0; i < mine.methods.size(); ++i) map.numbers_.push_back(static_cast<std::uint16_t>(i));
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
  return map;
}

}  // namespace shmidl::rpc
