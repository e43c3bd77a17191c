#include <filesystem>
#include <string>

#include "os/cache.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace shmidl::os;

namespace {

constexpr std::size_t kMebi = std::size_t{1} << 20;

void tell(const shmidl::test::TempDir& dir, const std::string& index, const std::string& level, const std::string& type, const std::string& size) {
  std::filesystem::create_directories(dir.path() / index);
  dir.write(index + "/level", level + "\n");
  dir.write(index + "/type", type + "\n");
  dir.write(index + "/size", size + "\n");
}

}  // namespace

TEST_CASE("the caches are those that the kernel lists") {
  const shmidl::test::TempDir dir;
  tell(dir, "index0", "1", "Data", "48K");
  tell(dir, "index1", "1", "Instruction", "32K");
  tell(dir, "index2", "2", "Unified", "1024K");
  tell(dir, "index3", "3", "Unified", "32M");
  const Caches found = caches(dir.path());
  CHECK(found.second == kMebi);
  CHECK(found.last == 32 * kMebi);
}

TEST_CASE("sizes that are no numbers, and no list at all, count as not told or as the library tells") {
  const shmidl::test::TempDir dir;
  CHECK(caches(dir.path()).second == caches("/nonexistent").second);
  tell(dir, "index0", "2", "Unified", "512K");
  tell(dir, "index1", "3", "Unified", "lots");
  CHECK(caches(dir.path()).second == 512 * 1024);
  CHECK(caches(dir.path()).last == 0);
}

TEST_CASE("the footprint lies between the second and the third level, whatever the machine tells") {
  CHECK(hand_over_footprint(Caches{kMebi, 32 * kMebi, true}) == 8 * kMebi);
  CHECK(hand_over_footprint(Caches{kMebi, 384 * kMebi, true}) == 8 * kMebi);
  CHECK(hand_over_footprint(Caches{2 * kMebi, 24 * kMebi, true}) == 6 * kMebi);
  CHECK(hand_over_footprint(Caches{256 << 10, 8 * kMebi, true}) == 2 * kMebi);
  CHECK(hand_over_footprint(Caches{kMebi, 0, true}) == 8 * kMebi);
  CHECK(hand_over_footprint(Caches{}) == 4 * kMebi);
  CHECK(hand_over_footprint(Caches{static_cast<std::size_t>(-1), static_cast<std::size_t>(-1), true}) == 8 * kMebi);
  CHECK(hand_over_footprint(Caches{1, 1, true}) == kMebi);
  CHECK(hand_over_footprint() >= kMebi);
  CHECK(hand_over_footprint() <= 8 * kMebi);
}

TEST_CASE("cores share a cache unless the last level names fewer than are online") {
  const shmidl::test::TempDir dir;
  tell(dir, "index0", "2", "Unified", "1024K");
  tell(dir, "index1", "3", "Unified", "32M");
  dir.write("index0/shared_cpu_list", "0\n");
  CHECK(caches(dir.path(), dir / "online").one);  // not told
  dir.write("online", "0-15\n");
  CHECK(caches(dir.path(), dir / "online").one);
  dir.write("index1/shared_cpu_list", "0-15\n");
  CHECK(caches(dir.path(), dir / "online").one);
  dir.write("index1/shared_cpu_list", "0-7\n");
  CHECK_FALSE(caches(dir.path(), dir / "online").one);
  CHECK(caches(dir.path(), dir / "online").last == 32 * kMebi);
}
