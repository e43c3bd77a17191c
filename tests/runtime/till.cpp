#include "till.hpp"

namespace till {

std::string to_string(const Empty& value) { return ::shmidl::stub::Text("Empty").field("left", value.left).take(); }
std::string to_string(const Denied& value) { return ::shmidl::stub::Text("Denied").field("who", value.who).field("why", value.why).take(); }

static void dispatch(::shmidl::Object& object, std::uint32_t method, ::shmidl::stub::ServerCall& call) {
  auto& self = static_cast<Till&>(object);
  switch (method) {
    case 0: return Newer::pay::serve<&Till::pay>(self, call);
    case 1: return Newer::name::serve<&Till::name>(self, call);
    case 2: return Newer::fail::serve<&Till::fail>(self, call);
    case 3: return Newer::shape::serve<&Till::shape>(self, call);
    case 4: return Newer::text::serve<&Till::text>(self, call);
    case 5: return Newer::take::serve<&Till::take>(self, call);
    case 6: return Newer::slow::serve<&Till::slow>(self, call);
    case 7: return Newer::hand::serve<&Till::hand>(self, call);
    case 8: return Newer::keep::serve<&Till::keep>(self, call);
    case 9: return Newer::price::serve<&Till::price>(self, call);
    case 10: return Newer::tree::serve<&Till::tree>(self, call);
    case 11: return Newer::note::serve<&Till::note>(self, call);
    default: return call.unknown_method();
  }
}

static constexpr ::shmidl::stub::MethodInfo kMethods[] = {
    {0, "pay", "pay", 1, false, {}},    {1, "name", "name", 2, false, {}}, {2, "fail", "fail", 3, false, {}},   {3, "shape", "shape", 4, false, {}},
    {4, "text", "text", 5, false, {}},  {5, "take", "take", 6, false, {}}, {6, "slow", "slow", 7, false, {}, 30}, {7, "hand", "hand", 8, false, {}},
    {8, "keep", "keep", 9, false, {}},  {9, "price", "price", 10, false, {}}, {10, "tree", "tree", 11, false, {}}, {11, "note", "note", 12, true, {}}};
static constexpr ::shmidl::stub::Interface kNew{"till.Till", 2, kMethods, {}, &dispatch};
static constexpr ::shmidl::stub::Interface kOld{"till.Till", 1, kMethods, {}, nullptr};

const ::shmidl::stub::Interface& Till::shmidl_interface() const noexcept { return kNew; }

}  // namespace till

template <>
const ::shmidl::stub::Interface& shmidl::stub::interface_of<till::NewTill>() noexcept {
  return till::kNew;
}
template <>
const ::shmidl::stub::Interface& shmidl::stub::interface_of<till::OldTill>() noexcept {
  return till::kOld;
}
