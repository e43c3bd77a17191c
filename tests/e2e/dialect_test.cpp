// What only the C dialect has, called: counted arrays, out pointers, thrown structs, bounds, deadlines.
#include "lang/c/file.shmidl.hpp"
#include "lang/c/words.shmidl.hpp"
#include "services.hpp"
#include "support/catch.hpp"

#include <shmidl/shmidl.hpp>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <thread>

using namespace std::chrono_literals;
namespace file = lang::file;
namespace words = lang::words;

namespace {

struct FileImpl final : file::File {
  std::int64_t write(std::int32_t fd, std::span<const std::uint8_t> buf) override {
    return fd + std::accumulate(buf.begin(), buf.end(), std::int64_t{0});
  }
  std::int64_t append(std::span<const std::uint8_t> buf) override { return static_cast<std::int64_t>(buf.size()); }
  std::int64_t read(std::int32_t fd, std::span<std::uint8_t> buf) override {
    const std::size_t taken = std::min<std::size_t>(buf.size(), 5);
    std::fill_n(buf.begin(), taken, static_cast<std::uint8_t>(fd));
    return static_cast<std::int64_t>(taken);
  }
  std::int32_t open(std::string_view path) override {
    if (path == "/missing") throw file::NotFound{.path = std::string(path)};
    if (path == "/secret") throw file::Denied{.path = std::string(path), .uid = 7};
    if (path == "/odd") throw std::runtime_error("nobody declared this");
    return 3;
  }
  void stat(std::int32_t fd, file::Stat& st) override { st = {.size = fd, .folder = true}; }
  void stat_p(std::int32_t fd, file::Stat& st, std::int32_t& links) override {
    st = {.size = 2 * fd, .folder = false};
    links = 4;
  }
  file::Stat look(const file::Stat& near, const words::Point& at) override { return {.size = near.size + at.x * at.y, .folder = near.folder}; }
  void log(std::string_view line) override {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line);
  }
  lang::Texts texts(const lang::Texts::View& value) override { return value.copy(); }
  std::int64_t size(std::int32_t fd) override { return fd; }
  std::int32_t next(std::int32_t n) override { return n + 1; }
  void sync(std::int32_t fd) override {
    if (fd < 0) throw file::Denied{.path = "", .uid = fd};
    std::this_thread::sleep_for(std::chrono::milliseconds(fd));
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

struct EchoImpl final : words::Echo {
  words::Scalars scalars(const words::Scalars& value) override { return value; }
  words::Variable variable(const words::Variable::View& value) override { return value.copy(); }
  words::Value value(const words::Value::View& value) override { return value.copy(); }
  words::Label label(const words::Label::View& value) override { return value.copy(); }
  words::Level level(words::Level value) override { return value; }
  std::string text(std::string_view value) override { return std::string(value); }
  std::int64_t bounded(std::string_view text, std::span<const std::int32_t> few) override {
    return static_cast<std::int64_t>(text.size() * 10 + few.size());
  }
};

/// Both services, on a thread of this process.
struct Served {
  Served() {
    server.serve(files);
    server.serve(echoes);
    thread = std::thread([this] { server.run(); });
    file_client = shmidl::connect<file::File>("dialect", {.connect_timeout = 10s});
    echo = shmidl::connect<words::Echo>("dialect", {.connect_timeout = 10s});
  }
  ~Served() {
    server.stop();
    thread.join();
  }
  e2e::Services services;
  FileImpl files;
  EchoImpl echoes;
  shmidl::Server server{"dialect"};
  std::thread thread;
  std::shared_ptr<file::File::Client> file_client;
  std::shared_ptr<words::Echo::Client> echo;
};

}  // namespace

TEST_CASE("an array and its count are one parameter, whichever stands first") {
  const Served served;
  const std::vector<std::uint8_t> bytes(1000, 2);
  CHECK(served.file_client->write(1, bytes) == 2001);
  CHECK(served.file_client->append(bytes) == 1000);
  CHECK(served.file_client->append({}) == 0);
  std::vector<std::uint8_t> room(8, 255);
  CHECK(served.file_client->read(9, room) == 5);
  CHECK((room == std::vector<std::uint8_t>{9, 9, 9, 9, 9, 0, 0, 0}));
}

TEST_CASE("an out parameter may be written with or without a pointer, a const pointer is an in parameter") {
  const Served served;
  file::Stat stat;
  std::int32_t links = 0;
  served.file_client->stat(6, stat);
  CHECK(stat == file::Stat{.size = 6, .folder = true});
  served.file_client->stat_p(6, stat, links);
  CHECK(stat == file::Stat{.size = 12, .folder = false});
  CHECK(links == 4);
  CHECK(served.file_client->look({.size = 1, .folder = true}, {.x = 2, .y = 3}) == file::Stat{.size = 7, .folder = true});
}

TEST_CASE("a struct that is declared as thrown is caught as itself, as an Error, and from a Result") {
  const Served served;
  auto& files = *served.file_client;
  CHECK(files.open("/there") == 3);
  try {
    (void)files.open("/secret");
    FAIL("nothing was thrown");
  } catch (const file::NotFound&) {
    FAIL("the other struct was thrown");
  } catch (const file::Denied& denied) {
    CHECK(denied == file::Denied{.path = "/secret", .uid = 7});
  }
  try {
    (void)files.open("/missing");
    FAIL("nothing was thrown");
  } catch (const shmidl::Error& error) {
    CHECK(error.code() == shmidl::Errc::service_error);
    REQUIRE(error.as<file::NotFound>() != nullptr);
    CHECK(error.as<file::NotFound>()->path == "/missing");
    CHECK(error.as<file::Denied>() == nullptr);
    CHECK_THAT(error.what(), Catch::Contains("NotFound"));
  }
  const shmidl::Result<std::int32_t> opened = files.try_open("/secret");
  REQUIRE_FALSE(opened);
  REQUIRE(opened.error().as<file::Denied>() != nullptr);
  CHECK(opened.error().as<file::Denied>()->uid == 7);
  CHECK_THROWS_AS(files.async_open("/missing").get(), file::NotFound);

  const shmidl::Result<std::int32_t> odd = files.try_open("/odd");
  REQUIRE_FALSE(odd);
  CHECK(odd.error().code() == shmidl::Errc::service_error);
  CHECK_THAT(odd.error().what(), Catch::Contains("nobody declared this"));
  CHECK(files.open("/there") == 3);
}

TEST_CASE("a method's own deadline holds where a call gives none") {
  const Served served;
  served.file_client->sync(1);
  CHECK_THROWS_AS(served.file_client->sync(-2), file::Denied);
  const auto begin = std::chrono::steady_clock::now();
  const shmidl::Result<void> late = served.file_client->try_sync(600);
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == shmidl::Errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin < 550ms);
  CHECK(served.file_client->try_sync(400, {.timeout = 10s}));
}

