// memcached, started by this run, over a Unix socket; libmemcached at the client.
#include "support/contender.hpp"
#include "support/images.hpp"
#include "support/pages.hpp"

#include <libmemcached/memcached.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shmidl::bench {
namespace {

std::string path_of(const std::filesystem::path& dir) { return dir / "memcached"; }

bool listens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

void check(const memcached_st& client, memcached_return_t result, const char* what) {
  if (result != MEMCACHED_SUCCESS) throw std::runtime_error(std::string(what) + ": " + memcached_strerror(&client, result));
}

/// The server, as it is installed, with room for the images and one thread: one core is the server's.
void serve(ServerContext& context) {
  const std::string path = path_of(context.dir);
  std::vector<std::string> command{MEMCACHED, "--unix-socket=" + path, "--memory-limit=1024", "--max-item-size=2m", "--threads=1"};
  if (::geteuid() == 0) command.insert(command.end(), {"-u", "root"});
  const Process server(command);
  for (int i = 0; i < 2000 && !listens(path); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (!listens(path)) throw std::runtime_error("memcached does not listen");
  context.ready();
  for (;;) ::pause();
}

Result cache(const Context& context) {
  keep_pages();
  const ServerProcess server(context, "block");
  memcached_st* const client = memcached_create(nullptr);
  check(*client, memcached_server_add_unix_socket(client, path_of(context.dir).c_str()), "memcached_server_add_unix_socket");
  std::vector<std::uint8_t> image(kImageBytes);
  for (std::size_t i = 0; i < image_row(context.row).images; ++i) {
    draw_image(image, i);
    const std::string id = image_id(i);
    check(*client, memcached_set(client, id.data(), id.size(), reinterpret_cast<const char*>(image.data()), image.size(), 0, 0), "memcached_set");
  }
  return {sample_images(context.seconds, context.row,
                        [&](const std::string& id, auto&& visit) {
                          std::size_t bytes = 0;
                          std::uint32_t flags = 0;
                          memcached_return_t result = MEMCACHED_SUCCESS;
                          char* const value = memcached_get(client, id.data(), id.size(), &bytes, &flags, &result);
                          check(*client, result, "memcached_get");
                          visit(std::span(reinterpret_cast<const std::uint8_t*>(value), bytes));
                          std::free(value);
                        }),
          "block"};
}

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) {
  using namespace shmidl::bench;
  std::map<std::string, Measure> rows;
  for (const std::string& row : image_rows()) rows[row] = cache;
  return contender_main(argc, argv, "memcached", LIBMEMCACHED_VERSION_STRING, rows, serve);
}
