#include "emit/methods.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "emit/cpp_types.hpp"

namespace shmidl::emit {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string each_after_comma(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += ", " + part;
  return text;
}

/// One parameter in all of its roles.
struct Roles {
  std::string plain;  ///< in the plain and the try_ form: type and name
  std::string async;  ///< in the async_ form; empty when nothing goes in
  std::string async_name;
  std::string yields;  ///< what the async_ form gives back for it; empty when nothing comes back
  std::string stub;    ///< In<…>, Out<…>, …
};

/// A box goes in as the optional that it is on the wire.
std::string in_codec(const Json& type) {
  return type.at("kind") == "box" ? "std::optional<" + value_type(type.at("element")) + ">" : codec_type(type);
}

/// The result as the stubs know it: with its bound, and with the structs that the method may throw.
std::string result_codec(const Json& method) {
  const std::string result = codec_type(method.at("result"));
  if (!method.contains("throws") || method.at("throws").empty()) return result;
  std::string text = "::shmidl::stub::Throws<" + result;
  for (const Json& error : method.at("throws")) text += ", " + value_type(error);
  return text + ">";
}

Roles roles(const Json& parameter, const Json& all) {
  const Json& type = parameter.at("type");
  const auto name = parameter.at("cpp_name").get<std::string>();
  const auto direction = parameter.at("direction").get<std::string>();
  const std::string in = in_type(type) + " " + name;
  if (direction == "in") return {in, in, name, {}, "In<" + in_codec(type) + ">"};
  if (!parameter.at("counted").get<bool>()) {
    const std::string plain = value_type(type) + "& " + name;
    if (direction == "out") return {plain, {}, {}, value_type(type), "Out<" + codec_type(type) + ">"};
    return {plain, in, name, value_type(type), "InOut<" + codec_type(type) + ">"};
  }
  const std::string element = value_type(type.at("element"));
  const std::string plain = "std::span<" + element + "> " + name;
  if (direction == "inout") return {plain, in, name, value_type(type), "CountedInOut<" + element + ">"};
  const auto count = all.at(parameter.at("count").get<std::size_t>()).at("cpp_name").get<std::string>();
  return {plain, "std::uint64_t " + count, count, value_type(type), "CountedOut<" + element + ">"};
}

/// What the C++ signature does not show, as lines of the method's documentation: before its tags, for a tag goes on until the next one.
void add_notes(Json& method) {
  Json& doc = method["cpp_doc"];
  std::vector<Json> lines;
  const Json none = Json::array();
  for (const Json& parameter : method.at("parameters")) {
    const auto name = parameter.at("cpp_name").get<std::string>();
    const Json& type = parameter.at("type");
    if (parameter.at("counted").get<bool>() && !doc.empty()) {
      const Json& count = method.at("parameters").at(parameter.at("count").get<std::size_t>());
      lines.push_back(count.at("name").get<std::string>() + " is " + name + ".size().");
    }
    if (type.value("nullable", false)) lines.push_back(name + " may be null.");
  }
  const bool streams = method.at("result").at("kind") == "stream";
  const Json& value = streams ? method.at("result").at("element") : method.at("result");
  if (value.value("nullable", false)) lines.push_back(streams ? "Its items may be null." : "The result may be null.");
  std::string errors;
  for (const Json& error : method.contains("throws") ? method.at("throws") : none) errors += (errors.empty() ? "" : ", ") + value_type(error);
  if (!errors.empty()) lines.push_back("Throws " + errors + ".");
  if (method.contains("deadline_ms") && !method.at("deadline_ms").is_null())
    lines.push_back((streams ? "Opens within " : "Gives up after ") + method.at("deadline_ms").dump() + " ms, unless the call or the client sets a timeout.");
  if (method.at("oneway").get<bool>()) lines.push_back("Oneway: nobody waits for it.");
  const auto tag = std::find_if(doc.begin(), doc.end(), [](const Json& line) { return line.get_ref<const std::string&>().starts_with('@'); });
  doc.get_ref<Json::array_t&>().insert(doc.get_ref<Json::array_t&>().begin() + (tag - doc.begin()), lines.begin(), lines.end());
}

/// What the table says of a method beside its shape: the members of MethodInfo after `structs`, as far as they differ from their defaults.
void add_terms(Json& method, const std::string& name) {
  const auto flag = [&](const char* key) { return method.value(key, false); };
  const Json permission = method.value("permission", Json());
  std::vector<std::string> names;
  if (!permission.is_null())
    for (const Json& each : permission.at("names")) names.push_back(quoted(each.get<std::string>()));
  std::vector<std::string> traits;
  if (flag("hands_over")) traits.push_back("kHandsOver");
  if (flag("idempotent")) traits.push_back("kIdempotent");
  if (flag("inline")) traits.push_back("kRunsOnArrival");
  if (!names.empty()) traits.push_back("kGuarded");
  if (!names.empty() && permission.at("any").get<bool>()) traits.push_back("kAnyPermission");
  std::string all;
  for (const std::string& trait : traits) all += (all.empty() ? "" : " | ") + trait;
  const Json deadline = method.value("deadline_ms", Json());
  std::string terms;
  if (!deadline.is_null() || !all.empty()) terms += ", " + (deadline.is_null() ? "0" : deadline.dump());
  if (!all.empty()) terms += ", " + all;
  if (!names.empty()) terms += ", permissions_of_" + name;
  method["cpp_terms"] = terms;
  method["has_permissions"] = !names.empty();
  method["cpp_permissions"] = join(names);
}

}  // namespace

