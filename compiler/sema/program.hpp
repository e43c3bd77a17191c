#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
  union_,
  optional,   ///< `@nullable`
  box,        ///< `@nullable(heap=true)`
  interface,  ///< a handle to an object with this interface
  object,     ///< a handle to any object
  fd,
  holder,  ///< a parcelable of a type that only the two sides know
  blob,
  stream,    ///< results only
  external,  ///< a parcelable that the user's own C++ describes
};

struct Type {
  TypeKind kind = TypeKind::error;
  const Declaration* declared = nullptr;  ///< of what has a name of its own
  std::shared_ptr<const Type> element;    ///< of arrays, optional, box and stream
  std::uint64_t length = 0;               ///< of a fixed array
  bool nullable = false;                  ///< of a handle, which needs no wrapper for it
  std::uint64_t max_size = 0;             ///< @MaxSize; 0: none
  std::vector<Type> arguments{};          ///< of a generic

  [[nodiscard]] bool is(TypeKind other) const { return kind == other; }
};

__extension__ typedef __int128 Wide;  ///< holds every value of every integer type

enum class ValueKind : std::uint8_t { none, integer, boolean, floating, string, enumerator, list };

struct Value {
  ValueKind kind = ValueKind::none;
  Wide integer = 0;      ///< also the number of an enumerator
  int bits = 32;         ///< the width the number was computed in: 32 or 64; 8 for AIDL's `1u8`
  bool pattern = false;  ///< written as bits (hexadecimal, a shift): may be read again as the signed or the unsigned number of its place
  bool is_unsigned = false;  ///< of C's `unsigned` or `unsigned long`; only in `.idl`
  bool character = false;  ///< written as a character
  bool single = false;     ///< a floating-point number with an `f`
  double floating = 0;
  std::string text;                       ///< a string; the name of an enumerator
  const Declaration* declared = nullptr;  ///< the enumeration
  std::size_t place = 0;                  ///< of the enumerator in it
  std::vector<Value> elements{};          ///< of a list
};

struct Attribute {
  std::string name;
  std::vector<std::pair<std::string, Value>> arguments;  ///< the unnamed one is called `value`
};

/// What documentation and annotations say of anything that has a name.
struct Remarks {
  std::optional<std::string> deprecated;  ///< the note, perhaps an empty one
  bool hidden = false;
  std::vector<Attribute> attributes;
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
  Remarks remarks;
};

struct Enumerator {
  const ast::Enumerator* written = nullptr;
  std::string name, cpp_name;
  std::int64_t value = 0;
  Progress progress = Progress::untouched;
  Remarks remarks{};
};

struct Field {
  const ast::Field* written = nullptr;
  std::string name, cpp_name;
  Type type;
  Value value;  ///< the default; none: zero or empty
  std::uint64_t offset = 0;
  std::uint64_t prefix_hash = 0;
  Remarks remarks;
};

struct Parameter {
  const ast::Parameter* written = nullptr;
  std::string name, cpp_name;
  Direction direction = Direction::in;
  Type type;
  bool counted = false;   ///< `T p[n]`
  bool is_count = false;  ///< the `n` of such an array: not part of the signature
  std::size_t count = 0;  ///< index of the count, if counted
  bool in_place = false;  ///< @InPlace: a handler may keep looking at the sender's memory
  bool copy = false;      ///< @Copy
};

/// @EnforcePermission: what the caller must have.
struct Permission {
  std::vector<std::string> names;
  bool any = false;  ///< one of them is enough
};

struct Method {
  const ast::Method* written = nullptr;
  std::string name, cpp_name;
  bool oneway = false;
  Type result;
  std::vector<Parameter> parameters;
  std::uint32_t id = 0;
  bool hands_over = false;  ///< something in it is an object, a descriptor, a blob, a stream, or of a type of the user's own
  std::uint64_t hash = 0;
  std::vector<const Declaration*> structs;  ///< that travel in it, transitively
  std::vector<Type> throws;
  bool idempotent = false;
  bool in_line = false;  ///< @Inline: runs on the thread that received it
  std::optional<std::int64_t> deadline_ms;
  std::optional<Permission> permission;
  Remarks remarks;
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
  bool implied = false;  ///< the `Tag` of a union: a type to name, which comes with the union
  bool stable = false;  ///< @VintfStability
  Remarks remarks;
  std::vector<std::string> type_parameters;
  std::optional<std::string> cpp_header;  ///< where the user's own type is declared

  // An interface.
  bool serial = false, sensitive = false, idempotent = false, in_line = false;
  std::optional<std::int64_t> deadline_ms, version;

  // A struct or union on the wire.
  Progress laid_out = Progress::untouched;
  bool flat = false;  ///< the same bytes in C++ and on the wire
  std::uint64_t size = 0;
  std::uint64_t align = 1;
  std::vector<const Declaration*> structs;  ///< that an interface's methods use, transitively, each after what it contains
  std::uint64_t fingerprint = 0;
};

/// Something of another file that a file names, and where it first does.
struct Use {
  const Declaration* declaration = nullptr;
  Span span;
};

/// One file and what it declares.
struct Unit {
  ast::File file;
  std::string path;            ///< as found
  std::string relative;        ///< below --base, with forward slashes: what the generated files are named after
  std::filesystem::path root;  ///< the directory `relative` starts from
  bool named = false;          ///< on the command line
  bool ignored = false;        ///< another file has its place
  bool whole = false;          ///< all of it is checked: a named file, and what .idl files consist of
  bool needed = false;         ///< whole, or a needed file uses a type of it: the names in it are resolved
  std::vector<Unit*> imports;
  std::vector<Use> used;     ///< types of other files that C++ has to know whole; one for each file
  std::vector<Use> handles;  ///< interfaces of other files that are only handed around
  std::vector<std::unique_ptr<Declaration>> declarations;
  std::vector<std::unique_ptr<ast::Declaration>> implied;  ///< the `Tag` of each union, which nobody wrote
  std::vector<Constant> constants;
  std::string package, cpp_namespace;

  [[nodiscard]] bool is_aidl() const { return file.dialect == ast::Dialect::aidl; }
};

struct Program {
  std::vector<std::unique_ptr<Unit>> units;
};

}  // namespace shmidl::sema
