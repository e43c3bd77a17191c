#include <algorithm>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::uint64_t kRefSize = 8;  // what stands in for data that lies elsewhere: offset and length
constexpr std::uint64_t kRefAlign = 4;
constexpr std::uint64_t kLargestStruct = 1U << 30U;  // chosen, not measured; wire offsets are 32-bit

struct Place {
  std::uint64_t size = 0;
  std::uint64_t align = 1;
};

std::uint64_t round_up(std::uint64_t value, std::uint64_t align) { return (value + align - 1) / align * align; }

class Layout {
 public:
  explicit Layout(Context& context) : context_(context) {}

  void run(Declaration& declaration) {
    if (declaration.kind != DeclKind::structure || declaration.laid_out == Progress::done) return;
    if (declaration.laid_out == Progress::running) return report_cycle(declaration);
    declaration.laid_out = Progress::running;
    path_.push_back(&declaration);
    declaration.flat = true;
    for (const Field& field : declaration.fields) {
      reach(field.type);
      declaration.flat = declaration.flat && is_flat(field.type);
    }
    for (Field& field : declaration.fields) {
      const Place place = declaration.flat ? inline_place(field.type) : member_place(field.type);
      field.offset = round_up(declaration.size, place.align);
      declaration.size = field.offset + place.size;
      declaration.align = std::max(declaration.align, place.align);
    }
    declaration.size = declaration.fields.empty() ? 1 : round_up(declaration.size, declaration.align);
    if (declaration.size > kLargestStruct)
      context_.error(Code::too_large, name_span(declaration),
                     "`" + declaration.name + "` has " + std::to_string(declaration.size) + " bytes, at most 1073741824 are possible",
                     "write `T name[]`, whose elements lie outside of the struct");
    path_.pop_back();
    declaration.laid_out = Progress::done;
  }

  static bool is_flat(const Type& type) {
    if (type.is(TypeKind::structure)) return type.declared->flat;
    if (type.is(TypeKind::fixed_array)) return is_flat(*type.element);
    return is_scalar(type.kind) || type.is(TypeKind::enumeration);
  }

 private:
  void reach(const Type& type) {
    if (type.element) reach(*type.element);
    if (!type.is(TypeKind::structure)) return;
    run(const_cast<Declaration&>(*type.declared));  // laid out on first use
  }

  /// Bytes of a flat type where it lies inside of another one.
  static Place inline_place(const Type& type) {
    if (type.is(TypeKind::structure)) return {type.declared->size, type.declared->align};
    if (type.is(TypeKind::fixed_array)) {
      const Place one = inline_place(*type.element);
      return {one.size * type.length, one.align};
    }
    const std::uint64_t size = scalar_size(type.is(TypeKind::enumeration) ? type.declared->type.kind : type.kind);
    return {size, size};
  }

  /// Bytes of a member of a variable struct: structs and their arrays lie elsewhere.
  static Place member_place(const Type& type) {
    const Type& element = type.is(TypeKind::fixed_array) ? *type.element : type;
    const bool inside = is_scalar(element.kind) || element.is(TypeKind::enumeration);
    return inside ? inline_place(type) : Place{kRefSize, kRefAlign};
  }

  void report_cycle(const Declaration& declaration) {
    std::string text;
    bool through_array = false;
    const auto begin = std::find(path_.begin(), path_.end(), &declaration);
    for (auto step = begin; step != path_.end(); ++step) {
      const Declaration* const next = std::next(step) == path_.end() ? &declaration : *std::next(step);
      text += "`" + (*step)->name + "` holds ";
      for (const Field& field : (*step)->fields) {
        const Type* type = &field.type;
        bool array = false;
        while (type->element) {
          array = array || type->is(TypeKind::array);
          type = type->element.get();
        }
        if (type->declared != next) continue;
        through_array = through_array || array;
        break;
      }
    }
    text += "`" + declaration.name + "`";
    if (through_array)
      context_.error(Code::not_supported, name_span(declaration),
                     "a struct that holds an array of itself is not done by this version of shmidl: " + text);
    else
      context_.error(Code::contains_itself, name_span(declaration), "`" + declaration.name + "` contains itself: " + text);
  }

  Context& context_;
  std::vector<const Declaration*> path_;
};

void check_counted(Context& context, const Declaration& declaration) {
  for (const Method& method : declaration.methods) {
    for (const Parameter& parameter : method.parameters) {
      if (!parameter.counted || parameter.direction == Direction::in || Layout::is_flat(*parameter.type.element)) continue;
      context.error(
          Code::count_parameter, parameter.written->name.span,
          "only elements of a fixed size come back into a counted buffer, and `" + type_name(*parameter.type.element) + "` varies",
          "write `out " + parameter.written->type.name.text() + " " + parameter.name + "[]`");
    }
  }
}

}  // namespace

void lay_out(Context& context) {
  Layout layout(context);
  each_declaration(context.program, [&](Declaration& declaration) { layout.run(declaration); });
  each_declaration(context.program, [&](const Declaration& declaration) { check_counted(context, declaration); });
}

}  // namespace shmidl::sema
