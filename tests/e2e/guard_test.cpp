// Who may call what: ServerOptions::allow_call, and @EnforcePermission through ServerOptions::check_permission.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <shmidl/shmidl.hpp>

#include "Vault.shmidl.hpp"
#include "Ward.shmidl.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;
constexpr uid_t kSomebody = 54321;

struct Guarded {
  explicit Guarded(const std::string& setup) : server(GUARD_SERVER, {"vault", setup}) {
    fs::permissions(services.path(), fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
    server.expect_line("ready");
  }
  e2e::Services services;
  shmidl::test::Process server;
};

template <class I>
std::shared_ptr<typename I::Client> connect_as_owner() {
  return shmidl::connect<I>("vault", {.connect_timeout = std::chrono::seconds(10)});
}

template <class R>
std::string said(const R& result) {
  if (result) return "may";
  return result.error().errc() == shmidl::Errc::permission_denied && result.error().execution() == shmidl::Execution::no ? result.error().what() : "another error";
}

/// The answers to somebody else's calls, from a process that runs as him.
template <class F>
std::string as_somebody(F&& calls) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string text = "cannot become him";
    if (::setgid(kSomebody) == 0 && ::setuid(kSomebody) == 0) {
      try {
        text = calls();
      } catch (const std::exception& error) {
        text = error.what();
      }
    }
    const bool written = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  std::size_t length = 0;
  for (ssize_t got = 1; got > 0; length += static_cast<std::size_t>(std::max<ssize_t>(got, 0))) got = ::read(ends[0], text.data() + length, text.size() - length);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  text.resize(length);
  return text;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hooks are asked for each call, and their no is permission_denied, not executed") {
  const Guarded guarded("hooks");
  const auto vault = connect_as_owner<Vault>();
  if (::geteuid() == 0) {
    CHECK(vault->read() == 1);
    vault->write(7);
    CHECK(vault->level() == 2);
    CHECK(vault->rootOnly() == 3);
    vault->post(8);
    CHECK(vault->open() == 8);
  }
  const std::string failed = said(vault->try_faulty());
  CHECK(contains(failed, "Vault.faulty"));
  CHECK(contains(failed, "the list of users is gone"));
  CHECK_THROWS_AS(vault->faulty(), shmidl::Error);
  CHECK(vault->open() >= 1);
}

TEST_CASE("another uid may do what the hooks let it do") {
  if (::geteuid() != 0) return;  // only root can become somebody else
  const Guarded guarded("hooks");
  const std::string answers = as_somebody([] {
    const auto vault = shmidl::connect<Vault>("vault", {.connect_timeout = std::chrono::seconds(10), .expect_uid = uid_t{0}});
    const auto ward = shmidl::connect<Ward>("vault", {.expect_uid = uid_t{0}});
    std::string text = "uid " + std::to_string(vault->callerUid());
    text += "; read: " + said(vault->try_read()) + "; write: " + said(vault->try_write(9)) + "; level: " + said(vault->try_level());
    text += "; rootOnly: " + said(vault->try_rootOnly());
    vault->post(10);
    text += "; value " + std::to_string(vault->open());
    text += "; everything: " + said(ward->try_everything());
    return text;
  });
  INFO(answers);
  CHECK(contains(answers, "uid 54321; read: may; write: uid 54321 (pid "));
  CHECK(contains(answers, "may not call `Vault.write`: it lacks the permission `WRITE`; level: "));
  CHECK(contains(answers, "it lacks the permission `WRITE` or `ADMIN`; rootOnly: "));
  CHECK(contains(answers, "may not call `Vault.rootOnly`; value 1; everything: "));
  CHECK(contains(answers, "may not call `Ward.everything`: it lacks the permission `ADMIN`"));
}

TEST_CASE("without a hook nobody has a permission, and the message says what to set") {
  const Guarded guarded("none");
  const auto vault = connect_as_owner<Vault>();
  CHECK(vault->open() == 1);
  CHECK(contains(said(vault->try_read()), "set ServerOptions::check_permission"));
  vault->post(5);
  CHECK(vault->open() == 1);
}
