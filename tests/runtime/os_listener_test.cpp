#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/connect.hpp"
#include "os/listener.hpp"
#include "os_support.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace shmidl::test;
using os::Listener;
using os::ServiceDir;

namespace {

namespace fs = std::filesystem;

struct Services : TempDir {
  ServiceDir dir = ServiceDir::for_path(string()).value();

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator{path()}) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a listener takes its name and a clean end leaves the lock file alone") {
  const Services services;
  {
    const Listener listener = Listener::open(services.dir, "arith").value();
    CHECK(listener.path() == (services / "arith.sock").string());
    CHECK(services.files() == Names{"arith.lock", "arith.sock"});
    CHECK(tells(told(listener.accept()), Errc::would_block));
    const Fd client = os::connect_to(services.dir, "arith").value();
    const Fd accepted = listener.accept().value();
    CHECK((::fcntl(accepted.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(accepted.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(client.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(services.files() == Names{"arith.lock"});
  CHECK(Listener::open(services.dir, "arith"));
}

TEST_CASE("a name against the rules is bad_address") {
  const Services services;
  CHECK(tells(told(Listener::open(services.dir, "../x")), Errc::bad_address));
  CHECK(services.files().empty());
}

TEST_CASE("socket and lock are for their owner alone unless the socket is opened to everybody") {
  const Services services;
  const Listener own = Listener::open(services.dir, "own").value();
  const Listener open = Listener::open(services.dir, "open", os::kEveryone).value();
  const auto mode = [&](const char* file) { return static_cast<unsigned>(fs::status(services / file).permissions()); };
  CHECK(mode("own.sock") == 0600);
  CHECK(mode("own.lock") == 0600);
  CHECK(mode("open.sock") == 0666);
}

TEST_CASE("a second server in the same process is refused, and the first keeps its name") {
  const Services services;
  const Listener first = Listener::open(services.dir, "x").value();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::string text = told(Listener::open(services.dir, "x"));
    CHECK(tells(text, Errc::name_in_use));
    CHECK_THAT(text, has_text("this process " + std::to_string(::getpid())) && has_text("`x`"));
  }
  // The refusal closed no descriptor of the lock file: another process still finds it locked.
  const std::string other = in_child([&] { return told(Listener::open(services.dir, "x")); });
  CHECK(tells(other, Errc::name_in_use));
  CHECK_THAT(other, has_text("process " + std::to_string(::getpid())));
  CHECK(os::connect_to(services.dir, "x"));
}

TEST_CASE("a second server in another process is refused and names the holder's pid") {
  const Services services;
  const Child server{[&] { (new Listener{Listener::open(services.dir, "x").value()})->path(); }};
  const std::string text = told(Listener::open(services.dir, "x"));
  CHECK(tells(text, Errc::name_in_use));
  CHECK_THAT(text, has_text("process " + std::to_string(server.pid())) && has_text((services / "x.lock").string()));
}

TEST_CASE("other names in the same directory are free") {
  const Services services;
  const Listener one = Listener::open(services.dir, "one").value();
  CHECK(Listener::open(services.dir, "two"));
}

TEST_CASE("a name reached by another path is the same name") {
  const Services services;
  fs::create_hard_link(services.write("a.lock", ""), services / "b.lock");
  const Listener first = Listener::open(services.dir, "a").value();
  CHECK(tells(told(Listener::open(ServiceDir::for_path(services.string() + "/../" + services.path().filename().string()).value(), "a")),
              Errc::name_in_use));
  CHECK(tells(told(Listener::open(services.dir, "b")), Errc::name_in_use));
}

TEST_CASE("I4: after a kill -9 the next server takes the name, and what was left over is gone") {
  const Services services;
  Child server{[&] { (new Listener{Listener::open(services.dir, "x").value()})->path(); }};
  server.kill();
  CHECK(services.files() == Names{"x.lock", "x.sock"});
  const std::string text = told(os::connect_to(services.dir, "x"));
  CHECK(tells(text, Errc::not_found));
  CHECK_THAT(text, has_text("gone"));
  services.write("x.sock.new", "");
  const Listener next = Listener::open(services.dir, "x").value();
  CHECK(services.files() == Names{"x.lock", "x.sock"});
  CHECK(os::connect_to(services.dir, "x"));
}

TEST_CASE("a forked child neither holds the name nor takes the socket down") {
  const Services services;
  std::optional<Listener> server{Listener::open(services.dir, "x").value()};
  CHECK(in_child([&] {
          server.reset();
          return told(os::connect_to(services.dir, "x"));
        }) == "ok");
  CHECK(services.files() == Names{"x.lock", "x.sock"});
  const Child keeps_descriptors;
  server.reset();
  CHECK(services.files() == Names{"x.lock"});
  CHECK(Listener::open(services.dir, "x"));
}

TEST_CASE("a forked child serves names of its own, and its parent's once the parent let go") {
  const Services services;
  std::optional<Listener> server{Listener::open(services.dir, "x").value()};
  CHECK(in_child([&] { return told(Listener::open(services.dir, "y")); }) == "ok");
  server.reset();
  CHECK(in_child([&] { return told(Listener::open(services.dir, "x")); }) == "ok");
}

TEST_CASE("a lock file removed while it is held leaves two servers apart and the later one reachable") {
  const Services services;
  const Child first{[&] { (new Listener{Listener::open(services.dir, "x").value()})->path(); }};
  fs::remove(services / "x.lock");
  const Listener second = Listener::open(services.dir, "x").value();
  const Fd client = os::connect_to(services.dir, "x").value();
  CHECK(second.accept());
}

TEST_CASE("a listener whose socket was replaced does not remove the other's") {
  const Services services;
  std::optional<Listener> first{Listener::open(services.dir, "x").value()};
  fs::remove(services / "x.lock");
  const Listener second = Listener::open(services.dir, "x").value();
  first.reset();
  CHECK(services.files() == Names{"x.lock", "x.sock"});
  CHECK(os::connect_to(services.dir, "x"));
}

TEST_CASE("a lock that is a link, a directory or a pipe is refused") {
  const Services services;
  fs::create_symlink(services.write("target", ""), services / "link.lock");
  fs::create_directory(services / "dir.lock");
  REQUIRE(::mkfifo((services / "pipe.lock").c_str(), 0600) == 0);
  CHECK(tells(told(Listener::open(services.dir, "link")), Errc::permission_denied));
  CHECK(!Listener::open(services.dir, "dir"));
  CHECK(tells(told(Listener::open(services.dir, "pipe")), Errc::permission_denied));
}

TEST_CASE("the length of the directory's path does not matter") {
  const TempDir base;
  fs::path deep = base.path();
  while (deep.string().size() < 1000) {
    deep /= std::string(100, 'd');
  }
  fs::create_directories(deep);
  const ServiceDir dir = ServiceDir::for_path(deep.string()).value();
  const std::string name(64, 'n');
  const Listener listener = Listener::open(dir, name).value();
  CHECK(os::connect_to(dir, name));
  CHECK(os::connect_to(os::parse_place("shm:" + deep.string() + "/" + name + ".sock").value()));
}

TEST_CASE("many threads that want one name: one has it") {
  const Services services;
  std::vector<std::thread> threads;
  std::vector<std::optional<Listener>> won(8);
  for (std::optional<Listener>& mine : won) {
    threads.emplace_back([&] {
      if (Result<Listener> listener = Listener::open(services.dir, "x")) {
        mine.emplace(*std::move(listener));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(std::count_if(won.begin(), won.end(), [](const auto& mine) { return mine.has_value(); }) == 1);
}

TEST_CASE("a listener moves with its name") {
  const Services services;
  Listener one = Listener::open(services.dir, "x").value();
  Listener two = std::move(one);
  CHECK(os::connect_to(services.dir, "x"));
  two = Listener::open(services.dir, "y").value();
  CHECK(tells(told(os::connect_to(services.dir, "x")), Errc::not_found));
  CHECK(services.files() == Names{"x.lock", "y.lock", "y.sock"});
  two.close();
  two.close();
  CHECK(Listener::open(services.dir, "y"));
}

TEST_CASE("a directory that cannot be written to is permission_denied and named") {
  if (!can_change_user()) {
    return;
  }
  const Services services;
  REQUIRE(::chmod(services.string().c_str(), 0755) == 0);
  const std::string text = as_user(kNobody, [&] { return told(Listener::open(ServiceDir::for_path(services.string()).value(), "x")); });
  CHECK(tells(text, Errc::permission_denied));
  CHECK_THAT(text, has_text((services / "x.lock").string()));
}

TEST_CASE("in a shared directory another user's lock is refused") {
  if (!can_change_user()) {
    return;
  }
  const Services services;
  REQUIRE(::chmod(services.string().c_str(), 01777) == 0);
  REQUIRE(::chown(services.write("x.lock", "").c_str(), kNobody, kNobody) == 0);
  CHECK(tells(told(Listener::open(ServiceDir::for_path(services.string()).value(), "x")), Errc::permission_denied));
}
