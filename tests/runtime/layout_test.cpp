// The byte map that runtime/LAYOUT.md tells, and the same map for a process of 32 bits; invariant I2.
#include <string>
#include <type_traits>

#include "layout_facts.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

using namespace facts;
using shmidl::test::Finished;
using shmidl::test::run;

// The table of LAYOUT.md, "Two segments".
static_assert(offsetof(Control, head) == 0 && sizeof(Control::head) == 64);
static_assert(offsetof(Control, lanes_used) == 64);
static_assert(offsetof(Control, bell) == 128);
static_assert(offsetof(Control, waiting) == 192 && offsetof(Control, core) == 196 && offsetof(Control, serving) == 200);
static_assert(offsetof(Control, taken) == 256);
static_assert(offsetof(Control, room_wanted) == 320);
static_assert(offsetof(Control, lane_waiting) == 384 && sizeof(Control::lane_waiting) == 256);
static_assert(offsetof(Control, started) == 640 && sizeof(Control::started) == 256);
static_assert(offsetof(Control, released) == 896 && sizeof(Control::released) == 1024);
static_assert(offsetof(Control, extension) == 1920 && sizeof(Control::extension) == 2048);
static_assert(offsetof(Extension, depth) == 4 && offsetof(Extension, time_left) == 8 && offsetof(Extension, call) == 16);
static_assert(offsetof(Segment, control) == 0);
static_assert(offsetof(Segment, requests) == 4096 && sizeof(Segment::requests) == 4096);
static_assert(offsetof(Segment, replies) == 8192 && sizeof(Segment::replies) == 4096);
static_assert(offsetof(Segment, ring) == 12288 && sizeof(Segment::ring) == 4096);
static_assert(offsetof(Segment, arena) == 16384 && sizeof(Segment::arena) == 8192);
static_assert(sizeof(Segment) == 24 * 1024);

// "Cell"; offsets of the body begin behind the sequence.
static_assert(offsetof(Cell, sequence) == 0 && offsetof(Cell, body) == 4);
static_assert(offsetof(CellBody, method_or_status) + 4 == 4);
static_assert(offsetof(CellBody, flags) + 4 == 6);
static_assert(offsetof(CellBody, descriptors) + 4 == 7);
static_assert(offsetof(CellBody, content_bytes) + 4 == 8);
static_assert(offsetof(CellBody, after_or_slot) + 4 == 12);
static_assert(offsetof(CellBody, content) + 4 == 16 && sizeof(CellBody::content) == 48);
static_assert(shmidl::stub::kInlineBytes == shmidl::shm::kInlineBytes);
static_assert(shmidl::stub::kMaxExternals + shmidl::stub::kMaxAttachments == shmidl::shm::kMaxDescriptors);

// No pointer, no padding that nobody writes: what crosses is plain bytes.
static_assert(std::has_unique_object_representations_v<CellBody>);
static_assert(std::has_unique_object_representations_v<Descriptor>);
static_assert(std::has_unique_object_representations_v<Ref>);
static_assert(std::has_unique_object_representations_v<ArrayHeader>);
static_assert(std::has_unique_object_representations_v<Hello>);
static_assert(std::has_unique_object_representations_v<Welcome>);
static_assert(std::has_unique_object_representations_v<Refuse>);
static_assert(std::has_unique_object_representations_v<RegionMessage>);
static_assert(std::has_unique_object_representations_v<Extension>);
static_assert(std::has_unique_object_representations_v<ObjectMessage>);
static_assert(std::has_unique_object_representations_v<DropObjectMessage>);

namespace {

constexpr const char* kCompiler = "i686-linux-gnu-g++";

/// A program that compiles only where all facts are as they are here.
std::string program_of_facts() {
  std::string text = "#include \"layout_facts.hpp\"\nusing namespace facts;\nstatic_assert(sizeof(void*) == 4, \"this is not a compiler for 32 bits\");\n";
#define SHMIDL_FACT(expression) text += "static_assert((" #expression ") == " + std::to_string(expression) + "u);\n";
  SHMIDL_LAYOUT_FACTS(SHMIDL_FACT)
#undef SHMIDL_FACT
  return text;
}

Finished compile(const std::string& text) {
  const shmidl::test::TempDir dir;
  const auto file = dir.write("facts.cpp", text);
  return run("/usr/bin/env", {kCompiler, "-std=c++20", "-fsyntax-only", "-Wno-invalid-offsetof", "-I", SHMIDL_RUNTIME_FOLDER "/include", "-I",
                              SHMIDL_RUNTIME_FOLDER "/src", "-I", SHMIDL_TEST_FOLDER, file.string()},
             {}, shmidl::test::Process::Duration(60'000));
}

}  // namespace

TEST_CASE("a process of 32 bits has the same byte map, the same layout number and the same flat structs") {
  const Finished version = run("/usr/bin/env", {kCompiler, "--version"});
  INFO(kCompiler << " is needed: apt-get install g++-i686-linux-gnu\n" << version.err);
  REQUIRE(version.code == 0);
  const Finished compiled = compile(program_of_facts());
  INFO(compiled.err);
  CHECK(compiled.code == 0);
}

TEST_CASE("a fact that differs is noticed") {
  std::string text = program_of_facts();
  text += "static_assert(sizeof(std::size_t) == " + std::to_string(sizeof(std::size_t)) + "u);\n";
  CHECK(compile(text).code != 0);
}
