#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "syntax/ast.hpp"

// What the text means: every name resolved, every constant known, every byte of the wire placed. Both dialects end here.
namespace shmidl::sema {

using ast::DeclKind;
using ast::Direction;
using source::Span;

struct Declaration;
struct Unit;

enum class TypeKind : std::uint8_t {
  error,  ///< could not be resolved, and was reported
  void_,
  bool_,
  char8,
  int8,
  uint8,
  int16,
  uint16,
  char16,
  int32,
  uint32,
  int64,
  uint64,
  float32,
  float64,
  string,
  enumeration,
  structure,
  array,
  fixed_array,
};

struct Type {
  TypeKind kind = TypeKind::error;
  const Declaration* declared = nullptr;  ///< of an enumeration or a structure
  std::shared_ptr<const Type> element;    ///< of an array
  std::uint64_t length = 0;               ///< of a fixed array

  [[nodiscard]] bool is(TypeKind other) const { return kind == other; }
};

__extension__ typedef __int128 Wide;  ///< holds every value of every integer type

enum class ValueKind : std::uint8_t { none, integer, boolean, floating, string, enumerator, list };

struct Value {
  ValueKind kind = ValueKind::none;
  Wide integer = 0;      ///< also the number of an enumerator
  int bits = 32;         ///< the width the number was computed in: 32 or 64; 8 for AIDL's `1u8`
  bool pattern = false;  ///< written as bits (hexadecimal, a shift): may be read again as the signed or the unsigned number of its place
  bool character = false;  ///< written as a character
  bool single = false;     ///< a floating-point number with an `f`
  double floating = 0;
  std::string text;                       ///< a string; the name of an enumerator
  const Declaration* declared = nullptr;  ///< the enumeration
  std::vector<Value> elements;            ///< of a list
};

enum class Progress : std::uint8_t { untouched, running, done };

struct Constant {
  const ast::Constant* written = nullptr;
  std::string name, cpp_name;
  Type type;
  Value value;
  Progress progress = Progress::untouched;
  Declaration* owner = nullptr;  ///< null at file level
  Unit* unit = nullptr;
};

struct Enumerator {
  const ast::Enumerator* written = nullptr;
  std::string name, cpp_name;
  std::int64_t value = 0;
  Progress progress = Progress::untouched;
};

struct Field {
  const ast::Field* written = nullptr;
  std::string name, cpp_name;
  Type type;
  Value value;  ///< the default; none: zero or empty
  std::uint64_t offset = 0;
  std::uint64_t prefix_hash = 0;
};

struct Parameter {
  const ast::Parameter* written = nullptr;
  std::string name, cpp_name;
  Direction direction = Direction::in;
  Type type;
  bool counted = false;   ///< `T p[n]`
  bool is_count = false;  ///< the `n` of such an array: not part of the signature
  std::size_t count = 0;  ///< index of the count, if counted
};

struct Method {
  const ast::Method* written = nullptr;
  std::string name, cpp_name;
  bool oneway = false;
  Type result;
  std::vector<Parameter> parameters;
  std::uint32_t id = 0;
  std::uint64_t hash = 0;
  std::vector<const Declaration*> structs;  ///< that travel in it, transitively
};

struct Declaration {
  const ast::Declaration* written = nullptr;
  DeclKind kind = DeclKind::interface;
  std::string name, cpp_name;
  std::string qualified;      ///< `demo.Outer.Inner`
  std::string wire_name;      ///< the same, unless @Descriptor says otherwise
  std::string cpp_qualified;  ///< `::demo::Outer::Inner`
  Declaration* parent = nullptr;
  Unit* unit = nullptr;
  std::vector<std::unique_ptr<Declaration>> nested;
  std::vector<Constant> constants;
  std::vector<Enumerator> enumerators;
  std::vector<Field> fields;
  std::vector<Method> methods;
  Type type;  ///< an alias's target, an enum's underlying type
  Progress resolved = Progress::untouched;
  bool frozen = false;  ///< @FixedSize
  bool stable = false;  ///< @VintfStability

  // A struct on the wire.
  Progress laid_out = Progress::untouched;
  bool flat = false;  ///< the same bytes in C++ and on the wire
  std::uint64_t size = 0;
  std::uint64_t align = 1;
  std::vector<const Declaration*> structs;  ///< that an interface's methods use, transitively, each after what it contains
  std::uint64_t fingerprint = 0;
};

/// One file and what it declares.
struct Unit {
  ast::File file;
  std::string path;            ///< as found
  std::string relative;        ///< below --base, with forward slashes: what the generated files are named after
  std::filesystem::path root;  ///< the directory `relative` starts from
  bool named = false;          ///< on the command line
  bool ignored = false;        ///< another file has its place
  std::vector<Unit*> imports;
  std::vector<const Unit*> used;  ///< imports that types of this file lie in
  std::vector<std::unique_ptr<Declaration>> declarations;
  std::vector<Constant> constants;
  std::string package, cpp_namespace;

  [[nodiscard]] bool is_aidl() const { return file.dialect == ast::Dialect::aidl; }
};

struct Program {
  std::vector<std::unique_ptr<Unit>> units;
};

}  // namespace shmidl::sema
