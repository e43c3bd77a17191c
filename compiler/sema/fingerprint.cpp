#include <string_view>
#include <unordered_set>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo). It tells definitions apart by accident, not by attack: both sides are programs of the same machine.
class Hash {
 public:
  Hash& add(std::string_view text) {
    for (const char c : text) {
      value_ ^= static_cast<unsigned char>(c);
      value_ *= 0x100000001b3ULL;
    }
    return *this;
  }
  Hash& add(std::uint64_t number) { return add(std::to_string(number)).add(";"); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

/// The type as the wire sees it: an enum with what stores it, a struct marked as one.
std::string canonical(const Type& type) {
  switch (type.kind) {
    case TypeKind::enumeration:
      return "enum " + type.declared->wire_name + ":" + std::string{kind_name(type.declared->type.kind)};
    case TypeKind::array:
      return canonical(*type.element) + "[]";
    case TypeKind::fixed_array:
      return canonical(*type.element) + "[" + std::to_string(type.length) + "]";
    case TypeKind::optional:
    case TypeKind::box:  // the same bytes
      return "optional " + canonical(*type.element);
    case TypeKind::stream:
      return "stream " + canonical(*type.element);
    default:
      break;
  }
  std::string text{kind_name(type.kind)};
  if (type.declared != nullptr) text += " " + type.declared->wire_name;
  for (const Type& argument : type.arguments) text += "<" + canonical(argument) + ">";
  return text + (type.nullable ? "?" : "");
}

/// What it throws is not in it: a thrown struct travels with its name, and a caller that does not know it gets its text.
std::uint64_t hash_of(const Method& method) {
  Hash hash;
  if (method.oneway) hash.add("oneway ");
  hash.add(canonical(method.result)).add("(");
  for (const Parameter& parameter : method.parameters) {
    if (parameter.is_count) continue;
    static constexpr std::string_view kDirections[] = {"in ", "in ", "out ", "inout "};
    hash.add(kDirections[static_cast<std::size_t>(parameter.direction)]);
    if (parameter.counted) hash.add("counted ");
    hash.add(canonical(parameter.type)).add(",");
  }
  return hash.add(")").value();
}

/// Structs and unions, each after what it contains as far as that is possible: they may hold arrays of each other.
class Collector {
 public:
  explicit Collector(std::vector<const Declaration*>& list) : list_(list) {}

  /// Whether what was added holds anything but plain values.
  [[nodiscard]] bool hands_over() const { return hands_over_; }

  void add(const Type& type) {
    std::vector<Step> way;  // not in calls: it may be long
    enter(way, type);
    while (!way.empty()) {
      const Declaration* const declaration = way.back().of;
      if (way.back().next == declaration->fields.size()) {
        list_.push_back(declaration);
        way.pop_back();
      } else {
        enter(way, declaration->fields[way.back().next++].type);
      }
    }
  }

 private:
  struct Step {
    const Declaration* of;
    std::size_t next = 0;
  };

  void enter(std::vector<Step>& way, const Type& type) {
    const Type* base = &type;
    hands_over_ = hands_over_ || type.is(TypeKind::stream);
    while (base->element) base = base->element.get();
    for (const TypeKind kind : {TypeKind::interface, TypeKind::object, TypeKind::fd, TypeKind::blob, TypeKind::holder, TypeKind::external})
      hands_over_ = hands_over_ || base->is(kind);
    const bool record = base->is(TypeKind::structure) || base->is(TypeKind::union_);
    if (record && seen_.insert(base->declared).second) way.push_back({base->declared});
  }

  std::vector<const Declaration*>& list_;
  std::unordered_set<const Declaration*> seen_;
  bool hands_over_ = false;
};

}  // namespace

void fingerprint(Context& context) {
  each_declaration(context.program, [](Declaration& declaration) {
    Hash chain;
    for (Field& field : declaration.fields) field.prefix_hash = chain.add(canonical(field.type)).add(" ").add(field.name).add(";").value();
    declaration.fingerprint = chain.value();
  });
  each_declaration(context.program, [](Declaration& declaration) {
    if (declaration.kind != DeclKind::interface) return;
    Hash hash;
    hash.add(declaration.wire_name).add("{");
    std::unordered_set<const Declaration*> seen;
    for (Method& method : declaration.methods) {
      method.hash = hash_of(method);
      Collector collector(method.structs);
      collector.add(method.result);
      for (const Parameter& parameter : method.parameters) collector.add(parameter.type);
      for (const Type& thrown : method.throws) collector.add(thrown);
      method.hands_over = collector.hands_over();
      for (const Declaration* const used : method.structs)
        if (seen.insert(used).second) declaration.structs.push_back(used);
      hash.add(method.id).add(method.name).add(":").add(method.hash);
      for (const Type& thrown : method.throws) hash.add("throws ").add(canonical(thrown)).add(",");
    }
    for (const Declaration* const used : declaration.structs)
      hash.add(used->wire_name).add(":").add(used->size).add(used->align).add(used->fingerprint);
    declaration.fingerprint = hash.add("}").value();
  });
}

}  // namespace shmidl::sema
