#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace shmidl::emit {

/// Gives the tables of structs their names. A source file has one table of each struct, in the helper namespace of the interface that uses
/// it first; the others refer to it. So no file needs a table of another one, which may lie in another library.
class StructTables {
 public:
  /// `declaration` is decorated; its interfaces, inner ones first, are those that are printed next.
  void add(nlohmann::ordered_json& declaration);

 private:
  void add_interface(nlohmann::ordered_json& interface);

  std::map<std::string, std::string> tables_;  ///< by the struct's name
  std::set<std::string> given_;
};

}  // namespace shmidl::emit
