// guard_server NAME SETUP: serves Vault and Ward. SETUP: hooks (uid 0 has every permission, others READ), or none.
#include <iostream>
#include <stdexcept>
#include <string_view>

#include <shmidl/shmidl.hpp>

#include "Vault.shmidl.hpp"
#include "Ward.shmidl.hpp"

namespace {

struct VaultImpl final : Vault {
  std::int32_t open() override { return value; }
  std::int32_t read() override { return value; }
  void write(std::int32_t given) override { value = given; }
  std::int32_t level() override { return 2; }
  void post(std::int32_t given) override { value = given; }
  std::int32_t rootOnly() override { return 3; }
  std::int32_t faulty() override { return 4; }
  std::int32_t callerUid() override { return static_cast<std::int32_t>(shmidl::this_call().uid()); }
  std::int32_t value = 1;
};

struct WardImpl final : Ward {
  std::int32_t everything() override { return 1; }
};

bool allow_call(const shmidl::Caller& caller, std::string_view interface, std::string_view method) {
  if (interface == "Vault" && method == "faulty") throw std::runtime_error("the list of users is gone");
  return method != "rootOnly" || caller.uid == 0;
}

bool has_permission(const shmidl::Caller& caller, std::string_view permission) { return caller.uid == 0 || permission == "READ"; }

}  // namespace

int main(int, char** argv) {
  VaultImpl vault;
  WardImpl ward;
  shmidl::ServerOptions options{.allow = [](const shmidl::Caller&) { return true; }};
  if (std::string_view(argv[2]) == "hooks") {
    options.allow_call = allow_call;
    options.check_permission = has_permission;
  }
  shmidl::Server server{argv[1], options};
  server.serve(vault);
  server.serve(ward);
  std::cout << "ready" << std::endl;
  server.run();
}
