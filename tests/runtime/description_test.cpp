// What two sides with different definitions find out about each other; invariant I8.
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "rpc/description.hpp"
#include "rpc/method_map.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::rpc;
using shmidl::test::has_text;

namespace {

/// The tables of one interface, which a test changes before it takes them.
struct Tables {
  struct Struct {
    std::string name;
    std::uint32_t size;
    std::uint32_t align;
    bool flat;
    std::vector<std::pair<std::string, std::string>> fields;  // name, type
    stub::StructKind kind = stub::StructKind::structure;
    bool frozen = false;
  };
  struct Method {
    std::uint32_t id;
    std::string name;
    std::string signature;
    bool oneway;
    std::vector<std::uint16_t> structs;
  };

  std::string name = "fs.File";
  std::vector<Struct> structs{{"fs.Stat", 16, 8, true, {{"size", "uint64"}, {"directory", "bool"}}, {}, false},
                              {"fs.Panel", 24, 8, true, {{"stat", "fs.Stat"}, {"on", "bool"}}, {}, false},
                              {"fs.Entry", 16, 4, false, {{"name", "string"}, {"stat", "fs.Stat"}}, {}, false}};
  std::vector<Method> methods{{0, "write", "int64 write(int32 fd, uint8[] buf)", false, {}},
                              {1, "stat", "fs.Stat stat(int32 fd)", false, {0}},
                              {7, "find", "fs.Entry find(string path)", false, {2, 0}},
                              {8, "show", "void show(fs.Panel[] panels)", false, {1, 0}},
                              {9, "log", "oneway void log(string line)", true, {}}};

  /// Lifetime: that of this object, which must not change after.
  const stub::Interface& interface() {
    for (const Struct& type : structs) {
      auto& fields = fields_.emplace_back();
      std::string chain;
      for (const auto& [field, of_type] : type.fields) {
        chain += of_type + " " + field + ";";
        fields.push_back({field, of_type, std::hash<std::string>{}(chain)});
      }
      structs_.push_back({type.name, type.size, type.align, type.flat, fields, type.kind, type.frozen});
    }
    for (const Method& method : methods) {
      methods_.push_back({method.id, method.name, method.signature, std::hash<std::string>{}(method.signature), method.oneway, method.structs});
    }
    return made_.emplace_back(stub::Interface{name, 0x1234'5678'9abc'def0, methods_, structs_, nullptr});
  }

 private:
  std::deque<std::vector<stub::FieldInfo>> fields_;
  std::vector<stub::StructInfo> structs_;
  std::vector<stub::MethodInfo> methods_;
  std::deque<stub::Interface> made_;
};

Description description_of(const stub::Interface& interface) { return parse_description(describe(interface)).value(); }

/// How the client `mine` sees the server `theirs`.
MethodMap compare(Tables& mine, Tables& theirs) { return MethodMap::compare(mine.interface(), description_of(theirs.interface())); }

/// The numbers of the methods, in order.
void check_numbers(const MethodMap& map, const std::vector<std::uint16_t>& numbers) {
  for (std::uint32_t i = 0; i < numbers.size(); ++i) {
    const auto found = map.find(i);
    REQUIRE(found);
    CHECK(*found == numbers[i]);
  }
}

std::string problem(const MethodMap& map, std::uint32_t method, Errc errc) {
  const auto found = map.find(method);
  if (found) return "no problem";
  CHECK(found.error().errc() == errc);
  CHECK(found.error().execution() == Execution::no);
  return found.error().what();
}

constexpr std::uint32_t kWrite = 0, kStat = 1, kFind = 2, kShow = 3, kLog = 4;

}  // namespace

// ── descriptions ──────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a description holds all that the tables say") {
  Tables tables;
  tables.structs[0].frozen = true;
  tables.structs[2].kind = stub::StructKind::tagged_union;
  const auto& interface = tables.interface();
  const Description read = description_of(interface);
  CHECK(read.name == interface.name);
  CHECK(read.fingerprint == interface.fingerprint);
  REQUIRE(read.structs.size() == interface.structs.size());
  for (std::size_t i = 0; i < read.structs.size(); ++i) {
    const auto& type = interface.structs[i];
    CHECK(read.structs[i].name == type.name);
    CHECK(read.structs[i].size == type.size);
    CHECK(read.structs[i].align == type.align);
    CHECK(read.structs[i].flat == type.flat);
    CHECK(read.structs[i].kind == type.kind);
    CHECK(read.structs[i].frozen == type.frozen);
    REQUIRE(read.structs[i].fields.size() == type.fields.size());
    for (std::size_t f = 0; f < type.fields.size(); ++f) {
      CHECK(read.structs[i].fields[f].name == type.fields[f].name);
      CHECK(read.structs[i].fields[f].type == type.fields[f].type);
      CHECK(read.structs[i].fields[f].prefix_hash == type.fields[f].prefix_hash);
    }
  }
  REQUIRE(read.methods.size() == interface.methods.size());
  for (std::size_t i = 0; i < read.methods.size(); ++i) {
    const auto& method = interface.methods[i];
    CHECK(read.methods[i].id == method.id);
    CHECK(read.methods[i].name == method.name);
    CHECK(read.methods[i].signature == method.signature);
    CHECK(read.methods[i].hash == method.hash);
    CHECK(read.methods[i].oneway == method.oneway);
  }
}

TEST_CASE("a description travels in a sealed memfd") {
  Tables tables;
  const auto& interface = tables.interface();
  const auto shared = share_description(interface);
  REQUIRE(shared);
  const auto read = read_description(shared->descriptor, shared->bytes);
  REQUIRE(read);
  CHECK(read->methods.size() == interface.methods.size());
  for (const std::uint64_t bytes : {std::uint64_t{0}, shared->bytes - 1, shared->bytes + 1, std::uint64_t{kMaxDescriptionBytes} + 1, ~std::uint64_t{0}}) {
    const auto wrong = read_description(shared->descriptor, bytes);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().errc() == Errc::protocol_error);
  }
}

