#include "diag/catalogue.hpp"

#include <algorithm>
#include <array>

namespace shmidl::diag {
namespace {

constexpr std::uint16_t kFirstWarning = 1000;

constexpr std::array kCatalogue = {
    Entry{Code::syntax, "something else is expected here", {}},
    Entry{Code::cannot_read, "a named file cannot be read", {}},
    Entry{Code::cannot_write, "a file cannot be written", {}},
    Entry{Code::empty_file, "the file declares nothing", {}},
    Entry{Code::not_utf8, "the file is not UTF-8", {}},
    Entry{Code::import_not_found, "an imported file is not found", {}},
    Entry{Code::import_ambiguous, "an import finds several files", {}},
    Entry{Code::unterminated, "a comment or a string has no end", {}},
    Entry{Code::import_lacks_type, "the imported file does not declare the type", {}},
    Entry{Code::c_construct, "a construct of C that has no meaning in an interface", {}},
    Entry{Code::duplicate_name, "a name is declared twice", {}},
    Entry{Code::unknown_type, "a type is not declared", {}},
    Entry{Code::not_a_type, "a name means something else than a type", {}},
    Entry{Code::unknown_constant, "a constant is not declared", {}},
    Entry{Code::constant_type, "a value has another type than its place", {}},
    Entry{Code::constant_range, "a value does not fit its type", {}},
    Entry{Code::constant_operation, "an operation on constants has no result", {}},
    Entry{Code::constant_cycle, "a constant is defined by itself", {}},
    Entry{Code::direction_missing, "a parameter needs a direction", {}},
    Entry{Code::direction_wrong, "a parameter cannot have this direction", {}},
    Entry{Code::oneway_result, "a oneway method returns something", {}},
    Entry{Code::contains_itself, "a struct contains itself", {}},
    Entry{Code::count_parameter, "a counted array and its count do not fit", {}},
    Entry{Code::misplaced_void, "void is not a value", {}},
    Entry{Code::array_size, "an array size is not usable", {}},
    Entry{Code::unknown_annotation, "an annotation is not known", {}},
    Entry{Code::annotation_parameter, "an annotation has other parameters", {}},
    Entry{Code::annotation_target, "an annotation belongs elsewhere", {}},
    Entry{Code::not_supported, "this version of shmidl does not do this", {}},
    Entry{Code::path_mismatch, "the path of a file and its contents do not fit", {}},
    Entry{Code::nameless_block, "a nameless block gets no name", {}},
    Entry{Code::namespace_is_type, "a package has the name of a type", {}},
    Entry{Code::transaction_id, "the method ids of an interface do not fit", {}},
    Entry{Code::reserved_name, "a name is reserved", {}},
    Entry{Code::ambiguous_name, "a name means several things", {}},
    Entry{Code::type_arguments, "the arguments of a type do not fit", {}},
    Entry{Code::empty_enum, "an enum has no enumerators", {}},
    Entry{Code::template_fault, "a template cannot be used", {}},
    Entry{Code::same_output, "two inputs give one output", {}},
    Entry{Code::too_large, "the input goes past a limit of the compiler", {}},
    Entry{Code::not_nullable, "a type is never null", {}},
    Entry{Code::needs_each_other, "types need each other, and C++ cannot put them into an order", {}},
    Entry{Code::union_members, "a union has no member that it can start with", {}},
    Entry{Code::varying_size, "a field of a type with a fixed size varies", {}},
    Entry{Code::mutable_field, "a field of an immutable type can change", {}},
    Entry{Code::type_place, "a type has no meaning at this place", {}},
    Entry{Code::thrown, "a method throws something else than different structs", {}},
    Entry{Code::bound, "a bound does not fit", {}},
    Entry{Code::nesting, "a declaration cannot stand inside of another one", {}},
    Entry{Code::no_header, "a type of the user's own names no C++ header", {}},
    Entry{Code::constant_length, "a list of values has another length than its array", {}},
    Entry{Code::constant_kind, "a type has no constants", {}},
    Entry{Code::permission_conflict, "two annotations disagree about the permission", {}},
    Entry{Code::renamed, "a name gains _ in C++", {}},
    Entry{Code::lint_const_name, "a constant is not in upper case", "const-name"},
    Entry{Code::lint_enum_explicit_default, "a field of an enum has no default", "enum-explicit-default"},
    Entry{Code::lint_file_descriptor, "a descriptor without an owner", "file-descriptor"},
    Entry{Code::lint_inout_parameter, "a parameter goes both ways", "inout-parameter"},
    Entry{Code::lint_interface_name, "the name of an interface does not begin with I", "interface-name"},
    Entry{Code::lint_mixed_oneway, "an interface has oneway methods and others", "mixed-oneway"},
    Entry{Code::lint_out_array, "an array comes back in a parameter", "out-array"},
    Entry{Code::lint_out_nullable, "a nullable value comes back in a parameter", "out-nullable"},
    Entry{Code::lint_unique_import, "a name is imported twice", "unique-import"},
    Entry{Code::lint_untyped_collection, "a collection does not say what it holds", "untyped-collection"},
    Entry{Code::lint_out_buffer, "a buffer comes back as one element", "out-buffer"},
};

}  // namespace

std::span<const Entry> catalogue() { return kCatalogue; }

std::string_view lint_name(Code code) {
  const auto* const found = std::find_if(kCatalogue.begin(), kCatalogue.end(), [&](const Entry& entry) { return entry.code == code; });
  return found == kCatalogue.end() ? std::string_view{} : found->lint;
}

Severity severity(Code code) { return static_cast<std::uint16_t>(code) > kFirstWarning ? Severity::warning : Severity::error; }

std::string id(Code code) {
  const bool warning = severity(code) == Severity::warning;
  const int number = static_cast<int>(code) - (warning ? kFirstWarning : 0);
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 3 ? 3 - digits.size() : 0, '0');
  return (warning ? "W" : "E") + digits;
}

}  // namespace shmidl::diag
