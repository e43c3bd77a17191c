#include "installed.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <string>

using namespace shmidl::test;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = SHMIDL_SOURCE_DIR;
const fs::path kHere = kSource / "tests" / "package";

/// A copy of the project `imports` that may be edited.
class Imports {
 public:
  Imports() { fs::copy(kHere / "imports", dir_ / "imports", fs::copy_options::recursive); }
  [[nodiscard]] fs::path source() const { return dir_ / "imports"; }

  /// Makes the imported file newer than all that was made from it.
  void edit_import(const std::string& text = {}) const {
    const fs::path file = source() / "import dir" / "types.idl";
    if (!text.empty()) {
      static_cast<void>(dir_.write("imports/import dir/types.idl", text));
    }
    fs::last_write_time(file, fs::file_time_type::clock::now());
  }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("an installed prefix holds the program, the runtime, its headers and what finds them") {
  for (const char* file :
       {"bin/shmidl", "include/shmidl/shmidl.hpp", "include/shmidl/stub.hpp", "lib/cmake/shmidl/shmidl-config.cmake",
        "lib/cmake/shmidl/shmidl-config-version.cmake", "lib/cmake/shmidl/ShmidlGenerate.cmake", "lib/pkgconfig/shmidl.pc",
        "share/shmidl/ir.schema.json"}) {
    INFO(file);
    CHECK(fs::exists(prefix() / file));
  }
  CHECK((fs::exists(prefix() / "lib/libshmidl.a") || fs::exists(prefix() / "lib/libshmidl.so")));
}

TEST_CASE("nothing that is installed names the source or the build folder") {
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".cmake" || ending == ".pc" || ending == ".hpp") {
      const std::string text = read_file(entry.path());
      INFO(entry.path());
      CHECK(text.find(SHMIDL_BINARY_DIR) == std::string::npos);
      CHECK(text.find(SHMIDL_SOURCE_DIR) == std::string::npos);
    }
  }
}

TEST_CASE("the examples build and run against the installed package") {
  const std::string example = GENERATE("arith", "camera", "files", "cache");
  const Project project(kSource / "idl-examples" / example, "Ninja");
  project.build();
  const std::string printed = run_pair(project / (example + "_server"), project / (example + "_client"), example);
  CHECK_THAT(printed, has_text(example + ": "));
  CHECK_THAT(project.build(), has_text("no work to do"));
}

TEST_CASE("an edited import rebuilds what imports it and nothing else") {
  const std::string generator = GENERATE("Ninja", "Unix Makefiles");
  INFO(generator);
  const Imports imports;
  const Project project(imports.source(), generator);
  project.build();
  CHECK(must(project / "imports", {}) == "42\n");

  const fs::path importing = project / "out dir/importing.shmidl.hpp";
  const fs::path alone = project / "out dir/alone.shmidl.hpp";
  const auto alone_time = fs::last_write_time(alone);
  const std::string second = project.build();
  CHECK_THAT(second, !has_text("shmidl gen"));
  CHECK_THAT(second, !has_text("Building"));

  imports.edit_import("struct Pair {\n    int first;\n    int second;\n    int third;\n};\n");
  const std::string third = project.build();
  CHECK_THAT(third, has_text("shmidl gen importing.idl"));
  CHECK_THAT(third, has_text("shmidl gen types.idl"));
  CHECK_THAT(third, !has_text("shmidl gen alone.idl"));
  CHECK(fs::last_write_time(alone) == alone_time);
  CHECK_THAT(read_file(project / "shmidl/types_ipc/types.shmidl.hpp"), has_text("third"));
  CHECK(must(project / "imports", {}) == "42\n");
}

TEST_CASE("an import that is only touched makes one more run of the compiler, then none") {
  const std::string generator = GENERATE("Ninja", "Unix Makefiles");
  INFO(generator);
  const Imports imports;
  const Project project(imports.source(), generator);
  project.build();
  imports.edit_import();
  CHECK_THAT(project.build(), has_text("shmidl gen importing.idl"));
  CHECK_THAT(project.build(), !has_text("shmidl gen"));
}

TEST_CASE("wrong arguments are configure errors that name themselves") {
  const auto error = [](const std::string& call) { return configure_error(kHere / "arguments", {"-DCALL=" + call}); };
  CHECK_THAT(error("IDLS some.idl"), has_text("shmidl_generate: TARGET is missing"));
  CHECK_THAT(error("TARGET x"), has_text("shmidl_generate: IDLS is missing"));
  CHECK_THAT(error("TARGET x IDLS"), has_text("shmidl_generate: no value after: IDLS"));
  CHECK_THAT(error("TARGET x FILES some.idl IDLS some.idl"), has_text("shmidl_generate: unknown arguments: FILES some.idl"));
  CHECK_THAT(error("TARGET x IDLS none.idl"), has_text("none.idl, which does not exist"));
  CHECK_THAT(error("TARGET x IDLS some.txt"), has_text("some.txt, which ends neither in .idl nor in .aidl"));
  CHECK_THAT(error("TARGET x IDLS some.idl MODE SOMETIMES"), has_text("MODE is SOMETIMES: there is BUILD"));
  CHECK_THAT(error("TARGET x IDLS some.idl BASE_DIR sub"), has_text("is not below BASE_DIR"));
  CHECK_THAT(error("TARGET x IDLS some.idl some.idl"), has_text("some.idl is named twice"));
  CHECK_THAT(configure_error(kHere / "arguments", {"-DCALL=TARGET x IDLS some.idl", "-DSHMIDL_COMPILER=/nowhere/shmidl"}),
             has_text("SHMIDL_COMPILER is /nowhere/shmidl, which does not exist"));
}

TEST_CASE("the textbook's block and ten lines compile without a warning and run") {
  const std::string cxx = GENERATE("g++", "clang++");
  INFO(cxx);
  const TempDir dir;
  dir.write("arith.idl", "interface {\n    int func1(int arg1);\n    int func2(int arg1, int arg2);\n};\n");
  must(prefix() / "bin/shmidl", {"gen", "arith.idl", "-o", "out"}, {{}, dir.path()});

  const std::string pc = "PKG_CONFIG_PATH='" + (prefix() / "lib/pkgconfig").string() + "' pkg-config ";
  const auto compile = [&](const std::string& program) {
    must("sh",
         {"-c", "eval " + cxx + " -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iout '" +
                    (kHere / "ten_lines" / (program + ".cpp")).string() + "' out/arith.shmidl.cpp $(" + pc + "--cflags --libs shmidl) -o " +
                    program},
         {{}, dir.path()});
  };
  compile("server");
  compile("client");
  CHECK(run_pair(dir / "server", dir / "client", "arith") == "5\n");
}
