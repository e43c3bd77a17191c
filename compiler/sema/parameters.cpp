#include <algorithm>
#include <map>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

/// `fs.Stat` as a user would write it again: the source text of the base type.
std::string spelled(const ast::Type& type) { return type.name.text(); }

std::string source_text(const Context& context, Span span) {
  return std::string{context.files.at(span.file).text().substr(span.begin, span.end - span.begin)};
}

/// The parameter that an array size names, or null.
const ast::Parameter* count_named(const ast::Method& method, const ast::Expr& size, std::size_t& index) {
  if (size.kind != ast::ExprKind::name) return nullptr;
  for (index = 0; index < method.parameters.size(); ++index)
    if (method.parameters[index].name.text == size.text) return &method.parameters[index];
  return nullptr;
}

/// A size that was meant as a count whose parameter is missing.
bool names_nothing(const Scope& scope, const ast::Expr& size) {
  if (size.kind != ast::ExprKind::name || size.text.find('.') != std::string::npos) return false;
  const ast::File& file = scope.unit->file;
  bool lost = file.incomplete || file.members_incomplete;
  for (const Unit* const import : scope.unit->imports) lost = lost || import->file.incomplete || import->file.members_incomplete;
  if (lost || !constant_named(scope, size.text).empty()) return false;
  for (const Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent)
    for (const auto& nested : outer->nested)
      for (const Enumerator& enumerator : nested->enumerators)
        if (enumerator.name == size.text) return false;
  return true;
}

/// The parameter that was meant, or that the parameter is to be added.
std::string count_help(const ast::Method& method, const std::string& name, const std::string& array) {
  std::vector<std::string> near;
  for (const ast::Parameter& parameter : method.parameters) {
    const std::string& other = parameter.name.text;
    if (parameter.type.dimensions.empty() && (other.starts_with(name) || name.starts_with(other) || diag::suggest(name, {other}) == other))
      near.push_back(other);
  }
  if (near.size() == 1 && near.front().size() > 1) return "write `" + near.front() + "`";
  return "add the parameter that counts `" + array + "`: `size_t " + name + "`";
}

/// C's `T *buf, size_t n` is most often a buffer of `n`.
std::string as_buffer(const ast::Method& method, const ast::Parameter& written, const std::string& base) {
  const auto next = std::find_if(method.parameters.begin(), method.parameters.end(), [&](const ast::Parameter& each) { return &each == &written; });
  if (next == method.parameters.end() || next + 1 == method.parameters.end()) return {};
  const ast::Parameter& count = *(next + 1);
  const std::optional<TypeKind> kind = builtin(ast::Dialect::idl, spelled(count.type));
  if (!kind || !is_integer(*kind) || !count.type.pointers.empty() || !count.type.dimensions.empty()) return {};
  const std::string array = base + " " + written.name.text + "[" + count.name.text + "]";
  return "; a buffer is `const " + array + "` or `out " + array + "`";
}

Direction direction_in_idl(Context& context, const ast::Method& method, const ast::Parameter& written, const Type& resolved) {
  const ast::Type& type = written.type;
  if (written.direction != Direction::none) {
    if (written.direction != Direction::in && type.is_const && !(spelled(type) == "char" && !type.pointers.empty()))
      context.error(Code::direction_wrong, written.direction_span,
                    "`const` goes in, it cannot be `" + std::string{written.direction == Direction::out ? "out" : "inout"} + "`",
                    "remove one of the two");
    return written.direction;
  }
  const std::string base = spelled(type);
  const std::string& name = written.name.text;
  if (base == "void" && !type.pointers.empty()) return Direction::in;
  if (type.is_const || type.pointers.size() > 1 || resolved.is(TypeKind::error)) return Direction::in;
  if (!type.pointers.empty()) {
    const bool text = base == "char" && type.pointers.size() == 1;
    context.error(Code::direction_missing, type.pointers.front(), "a bare pointer does not say which way `" + name + "` goes",
                  text ? "write `const char *" + name + "` or `string " + name + "` for a text that goes in, `out string " + name +
                             "` for one that comes back"
                       : "write `const " + base + " *" + name + "` for a value that goes in, `out " + base + " *" + name +
                             "` for one that comes back" + as_buffer(method, written, base));
  } else if (std::size_t count = 0; !type.dimensions.empty() && count_named(method, type.dimensions.front().size, count) != nullptr) {
    // A counted array is a C buffer: without `const` it may be there to be read or to be filled. Other arrays are values, and go in.
    context.error(
        Code::direction_missing, written.name.span, "a bare array does not say which way `" + name + "` goes",
        "write `const " + base + " " + name + "[…]` for values that go in, `out " + base + " " + name + "[…]` for ones that come back");
  }
  return Direction::in;
}