TEST_CASE("an interface with nothing in it has a description") {
  const stub::Interface empty{"Empty", 1, {}, {}, nullptr};
  const Description read = description_of(empty);
  CHECK(read.name == "Empty");
  CHECK(read.methods.empty());
}

TEST_CASE("a line of a later version is skipped") {
  const auto read = parse_description("interface\tfs.File\t1\nstream\tx\t\t\n\nmethod\t3\tf\tab\t0\tvoid f()\tmore\n");
  REQUIRE(read);
  CHECK(read->methods.at(0).hash == 0xab);
}

TEST_CASE("a line that makes no sense is named by its number") {
  const std::string good = "interface\tfs.File\t1\n";
  for (const char* line : {"method\tx\tf\t1\t0\ts", "method\t1\tf\tzz\t0\ts", "method\t1\tf\t1\t\ts", "method", "method\t-1\tf\t1\t0\ts",
                           "method\t4294967296\tf\t1\t0\ts", "struct\tfs.Stat\t\t8\t1", "struct\tfs.Stat", "field\tsize\tuint64\t1", "interface\tx\t12g",
                           "interface\tx\t10000000000000000"}) {
    const auto read = parse_description(good + line);
    REQUIRE_FALSE(read);
    CHECK(read.error().errc() == Errc::protocol_error);
    CHECK_THAT(read.error().what(), has_text("line 2"));
  }
}

TEST_CASE("no text at all and any garbage are read without harm") {
  CHECK(parse_description(""));
  Tables tables;
  const auto& interface = tables.interface();
  const std::string good = describe(interface);
  for (std::size_t end = 0; end < good.size(); ++end) {
    if (const auto read = parse_description(std::string_view(good).substr(0, end))) static_cast<void>(MethodMap::compare(interface, *read));
  }
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  std::size_t read_well = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (std::size_t times = 1 + below(8); times-- > 0;) {
      switch (below(4)) {
        case 0: text[below(text.size())] = static_cast<char>(below(256)); break;
        case 1: text[below(text.size())] = "\t\n\0 0f"[below(6)]; break;
        case 2: text.erase(below(text.size()), below(40)); break;
        default: text.insert(below(text.size()), text.substr(below(text.size()), below(40))); break;
      }
      if (text.empty()) text = "\n";
    }
    const auto read = parse_description(text);
    if (!read) continue;
    ++read_well;
    const MethodMap map = MethodMap::compare(interface, *read);
    for (std::uint32_t method = 0; method < interface.methods.size(); ++method) static_cast<void>(map.find(method));
  }
  CHECK(read_well > 0);
}

