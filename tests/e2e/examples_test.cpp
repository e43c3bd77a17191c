// The examples as they are shipped: what each client prints, to the letter.
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <vector>

using namespace shmidl::test;

namespace {

std::string answers(const char* server, const char* client, const std::string& name) {
  const TempDir services;
  const SpawnOptions options{{{"SHMIDL_DIR", services.string()}}, {}};
  Process serving(server, {name}, options);
  const Finished called = run(client, {name}, options);
  INFO(called.err);
  CHECK(called.code == 0);
  CHECK(called.err.empty());
  CHECK(serving.running());
  serving.kill();
  serving.wait();
  CHECK(serving.out() + serving.err() == "");
  return called.out;
}

}  // namespace

TEST_CASE("arith answers") {
  CHECK(answers(ARITH_SERVER, ARITH_CLIENT, "arith") ==
        "arith: func1(41) = 42\n"
        "arith: func2(2, 3) = 5\n"
        "arith: try_func2(20, 22) = 42\n"
        "arith: async_func1(6) = 7\n");
}

TEST_CASE("camera answers, under a name of its own") {
  CHECK(answers(CAMERA_SERVER, CAMERA_CLIENT, "front-door.camera_2") ==
        "camera: capture(RGB24, 1024, 768) = 1024 x 768, 2359296 bytes\n"
        "camera: analyse(image) = 2359296 bytes, 0 to 255, mean 127.5\n"
        "camera: analyse(darker) = 2359296 bytes, 0 to 127, mean 63.5\n"
        "camera: logged() = 2\n"
        "camera: capture(GRAY8, 0, 1) = error: a picture has 1 to 8192 pixels in each direction\n");
}

TEST_CASE("files answers") {
  CHECK(answers(FILES_SERVER, FILES_CLIENT, "files") ==
        "files: open(\"notes.txt\", WRITE) = 0\n"
        "files: write(0, 34 bytes) = 34\n"
        "files: stat(0) = size 34, position 34, writable\n"
        "files: read(0, 13 bytes) = 13: \"shared memory\"\n"
        "files: write(1, 2097152 bytes) = 2097152\n"
        "files: read(2, 2097152 bytes) = the same bytes\n"
        "files: list() = big.bin, 2097152 bytes\n"
        "files: list() = notes.txt, 34 bytes\n"
        "files: open(\"missing.txt\", READ) = error: there is no file 'missing.txt'\n"
        "files: try_write(0, 34 bytes) = error: 'notes.txt' is open for reading only\n");
}

TEST_CASE("cache answers: what one application rendered, the next one finds, and what was not used for longest has gone") {
  const TempDir services;
  const SpawnOptions options{{{"SHMIDL_DIR", services.string()}}, {}};
  const Process serving(CACHE_SERVER, {"cache"}, options);
  const auto application = [&] {
    const Finished called = run(CACHE_CLIENT, {"cache"}, options);
    INFO(called.err);
    CHECK(called.code == 0);
    return called.out;
  };
  const std::string line = " = 8388608 bytes, ";
  const std::string refused = "cache: put(\"all\") = error: 33554433 bytes do not fit 33554432\n";
  CHECK(application() == "cache: sky" + line + "rendered\n" + "cache: sea" + line + "rendered\n" + "cache: hill" + line + "rendered\n" + "cache: town" + line +
                             "rendered\n" + "cache: sky" + line + "from the cache\n" + "cache: moon" + line + "rendered\n" + "cache: sea" + line +
                             "rendered\n" + "cache: stat() = 4 images, 33554432 of 33554432 bytes, 1 hits of 7 (14 %), 2 evicted\n" + refused);
  CHECK(application() == "cache: sky" + line + "from the cache\n" + "cache: sea" + line + "from the cache\n" + "cache: hill" + line + "rendered\n" +
                             "cache: town" + line + "rendered\n" + "cache: sky" + line + "from the cache\n" + "cache: moon" + line + "rendered\n" +
                             "cache: sea" + line + "rendered\n" +
                             "cache: stat() = 4 images, 33554432 of 33554432 bytes, 4 hits of 14 (28 %), 6 evicted\n" + refused);
  CHECK(serving.running());
}

TEST_CASE("loops answers: a client in any event loop, a server in any other") {
  struct Loop {
    const char* program;
    std::string name;
  };
  const std::vector<Loop> loops{
      {LOOPS_EPOLL, "epoll"},
      {LOOPS_SOURCES, "sources"},
#ifdef LOOPS_ASIO
      {LOOPS_ASIO, "asio"},
#endif
  };
  const TempDir services;
  const SpawnOptions options{{{"SHMIDL_DIR", services.string()}}, {}};
  for (const Loop& server : loops) {
    Process serving(server.program, {"serve", server.name}, options);
    for (const Loop& client : loops) {
      const Finished called = run(client.program, {"call", server.name}, options);
      INFO(server.name << " serves " << client.name << ": " << called.err);
      CHECK(called.code == 0);
      CHECK(called.out == client.name + ": read(0) = 20000\n" + client.name + ": read(3) = 21500\n" + client.name +
                              ": read(-1) = error: channels count from 0\n");
    }
    CHECK(serving.running());
  }
}

TEST_CASE("a client without a server says so and ends with 1") {
  const TempDir services;
  const Finished called = run(ARITH_CLIENT, {"nobody/here"}, {{{"SHMIDL_DIR", services.string()}}, {}});
  CHECK(called.code == 1);
  CHECK(called.err.find("arith_client: ") == 0);
}