struct Aspect {
  std::string_view what;
  bool in_only = true;
  bool out = false;  ///< `out`; whatever is not only `in` has `inout`
  bool may_omit = false;  ///< `in` where nothing is written
};

Aspect aspect_of(const Type& type) {
  const Type& value = value_of(type);
  const bool immutable =
      value.declared != nullptr && find_annotation(value.declared->written->annotations, "JavaOnlyImmutable") != nullptr;
  switch (value.kind) {
    case TypeKind::array:
    case TypeKind::fixed_array:
      return {"an array or a list", false, true};
    case TypeKind::structure:
    case TypeKind::external:
      return immutable ? Aspect{"immutable"} : Aspect{"a parcelable", false, true};
    case TypeKind::union_:
      return immutable ? Aspect{"immutable"} : Aspect{"a union", false, true};
    case TypeKind::string:
      return {"a String"};
    case TypeKind::enumeration:
      return {"an enum"};
    case TypeKind::interface:
      return {"an interface"};
    case TypeKind::object:
      return {"an IBinder"};
    case TypeKind::fd:
      return {"a file descriptor"};
    case TypeKind::blob:
      return {"a blob", false, true, true};
    default:
      return {"a primitive type"};
  }
}

Direction direction_in_aidl(Context& context, const ast::Parameter& written, const Type& type) {
  if (type.is(TypeKind::error)) return written.direction == Direction::none ? Direction::in : written.direction;
  Aspect aspect = aspect_of(type);
  if (value_of(type).is(TypeKind::fd) && unqualified_builtin(written.type.name.text()) == "ParcelFileDescriptor") aspect = {"a ParcelFileDescriptor", false, false};
  const std::string& name = written.name.text;
  if (written.direction == Direction::none) {
    if (!aspect.in_only && !aspect.may_omit)
      context.error(Code::direction_missing, written.type.span,
                    "`" + name + "` needs a direction, because it is " + std::string{aspect.what},
                    "write `in " + source_text(context, written.type.span) + " " + name + (aspect.out ? "`, or `out`, or `inout`" : "`, or `inout`"));
    return Direction::in;
  }
  const bool wrong = aspect.in_only ? written.direction != Direction::in : written.direction == Direction::out && !aspect.out;
  if (!wrong) return written.direction;
  std::vector<diag::Note> notes;
  if (value_of(type).declared != nullptr) notes.push_back({name_span(*value_of(type).declared), "declared here"});
  context.error(Code::direction_wrong, written.direction_span,
                "`" + name + "` can only be `in`" + (aspect.in_only ? "" : " or `inout`") + ", because it is " + std::string{aspect.what},
                aspect.what == "immutable" ? "return it" : "return it, or put it into a parcelable", std::move(notes));
  return Direction::in;
}

