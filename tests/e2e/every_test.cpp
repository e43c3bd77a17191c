// Each data type of each good file goes through a real call and comes back equal. What is not declared twice is one program:
// the files of the language are, and the many small ones of the catalogue are put together as far as their names allow.
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <sstream>

using shmidl::test::Finished;
using shmidl::test::TempDir;
namespace fs = std::filesystem;

namespace {

const fs::path kGood = EVERY_GOOD;

struct DataType {
  std::string name;  // as another interface file writes it
  std::string cpp_name;
};

struct Source {
  std::string file;  // below kGood
  std::set<std::string> names;  // what it declares at the top
  std::vector<DataType> types;
};

Finished shmidl(std::vector<std::string> arguments) {
  return shmidl::test::run(SHMIDL_COMPILER, arguments, {.env = {}, .working_dir = kGood}, std::chrono::seconds(60));
}

/// What a program printed that must end well.
std::string succeed(const Finished& finished) {
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  return finished.out;
}

void collect(const nlohmann::json& declaration, std::vector<DataType>& types) {
  const std::string kind = declaration.at("kind");
  // Arguments of a generic are up to who uses it, and a type of the user's own has no parts that we know of.
  if (declaration.contains("type_parameters") && !declaration.at("type_parameters").empty()) return;
  if (kind == "struct" || kind == "union") types.push_back({declaration.at("qualified"), declaration.at("cpp_qualified")});
  if (declaration.contains("nested"))
    for (const auto& nested : declaration.at("nested")) collect(nested, types);
}

Source read(const std::string& file) {
  const std::string ir = succeed(shmidl({"ir", file}));
  const nlohmann::json model = nlohmann::json::parse(ir);
  Source source{file, {}, {}};
  for (const auto& declaration : model.at("declarations")) {
    source.names.insert(declaration.at("cpp_qualified"));
    collect(declaration, source.types);
  }
  for (const auto& constant : model.at("constants")) source.names.insert(std::string(model.at("cpp_namespace")) + "::" + std::string(constant.at("cpp_name")));
  return source;
}

std::vector<std::string> good_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(kGood))
    if (const std::string ending = entry.path().extension(); ending == ".idl" || ending == ".aidl")
      files.push_back(fs::relative(entry.path(), kGood).generic_string());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_snippet(const std::string& file) { return file[0] == 'E' || file[0] == 'W'; }

std::string import_of(const std::string& file) {
  return "import \"" + file + "\";\n";
}

/// Generates, compiles and runs one program for these files; `others` are those that they import.
void go_through(const std::vector<Source>& sources, const std::vector<std::string>& others = {}) {
  const TempDir work;
  std::string imports;
  std::string methods;
  std::string handlers;
  std::string calls;
  std::size_t count = 0;
  std::vector<std::string> gen = {"gen", "--base", ".", "-I", work.string(), "-o", (work / "out").string()};
  gen.insert(gen.end(), others.begin(), others.end());
  for (const Source& source : sources) {
    imports += import_of(source.file);
    gen.push_back(source.file);
    for (const DataType& type : source.types) {
      const std::string method = "m" + std::to_string(count++);
      methods += "    " + type.name + " " + method + "(" + type.name + " value);\n";
      handlers += "  " + type.cpp_name + " " + method + "(const shmidl::stub::ViewOf<" + type.cpp_name + ">& value) override {\n    return shmidl::stub::Wire<" +
                  type.cpp_name + ">::own(value);\n  }\n";
      calls += "  each(\"" + type.name + "\", std::type_identity<" + type.cpp_name + ">(), [&](const " + type.cpp_name + "& value) { return every." + method + "(value); });\n";
    }
  }
  if (count == 0) return;
  work.write("every.idl", "package every;\n" + imports + "interface Every {\n" + methods + "};\n");
  succeed(shmidl(gen));
  succeed(shmidl({"gen", "-I", ".", "--base", work.string(), "-o", (work / "out").string(), (work / "every.idl").string()}));

  std::string unit;
  for (const auto& entry : fs::recursive_directory_iterator(work / "out"))
    if (entry.path().extension() == ".cpp") unit += "#include \"" + fs::relative(entry.path(), work / "out").generic_string() + "\"\n";
  work.write("out/every_calls.hpp", "#pragma once\n#include \"fill.hpp\"\n" + unit + "struct Impl final : every::Every {\n" + handlers +
                                        "};\ntemplate <class F>\nvoid call_each(every::Every::Client& every, F&& each) {\n" + calls + "}\n");
  succeed(shmidl::test::run(
      EVERY_CXX, {"-std=c++20", "-O0", "-w", "-I", EVERY_DRIVER, "-I", EVERY_INCLUDE, "-I", (work / "out").string(), std::string(EVERY_DRIVER) + "/main.cpp", EVERY_RUNTIME, "-lpthread",
            "-o", (work / "every").string()},
      {}, std::chrono::seconds(300)));
  const e2e::Services services;
  const Finished ran = shmidl::test::run(work / "every", {}, {}, std::chrono::seconds(60));
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK(ran.out == std::to_string(count) + " types\n");
}

}  // namespace

TEST_CASE("each data type of the language's files comes back from a call") {
  std::vector<Source> sources;
  for (const std::string& file : good_files())
    if (!is_snippet(file)) sources.push_back(read(file));
  CHECK(sources.size() > 30);
  go_through(sources);
}

TEST_CASE("each data type of the catalogue's files comes back from a call") {
  std::vector<std::vector<Source>> programs;
  for (const std::string& file : good_files()) {
    if (!is_snippet(file)) continue;
    Source source = read(file);
    const auto apart = [&](const std::vector<Source>& program) {
      return std::none_of(program.begin(), program.end(), [&](const Source& other) {
        return std::any_of(source.names.begin(), source.names.end(), [&](const std::string& name) { return other.names.contains(name); });
      });
    };
    auto program = std::find_if(programs.begin(), programs.end(), apart);
    if (program == programs.end()) program = programs.insert(programs.end(), std::vector<Source>{});
    program->push_back(std::move(source));
  }
  std::vector<std::string> imported;
  for (const std::string& file : good_files())
    if (file.starts_with("demo/") || file.starts_with("shared/")) imported.push_back(file);
  for (const std::vector<Source>& program : programs) go_through(program, imported);
}
