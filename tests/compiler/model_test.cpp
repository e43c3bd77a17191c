#include "compiler/compiler_support.hpp"

using namespace shmidl;
using model::Json;

namespace {

/// The part of JSON Schema that ir.schema.json uses.
class Validator {
 public:
  explicit Validator(const Json& schema) : schema_(schema) {}

  std::string check(const Json& value) { return check(value, schema_, "$"); }

 private:
  std::string check(const Json& value, const Json& rule, const std::string& at) {
    if (rule.contains("$ref")) return check(value, schema_.at("$defs").at(rule.at("$ref").get<std::string>().substr(8)), at);
    if (rule.contains("type") && !has_type(value, rule.at("type"))) return at + " is not " + rule.at("type").dump() + "\n";
    if (rule.contains("enum") && std::find(rule["enum"].begin(), rule["enum"].end(), value) == rule["enum"].end())
      return at + " is " + value.dump() + "\n";
    std::string faults;
    for (const Json& key : rule.value("required", Json::array()))
      if (value.is_object() && !value.contains(key.get<std::string>())) faults += at + " lacks " + key.dump() + "\n";
    if (value.is_object() && rule.contains("properties")) {
      for (const auto& [key, member] : value.items()) {
        if (rule.at("properties").contains(key))
          faults += check(member, rule.at("properties").at(key), at + "." + key);
        else if (!rule.value("additionalProperties", true) && !is_decoration(key))
          faults += at + " has " + key + "\n";
      }
    }
    if (value.is_array() && rule.contains("items"))
      for (std::size_t index = 0; index < value.size(); ++index)
        faults += check(value[index], rule.at("items"), at + "[" + std::to_string(index) + "]");
    return faults;
  }

  /// The only pattern that the schema has: what the C++ templates are given beside the model itself.
  static bool is_decoration(const std::string& key) { return key.starts_with("cpp_") || key.starts_with("is_") || key.starts_with("has_"); }

  static bool has_type(const Json& value, const Json& type) {
    if (type.is_array()) return std::any_of(type.begin(), type.end(), [&](const Json& one) { return has_type(value, one); });
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "null") return value.is_null();
    return value.type_name() == type.get<std::string>();
  }

  const Json& schema_;
};

}  // namespace

TEST_CASE("the model of every good file fits its published schema") {
  const Json schema = Json::parse(test::read_file(std::filesystem::path{SHMIDL_SOURCE_TREE} / "compiler/model/ir.schema.json"));
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::data("idl/good"))) {
    if (!entry.is_regular_file()) continue;
    const test::Ran ran =
        test::run_shmidl({"ir", std::filesystem::relative(entry.path(), test::data("idl/good")).string()}, test::data("idl/good"));
    INFO(entry.path() << "\n" << ran.err);
    REQUIRE(ran.exit == 0);
    Validator validator(schema);
    CHECK(validator.check(Json::parse(ran.out)).empty());
    ++seen;
  }
  CHECK(seen > 40);
}

TEST_CASE("the model does not depend on the folder") {
  const test::TempDir one;
  const test::TempDir two;
  const std::string text = "package p; interface { void f(string a); };";
  one.write("x.idl", text);
  two.write("deep/er/x.idl", text);
  CHECK(test::run_shmidl({"ir", "x.idl"}, one.path()).out == test::run_shmidl({"ir", "deep/er/x.idl"}, two.path()).out);
}