// ── methods ───────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("with one definition every method has its own number") {
  Tables mine;
  check_numbers(MethodMap::same(mine.interface()), {0, 1, 2, 3, 4});
  Tables theirs;
  Tables again;
  check_numbers(compare(again, theirs), {0, 1, 2, 3, 4});
}

TEST_CASE("methods are matched by id, not by name or place") {
  Tables mine;
  Tables theirs;
  std::swap(theirs.methods.front(), theirs.methods.back());
  theirs.methods[1].name = "renamed";
  check_numbers(compare(mine, theirs), {4, 1, 2, 3, 0});
}

TEST_CASE("a method that only the server has changes nothing") {
  Tables mine;
  Tables theirs;
  theirs.methods.insert(theirs.methods.begin(), {99, "later", "void later()", false, {}});
  check_numbers(compare(mine, theirs), {1, 2, 3, 4, 5});
}

TEST_CASE("a method that the server lacks is unknown, by name; the others work") {
  Tables mine;
  Tables theirs;
  theirs.methods.erase(theirs.methods.begin() + kFind);
  const MethodMap map = compare(mine, theirs);
  CHECK_THAT(problem(map, kFind, Errc::unknown_method), has_text("`fs.File.find`"));
  CHECK(*map.find(kShow) == 2);
  CHECK(*map.find(kLog) == 3);
}

TEST_CASE("a changed signature is told with both texts") {
  Tables mine;
  Tables theirs;
  theirs.methods[kWrite].signature = "int32 write(int32 fd, uint8[] buf)";
  const MethodMap map = compare(mine, theirs);
  const std::string text = problem(map, kWrite, Errc::schema_mismatch);
  CHECK_THAT(text, has_text("`fs.File.write`"));
  CHECK_THAT(text, has_text("`int64 write(int32 fd, uint8[] buf)` in this client"));
  CHECK_THAT(text, has_text("`int32 write(int32 fd, uint8[] buf)` in the server"));
  CHECK(map.find(kStat));
}

TEST_CASE("a method that is oneway on one side only is another method") {
  Tables mine;
  Tables theirs;
  theirs.methods[kLog].oneway = false;
  CHECK_THAT(problem(compare(mine, theirs), kLog, Errc::schema_mismatch), has_text("`fs.File.log`"));
}

TEST_CASE("a struct that grew at its end is compatible in both directions") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    newer.structs[2].fields.emplace_back("tags", "string[]");
    newer.structs[2].size = 24;
    check_numbers(client_is_newer ? compare(newer, older) : compare(older, newer), {0, 1, 2, 3, 4});
  }
}

TEST_CASE("a changed field of a struct is named, with both texts, on the methods that use it alone") {
  Tables mine;
  Tables theirs;
  theirs.structs[2].fields[0] = {"title", "string"};
  const MethodMap map = compare(mine, theirs);
  const std::string text = problem(map, kFind, Errc::schema_mismatch);
  CHECK_THAT(text, has_text("`fs.File.find`"));
  CHECK_THAT(text, has_text("field 1 of `fs.Entry`"));
  CHECK_THAT(text, has_text("`string name` in this client"));
  CHECK_THAT(text, has_text("`string title` in the server"));
  for (const auto other : {kWrite, kStat, kShow, kLog}) CHECK(map.find(other));
}

TEST_CASE("a field put between others is a change") {
  Tables mine;
  Tables theirs;
  theirs.structs[2].fields.insert(theirs.structs[2].fields.begin() + 1, {"size", "uint64"});
  CHECK_THAT(problem(compare(mine, theirs), kFind, Errc::schema_mismatch), has_text("field 2 of `fs.Entry`"));
}

