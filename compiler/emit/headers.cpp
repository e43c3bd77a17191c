#include "emit/headers.hpp"

#include <array>
#include <string_view>

namespace shmidl::emit {
namespace {

using Json = nlohmann::ordered_json;

struct Header {
  std::string_view kind;
  bool declared;  ///< where a declaration is of this kind, not where a type is: the header that declares it has it already
  std::string_view name;
};

constexpr std::array kHeaders{Header{"interface", false, "shmidl/stub/object_wire.hpp"}, Header{"object", false, "shmidl/stub/object_wire.hpp"},
                              Header{"optional", false, "shmidl/stub/optional_wire.hpp"}, Header{"box", false, "shmidl/stub/optional_wire.hpp"},
                              Header{"fd", false, "shmidl/stub/handle_wire.hpp"}, Header{"blob", false, "shmidl/stub/blob_wire.hpp"},
                              Header{"holder", false, "shmidl/holder.hpp"}, Header{"stream", false, "shmidl/stream.hpp"},
                              Header{"union", true, "shmidl/stub/union_wire.hpp"}, Header{"unstructured", true, "shmidl/codec.hpp"}};

}  // namespace

void add_headers(const Json& json, std::set<std::string>& headers) {
  if (json.is_object()) {
    const auto kind = json.find("kind");
    const bool declared = json.contains("nested");
    for (const Header& header : kHeaders)
      if (kind != json.end() && declared == header.declared && *kind == header.kind) headers.emplace(header.name);
    if (json.contains("max_size")) headers.emplace("shmidl/stub/bounded_wire.hpp");
    if (const auto thrown = json.find("throws"); thrown != json.end() && !thrown->empty()) headers.emplace("shmidl/stub/throws.hpp");
  }
  if (json.is_structured())
    for (const Json& part : json) add_headers(part, headers);
}

}  // namespace shmidl::emit
