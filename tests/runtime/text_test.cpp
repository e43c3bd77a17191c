// What to_string of generated types says; and that the headers stand beside <complex.h>.
#include <complex.h>

#ifndef I
#define I (1.0i)  // as <complex.h> of C has it
#endif

#include <limits>

#include "support/catch.hpp"
#include "till.hpp"

using shmidl::stub::Text;

namespace {

template <class T>
std::string shown(const T& value) {
  return Text("T").field("x", value).take();
}

}  // namespace

TEST_CASE("numbers, enumerators and flags are shown as they are written") {
  CHECK(Text("Nothing").take() == "Nothing{}");
  CHECK(shown(std::int8_t{-128}) == "T{x=-128}");
  CHECK(shown(std::uint8_t{65}) == "T{x=65}");
  CHECK(shown(std::numeric_limits<std::uint64_t>::max()) == "T{x=18446744073709551615}");
  CHECK(shown(0.5f) == "T{x=0.5}");
  CHECK(shown(-1e300) == "T{x=-1e+300}");
  CHECK(shown(true) == "T{x=true}");
  CHECK(shown(u'a') == "T{x=97}");
  CHECK(shown(static_cast<wire::Mode>(12)) == "T{x=12}");
  CHECK(Text::number(wire::Mode::WRITE) == "4");
}

TEST_CASE("text is quoted, and what does not print is escaped") {
  CHECK(shown(std::string("a\"b\\c\n\t\x01\x7f\xc3\xa4")) == "T{x=\"a\\\"b\\\\c\\n\\t\\x01\\x7f\xc3\xa4\"}");
}

TEST_CASE("arrays are shown to the sixteenth element, then counted") {
  CHECK(shown(std::vector<std::string>{"a", ""}) == R"(T{x=["a", ""]})");
  CHECK(shown(shmidl::Array<bool>{true, false}) == "T{x=[true, false]}");
  CHECK(shown(std::array<std::array<int, 2>, 2>{{{1, 2}, {3, 4}}}) == "T{x=[[1, 2], [3, 4]]}");
  CHECK(shown(shmidl::Array<std::int32_t>(1000)) == "T{x=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ... 984 more]}");
}

TEST_CASE("structs are shown inside each other, and absent things as null") {
  CHECK(shown(std::vector<till::Empty>{till::Empty{1}}) == "T{x=[Empty{left=1}]}");
  CHECK(shown(std::optional<till::Empty>{till::Empty{2}}) == "T{x=Empty{left=2}}");
  CHECK(shown(std::optional<till::Empty>{}) == "T{x=null}");
  CHECK(shown(shmidl::Box<till::Empty>{}) == "T{x=null}");
  CHECK(shown(shmidl::Box<till::Empty>{till::Empty{3}}) == "T{x=Empty{left=3}}");
  CHECK(shown(std::shared_ptr<shmidl::Object>{}) == "T{x=null}");
  CHECK(shown(shmidl::Fd{}) == "T{x=null}");
  CHECK(shown(till::Money{}) == "T{x=...}");
  shmidl::Holder holder;
  CHECK(shown(holder) == "T{x=null}");
  holder.set(till::Empty{4});
  CHECK(shown(holder) == "T{x=till.Empty}");
}
