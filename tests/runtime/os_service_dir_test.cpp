#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "os/service_dir.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using os::ServiceDir;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::string place_of(std::string_view address) {
  const Result<os::Place> place = os::parse_place(address);
  return place ? place->dir + "|" + place->name : told(place);
}

}  // namespace

TEST_CASE("names have 1 to 64 of their letters and do not start with a dot") {
  for (const char* name : {"a", "arith", "A-Z_0.9", "-", "_", "a.b.c", "x..y"}) {
    CHECK(os::valid_name(name));
    CHECK(os::check_name(name));
  }
  CHECK(os::valid_name(std::string(64, 'x')));
  for (const char* name : {"", ".", "..", ".x", "a/b", "a b", "a:b", "\xc3\xa4", "a\n"}) {
    CHECK(!os::valid_name(name));
    CHECK(tells(told(os::check_name(name)), Errc::bad_address));
  }
  CHECK(!os::valid_name(std::string(65, 'x')));
  CHECK(!os::valid_name(std::string_view{"a\0b", 3}));
}

TEST_CASE("an address is a name or a path that ends in .sock") {
  CHECK(place_of("arith") == "|arith");
  CHECK(place_of("shm:arith") == "|arith");
  CHECK(place_of("shm:/path/to/arith.sock") == "/path/to|arith");
  CHECK(place_of("/arith.sock") == "/|arith");
  CHECK(place_of("/a:b/arith.sock") == "/a:b|arith");
  CHECK(place_of("inproc:arith") == "|arith");
  CHECK(os::parse_place("inproc:arith")->in_process);
  CHECK_FALSE(os::parse_place("arith")->in_process);
  for (const char* address : {"", "shm:", "shm:.x", "shm:/path/arith", "shm:path/arith.sock", "./arith.sock", "/path/.sock",
                              "grpc://host/x", "inproc:", "inproc:/path/x.sock", "inproc:.x", "shm:shm:x", "/path/"}) {
    CHECK(tells(place_of(address), Errc::bad_address));
  }
}

TEST_CASE("the default directory is chosen by the environment") {
  const Environment own{"SHMIDL_DIR", "/a/b"};
  const Environment runtime{"XDG_RUNTIME_DIR", "/run/user/7"};
  CHECK(ServiceDir::default_path() == "/a/b");
  const Environment no_own{"SHMIDL_DIR", ""};
  CHECK(ServiceDir::default_path() == "/run/user/7/shmidl");
  const Environment no_runtime{"XDG_RUNTIME_DIR", nullptr};
  const uid_t self = ::geteuid();
  CHECK(ServiceDir::default_path() == (self == 0 ? "/run/shmidl" : "/tmp/shmidl-" + std::to_string(self)));
}

TEST_CASE("serving creates the last component of the default directory, for its owner alone") {
  const TempDir dir;
  const std::string path = dir / "services";
  const Environment own{"SHMIDL_DIR", path.c_str()};
  CHECK(tells(told(ServiceDir::for_connecting()), Errc::not_found));
  const ServiceDir services = ServiceDir::for_serving().value();
  CHECK(services.path() == path);
  CHECK(services.path_of("x.sock") == path + "/x.sock");
  CHECK(mode_of(path) == 0700);
  CHECK(!services.is_shared());
  CHECK(ServiceDir::for_serving());
  CHECK(ServiceDir::for_connecting());

  const std::string deep = dir / "no/such/services";
  const Environment missing{"SHMIDL_DIR", deep.c_str()};
  const std::string text = told(ServiceDir::for_serving());
  CHECK(tells(text, Errc::not_found));
  CHECK_THAT(text, has_text(deep));
  CHECK(!std::filesystem::exists(dir / "no"));
}

TEST_CASE("what is not a directory is refused") {
  const TempDir dir;
  const std::string path = dir.write("file", "x");
  const Environment own{"SHMIDL_DIR", path.c_str()};
  CHECK(tells(told(ServiceDir::for_serving()), Errc::permission_denied));
  CHECK(tells(told(ServiceDir::for_path(path)), Errc::permission_denied));
}

TEST_CASE("a link that the user named is followed, and what was opened is what is checked") {
  const TempDir dir;
  std::filesystem::create_directory(dir / "real");
  std::filesystem::create_symlink(dir / "real", dir / "link");
  CHECK(ServiceDir::for_path(dir / "link"));
}

TEST_CASE("a directory that others can write to is refused unless it is sticky") {
  const TempDir dir;
  for (mode_t mode : {0770U, 0702U, 0777U, 0720U}) {
    REQUIRE(::chmod(dir.string().c_str(), mode) == 0);
    const std::string text = told(ServiceDir::for_path(dir.string()));
    CHECK(tells(text, Errc::permission_denied));
    CHECK_THAT(text, has_text(dir.string()) && has_text("chmod"));
    REQUIRE(::chmod(dir.string().c_str(), mode | S_ISVTX) == 0);
    CHECK(ServiceDir::for_path(dir.string()).value().is_shared());
  }
  REQUIRE(::chmod(dir.string().c_str(), 0755) == 0);
  CHECK(!ServiceDir::for_path(dir.string()).value().is_shared());
}

TEST_CASE("a directory of another user is refused unless that user is expected") {
  if (!can_change_user()) {
    return;
  }
  const TempDir dir;
  REQUIRE(::chown(dir.string().c_str(), kNobody, kNobody) == 0);
  const std::string text = told(ServiceDir::for_path(dir.string()));
  CHECK(tells(text, Errc::permission_denied));
  CHECK_THAT(text, has_text(dir.string()) && has_text("owner 65534, mode 0700") && has_text("expect_uid"));
  CHECK(ServiceDir::for_path(dir.string(), kNobody));
  CHECK(tells(told(ServiceDir::for_path(dir.string(), kNobody - 1)), Errc::permission_denied));
}

TEST_CASE("a directory of root is taken by everybody") {
  if (!can_change_user()) {
    return;
  }
  const TempDir dir;
  REQUIRE(::chmod(dir.string().c_str(), 0755) == 0);
  CHECK(as_user(kNobody, [&] { return told(ServiceDir::for_path(dir.string())); }) == "ok");
}

TEST_CASE("in /tmp no link is followed") {
  if (!can_change_user()) {
    return;
  }
  // A user of the test's own: its directory in /tmp is nobody else's.
  constexpr uid_t kUser = 3999999901;
  const std::string path = "/tmp/shmidl-" + std::to_string(kUser);
  const TempDir dir;
  REQUIRE(::chown(dir.string().c_str(), kUser, kUser) == 0);
  std::filesystem::create_symlink(dir.path(), path);
  const std::string serving = as_user(kUser, [] {
    const Environment own{"SHMIDL_DIR", nullptr};
    const Environment runtime{"XDG_RUNTIME_DIR", nullptr};
    return told(ServiceDir::for_serving());
  });
  std::filesystem::remove(path);
  CHECK(tells(serving, Errc::permission_denied));
  CHECK_THAT(serving, has_text("link"));
}