TEST_CASE("a struct that only one side throws keeps no method apart") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    older.structs.erase(older.structs.begin() + 2);
    older.methods[kFind].structs.clear();  // equal hashes: it is in no parameter
    const MethodMap map = client_is_newer ? compare(newer, older) : compare(older, newer);
    CHECK(map.find(kFind));
  }
}

TEST_CASE("a flat struct grows alone, but not inside another flat struct, whose fields would move") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    newer.structs[0].fields.emplace_back("mtime", "double");
    newer.structs[0].size = 24;
    const MethodMap map = client_is_newer ? compare(newer, older) : compare(older, newer);
    CHECK(map.find(kStat));
    CHECK(map.find(kFind));
    CHECK_THAT(problem(map, kShow, Errc::schema_mismatch), has_text("`fs.Stat`, which stands inside `fs.Panel`"));
  }
}

TEST_CASE("a struct of numbers may gain a string, in both directions") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    older.methods[kShow].structs = newer.methods[kShow].structs = {0};  // without the panel that holds it inside
    newer.structs[0].fields.emplace_back("owner", "string");
    newer.structs[0].flat = false;
    newer.structs[0].size = 20;
    const MethodMap map = client_is_newer ? compare(newer, older) : compare(older, newer);
    CHECK(map.find(kStat));
    CHECK(map.find(kFind));
    CHECK(map.find(kShow));
  }
}

TEST_CASE("a struct may gain a field of a type that the other side does not know") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    newer.structs.push_back({"fs.Owner", 8, 4, false, {{"name", "string"}}, {}, false});
    newer.structs[2].fields.emplace_back("owner", "fs.Owner");
    newer.methods[kFind].structs.push_back(3);
    const MethodMap map = client_is_newer ? compare(newer, older) : compare(older, newer);
    CHECK(map.find(kFind));
  }
}

TEST_CASE("a @FixedSize struct that grew is refused, and told") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    older.structs[0].frozen = newer.structs[0].frozen = true;
    newer.structs[0].fields.emplace_back("mtime", "double");
    const MethodMap map = client_is_newer ? compare(newer, older) : compare(older, newer);
    CHECK_THAT(problem(map, kStat, Errc::schema_mismatch), has_text("`fs.Stat` is @FixedSize and cannot grow"));
    CHECK(map.find(kWrite));
  }
}

TEST_CASE("a union gains members at its end; a changed one is named") {
  Tables mine;
  Tables theirs;
  mine.structs[2].kind = theirs.structs[2].kind = stub::StructKind::tagged_union;
  theirs.structs[2].fields.emplace_back("number", "int32");
  CHECK(compare(mine, theirs).find(kFind));
  Tables changed;
  changed.structs[2].kind = stub::StructKind::tagged_union;
  changed.structs[2].fields[1] = {"stat", "int32"};
  Tables again;
  again.structs[2].kind = stub::StructKind::tagged_union;
  CHECK_THAT(problem(compare(again, changed), kFind, Errc::schema_mismatch), has_text("member 2 of `fs.Entry`"));
}

TEST_CASE("a union is not a struct") {
  Tables mine;
  Tables theirs;
  theirs.structs[2].kind = stub::StructKind::tagged_union;
  CHECK_THAT(problem(compare(mine, theirs), kFind, Errc::schema_mismatch), has_text("`fs.Entry` is a struct in this client and a union in the server"));
}

TEST_CASE("a description from before there were unions is read") {
  const auto read = parse_description("interface\tfs.File\t1\nstruct\tfs.Stat\t16\t8\t1\n");
  REQUIRE(read);
  CHECK(read->structs.at(0).kind == stub::StructKind::structure);
  CHECK_FALSE(read->structs.at(0).frozen);
}

TEST_CASE("a struct that is flat on one side only stands in frames in another way") {
  for (const bool client_is_newer : {true, false}) {
    Tables older;
    Tables newer;
    newer.structs[1].fields.emplace_back("title", "string");
    newer.structs[1].flat = false;
    const MethodMap map = client_is_newer ? compare(newer, older) : compare(older, newer);
    CHECK_THAT(problem(map, kShow, Errc::schema_mismatch), has_text("`fs.Panel` holds strings"));
  }
}
