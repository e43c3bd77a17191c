#include "emit/forwards.hpp"

#include <map>
#include <set>
#include <string>

namespace shmidl::emit {
namespace {

using Json = nlohmann::ordered_json;

class Walk {
 public:
  explicit Walk(Json& file) : file_(file) {
    std::size_t place = 0;
    for (const Json& declaration : file.at("declarations")) places_[declaration.at("cpp_qualified").get<std::string>()] = place++;
  }

  void run() {
    for (Json& declaration : file_.at("declarations")) {
      inside(declaration);
      ++here_;
    }
    Json forwards = Json::array();
    for (const Json& declaration : file_.at("declarations"))
      if (early_.contains(declaration.at("cpp_qualified").get<std::string>()))
        forwards.push_back((declaration.at("kind") == "interface" ? "class " : "struct ") + declaration.at("cpp_name").get<std::string>());
    file_["cpp_forwards"] = std::move(forwards);
  }

 private:
  void inside(Json& declaration) {
    for (const char* const list : {"fields", "members"})
      if (declaration.contains(list))
        for (Json& field : declaration.at(list)) field["is_incomplete"] = names_later(field.at("type"));
    if (declaration.contains("methods"))
      for (const Json& method : declaration.at("methods")) {
        names_later(method.at("result"));
        for (const Json& parameter : method.at("parameters")) names_later(parameter.at("type"));
      }
    for (Json& nested : declaration.at("nested")) inside(nested);
  }

  /// Does `type` hold, behind an array or a box, a type that is declared further down?
  bool names_later(const Json& type) {
    if (type.contains("element")) return names_later(type.at("element"));
    const auto found = type.contains("cpp_name") ? places_.find(type.at("cpp_name").get<std::string>()) : places_.end();
    if (found == places_.end() || found->second <= here_) return false;
    early_.insert(found->first);
    return type.at("kind") != "interface";
  }

  Json& file_;
  std::map<std::string, std::size_t> places_;  ///< of the declarations at the top
  std::set<std::string> early_;
  std::size_t here_ = 0;
};

}  // namespace

void add_forwards(Json& file) { Walk(file).run(); }

}  // namespace shmidl::emit