void check_count(Context& context, Method& method, Parameter& array, std::size_t index) {
  Parameter& count = method.parameters[index];
  const ast::Parameter& written = *count.written;
  const std::string what = "`" + count.name + "` counts `" + array.name + "`, so it ";
  if (!is_integer(count.type.kind)) {
    if (!count.type.is(TypeKind::error))
      context.error(Code::count_parameter, written.type.span, what + "is an integer, not `" + sema::spelled(count.type, ast::Dialect::idl) + "`");
  } else if (written.direction == Direction::out || written.direction == Direction::inout) {
    context.error(Code::count_parameter, written.direction_span, what + "goes in",
                  "remove the direction: the count that comes back is the array's own size");
  }
  array.counted = true;
  array.count = index;
  count.is_count = true;
}

}  // namespace

void resolve_parameters(Context& context, const Scope& scope, Method& method) {
  const ast::Method& written = *method.written;
  std::map<std::string_view, Span> names;
  std::vector<std::pair<std::size_t, std::size_t>> counts;  // array, count
  for (const ast::Parameter& parameter : written.parameters) {
    const auto [first, fresh] = names.emplace(parameter.name.text, parameter.name.span);
    if (!fresh)
      context.error(Code::duplicate_name, parameter.name.span, "`" + parameter.name.text + "` is declared twice", {},
                    {{first->second, "first declared here"}});
    Parameter made;
    made.written = &parameter;
    made.name = parameter.name.text;
    ast::Type type = parameter.type;
    std::size_t count = 0;
    if (!scope.unit->is_aidl()) {
      const bool text = spelled(type) == "char" && type.pointers.size() == 1 && (type.is_const || parameter.direction == Direction::none);
      if (text) type.is_const = true;
      if (!text && type.pointers.size() == 1) type.pointers.clear();
      if (!type.dimensions.empty() && count_named(written, type.dimensions.front().size, count) != nullptr) {
        type.dimensions.front().size = {};
        counts.emplace_back(method.parameters.size(), count);
      } else if (type.dimensions.size() == 1 && names_nothing(scope, type.dimensions.front().size)) {
        const ast::Expr& size = type.dimensions.front().size;
        context.error(Code::count_parameter, size.span, "`" + size.text + "` is neither a parameter of this method nor a constant",
                      count_help(written, size.text, made.name));
        method.parameters.push_back(std::move(made));
        continue;
      }
    }
    if (!scope.unit->is_aidl() && spelled(type) == "void" && !parameter.type.pointers.empty()) {
      context.error(Code::c_construct, parameter.type.span, "`void *` does not say what it points to",
                    "write bytes and their count: `const uint8_t " + made.name + "[n], size_t n`");
      method.parameters.push_back(std::move(made));
      continue;
    }
    made.type = resolve(context, scope, type);
    if (!scope.unit->is_aidl()) made.direction = direction_in_idl(context, written, parameter, made.type);
    if (scope.unit->is_aidl() && !made.type.is(TypeKind::holder)) made.direction = direction_in_aidl(context, parameter, made.type);
    if (made.type.is(TypeKind::void_)) {
      context.error(Code::misplaced_void, parameter.type.span, "`void` is not a value: a parameter needs another type");
      made.type = {};
    } else if (made.type.is(TypeKind::holder)) {
      context.error(Code::type_place, parameter.type.span, "a `ParcelableHolder` is a field, not a parameter",
                    "put it into a parcelable");
      made.type = {};
    }
    if (method.oneway && (made.direction == Direction::out || made.direction == Direction::inout))
      context.error(Code::oneway_result, parameter.direction_span,
                    "nothing comes back from a oneway method, so `" + made.name + "` can only be `in`",
                    "write `in`, or remove `oneway`");
    method.parameters.push_back(std::move(made));
  }
  for (const auto& [array, count] : counts) {
    if (array == count) continue;
    check_count(context, method, method.parameters[array], count);
  }
  if (method.oneway && !method.result.is(TypeKind::void_) && !method.result.is(TypeKind::error))
    context.error(Code::oneway_result, written.result.span, "nothing comes back from a oneway method, so its result is `void`", "write `void`, or remove `oneway`");
}

}  // namespace shmidl::sema
