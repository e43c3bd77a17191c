#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shmidl::diag {

/// Every diagnostic that exists. The number is part of the interface: it is never reused for another meaning.
///
/// A new code arrives with its line in catalogue.cpp, its paragraph in ERRORS.md, a bad file and a good file.
enum class Code : std::uint16_t {
  syntax = 1,
  cannot_read = 2,
  cannot_write = 3,
  empty_file = 4,
  not_utf8 = 5,
  import_not_found = 6,
  import_ambiguous = 7,
  unterminated = 8,
  import_lacks_type = 9,
  c_construct = 10,
  duplicate_name = 11,
  unknown_type = 12,
  not_a_type = 13,
  unknown_constant = 14,
  constant_type = 15,
  constant_range = 16,
  constant_operation = 17,
  constant_cycle = 18,
  direction_missing = 19,
  direction_wrong = 20,
  oneway_result = 21,
  contains_itself = 22,
  count_parameter = 23,
  misplaced_void = 24,
  array_size = 25,
  unknown_annotation = 26,
  annotation_parameter = 27,
  annotation_target = 28,
  not_supported = 29,
  path_mismatch = 30,
  nameless_block = 31,
  namespace_is_type = 32,
  transaction_id = 33,
  reserved_name = 34,
  ambiguous_name = 35,
  type_arguments = 36,
  empty_enum = 37,
  template_fault = 38,
  same_output = 39,
  too_large = 40,
  not_nullable = 41,
  needs_each_other = 42,
  union_members = 43,
  varying_size = 44,
  mutable_field = 45,
  type_place = 46,
  thrown = 47,
  bound = 48,
  nesting = 49,
  no_header = 50,
  constant_length = 60,
  constant_kind = 61,
  permission_conflict = 62,
  renamed = 1001,          ///< warnings start here and print as W001, W002, …
  lint_const_name = 1010,  ///< lints, told by `shmidl lint` alone
  lint_enum_explicit_default = 1011,
  lint_file_descriptor = 1012,
  lint_inout_parameter = 1013,
  lint_interface_name = 1014,
  lint_mixed_oneway = 1015,
  lint_out_array = 1016,
  lint_out_nullable = 1017,
  lint_unique_import = 1018,
  lint_untyped_collection = 1019,
  lint_out_buffer = 1020,
};

enum class Severity : std::uint8_t { error, warning };

struct Entry {
  Code code;
  std::string_view title;
  std::string_view lint;  ///< the name of a lint; AIDL's compiler calls it so where it has the lint
};

/// All entries, in the order of their numbers.
[[nodiscard]] std::span<const Entry> catalogue();
/// `E012`, `W001`.
[[nodiscard]] std::string id(Code code);
[[nodiscard]] Severity severity(Code code);
/// `const-name`; empty for what is no lint.
[[nodiscard]] std::string_view lint_name(Code code);

}  // namespace shmidl::diag
