#include <algorithm>
#include <utility>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::uint64_t kRefSize = 8;  // what stands in for data that lies elsewhere: offset and length
constexpr std::uint64_t kRefAlign = 4;
constexpr std::uint64_t kFdSize = 4;  // index of a descriptor that travels beside the frame
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
    const bool is_union = declaration.kind == DeclKind::union_;
    if ((declaration.kind != DeclKind::structure && !is_union) || declaration.laid_out == Progress::done) return;
    declaration.laid_out = Progress::running;
    declaration.flat = !is_union;
    for (const Field& field : declaration.fields) {
      path_.push_back({&declaration, &field});
      reach(field.type);
      path_.pop_back();
      declaration.flat = declaration.flat && is_flat(field.type);
    }
    if (is_union)
      place_union(declaration);
    else
      place_fields(declaration);
    if (declaration.size > kLargestStruct)
      context_.error(Code::too_large, name_span(declaration),
                     "`" + declaration.name + "` has " + std::to_string(declaration.size) + " bytes, at most 1073741824 are possible",
                     "write `T name[]`, whose elements lie outside of the struct");
    declaration.laid_out = Progress::done;
  }

  static bool is_flat(const Type& type) {
    if (type.is(TypeKind::structure)) return type.declared->flat;
    if (type.is(TypeKind::fixed_array)) return is_flat(*type.element);
    return is_scalar(type.kind) || type.is(TypeKind::enumeration);
  }

 private:
  struct Step {
    const Declaration* inside;
    const Field* field;
  };

  static void place_fields(Declaration& declaration) {
    for (Field& field : declaration.fields) {
      const Place place = declaration.flat ? inline_place(field.type) : member_place(field.type);
      field.offset = round_up(declaration.size, place.align);
      declaration.size = field.offset + place.size;
      declaration.align = std::max(declaration.align, place.align);
    }
    declaration.size = declaration.fields.empty() ? 1 : round_up(declaration.size, declaration.align);
  }

  /// A union is a reference to its tag and the one member that is there.
  static void place_union(Declaration& declaration) {
    declaration.size = kRefSize;
    declaration.align = kRefAlign;
  }

  /// Lays out what lies inside by value. An array, a box and a handle hold their values elsewhere, and end the search.
  void reach(const Type& type) {
    if (type.is(TypeKind::fixed_array) || type.is(TypeKind::optional)) return reach(*type.element);
    if (!type.is(TypeKind::structure) && !type.is(TypeKind::union_)) return;
    auto& declaration = const_cast<Declaration&>(*type.declared);  // laid out on first use
    constexpr std::size_t kDeepest = 1000;  // chosen, not measured
    if (declaration.laid_out == Progress::running)
      report_cycle(declaration);
    else if (path_.size() < kDeepest)
      run(declaration);
    else if (!std::exchange(too_deep_, true))
      context_.error(Code::too_large, name_span(declaration), "more than 1000 types lie in each other", "write `T name[]`, whose elements lie elsewhere");
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
    const Type* element = &type;
    while (element->is(TypeKind::fixed_array)) element = element->element.get();
    if (is_scalar(element->kind) || element->is(TypeKind::enumeration)) return inline_place(type);
    return {type.is(TypeKind::fd) ? kFdSize : kRefSize, kRefAlign};
  }

  void report_cycle(const Declaration& declaration) {
    constexpr std::size_t kMostNotes = 8;  // of a longer way only the beginning is told
    std::string text;
    std::vector<diag::Note> notes;
    for (auto step = std::find_if(path_.begin(), path_.end(), [&](const Step& s) { return s.inside == &declaration; }); step != path_.end();
         ++step) {
      text += "`" + step->inside->name + "` holds ";
      notes.push_back({step->field->written->name.span, "in `" + step->inside->name + "`, as `" + step->field->name + "`"});
      if (notes.size() < kMostNotes || path_.end() - step < 2) continue;
      text += "… holds ";
      break;
    }
    context_.error(Code::contains_itself, name_span(declaration), "`" + declaration.name + "` contains itself: " + text + "`" + declaration.name + "`",
                   "write `@nullable(heap=true)` before one of the fields, or make it an array", std::move(notes));
  }

  Context& context_;
  std::vector<Step> path_;
  bool too_deep_ = false;
};

void check_counted(Context& context, const Declaration& declaration) {
  for (const Method& method : declaration.methods) {
    for (const Parameter& parameter : method.parameters) {
      if (!parameter.counted || parameter.direction == Direction::in || Layout::is_flat(*parameter.type.element)) continue;
      context.error(
          Code::count_parameter, parameter.written->name.span,
          "only elements of a fixed size come back into a counted buffer, and `" + spelled(*parameter.type.element, declaration.unit->file.dialect) +
              "` varies",
          "write `out " + parameter.written->type.name.text() + " " + parameter.name + "[]`");
    }
  }
}

}  // namespace

void lay_out(Context& context) {
  Layout layout(context);
  each_declaration(context.program, [&](Declaration& declaration) { layout.run(declaration); });
  each_checked_declaration(context.program, [&](const Declaration& declaration) { check_counted(context, declaration); });
}

}  // namespace shmidl::sema