TEST_CASE("what passes a bound is refused before it is sent, and the connection lives on") {
  const Served served;
  const std::vector<std::int32_t> few{1, 2};
  const std::vector<std::int32_t> many{1, 2, 3};
  CHECK(served.echo->bounded("four", few) == 42);
  const auto long_text = served.echo->try_bounded("fives", few);
  REQUIRE_FALSE(long_text);
  CHECK(long_text.error().code() == shmidl::Errc::too_large);
  CHECK(served.echo->try_bounded("four", many).error().code() == shmidl::Errc::too_large);
  words::Variable value;
  value.bounded = std::string(17, 'x');
  CHECK_THROWS_AS(served.echo->variable(value), shmidl::Error);
  value.bounded = std::string(16, 'x');
  CHECK(served.echo->variable(value) == value);
}

TEST_CASE("a pointer to const with a value is a field that begins as that value, and travels") {
  const Served served;
  words::Variable value;
  CHECK(value.text == words::TITLE);
  CHECK(value.plain.empty());
  CHECK(value.second == "2");
  CHECK(served.echo->variable(value) == value);
  value.text = "another";
  CHECK(served.echo->variable(value).text == "another");
  words::Label label;
  CHECK(label.get<words::Label::Tag::text>() == "words");
  CHECK(served.echo->label(label) == label);
  label = words::Label::make<words::Label::Tag::text>("changed");
  CHECK(served.echo->label(label).get<words::Label::Tag::text>() == "changed");
}

TEST_CASE("oneway lines arrive in order, and a struct of the other dialect comes back") {
  Served served;
  for (int i = 0; i < 100; ++i) served.file_client->log(std::to_string(i));
  lang::Texts texts;
  texts.words = {"a", "b"};
  CHECK(served.file_client->texts(texts) == texts);
  const std::lock_guard lock(served.files.mutex);
  REQUIRE(served.files.lines.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) CHECK(served.files.lines[i] == std::to_string(i));
}