void decorate_method(Json& method) {
  std::vector<std::string> plain;
  std::vector<std::string> names;
  std::vector<std::string> async;
  std::vector<std::string> async_names;
  std::vector<std::string> yields;
  std::vector<std::string> stubs;
  const std::string result = value_type(method.at("result"));
  if (result != "void") yields.push_back(result);
  for (const Json& parameter : method.at("parameters")) {
    if (parameter.at("is_count").get<bool>()) continue;
    const Roles role = roles(parameter, method.at("parameters"));
    plain.push_back(role.plain);
    names.push_back(parameter.at("cpp_name").get<std::string>());
    stubs.push_back("::shmidl::stub::" + role.stub);
    if (!role.yields.empty()) yields.push_back(role.yields);
    if (role.async.empty()) continue;
    if (std::find(async.begin(), async.end(), role.async) == async.end())
      async.push_back(role.async);  // one count may serve several arrays
    async_names.push_back(role.async_name);
  }
  const auto name = method.at("name").get<std::string>();
  const bool oneway = method.at("oneway").get<bool>();
  method["cpp_try_name"] = "try_" + name;
  method["cpp_async_name"] = "async_" + name;
  method["cpp_result"] = result;
  method["cpp_result_codec"] = result_codec(method);
  add_terms(method, name);
  method["cpp_params"] = join(plain);
  method["cpp_params_and"] = plain.empty() ? "" : join(plain) + ", ";  // another parameter follows
  method["cpp_args"] = each_after_comma(names);                        // another argument stands before
  method["cpp_async_result"] = yields.empty() ? "void" : yields.size() == 1 ? yields.front() : "std::tuple<" + join(yields) + ">";
  method["cpp_async_params_and"] = async.empty() ? "" : join(async) + ", ";
  method["cpp_async_args"] = each_after_comma(async_names);
  method["cpp_stub_params"] = each_after_comma(stubs);
  method["cpp_signature"] = quoted(method.at("signature").get<std::string>());
  method["cpp_oneway"] = oneway ? "true" : "false";
  method["has_async"] = !oneway;
  method["has_structs"] = !method.at("structs").empty();
  std::vector<std::string> indices;
  for (const Json& index : method.at("structs")) indices.push_back(std::to_string(index.get<std::size_t>()));
  method["cpp_struct_indices"] = join(indices);
  method["cpp_structs"] = indices.empty() ? "{}" : "structs_of_" + name;
  add_notes(method);
  method["has_doc"] = !method.at("cpp_doc").empty();
}

}  // namespace shmidl::emit
