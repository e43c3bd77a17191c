// LMDB: a file that another process wrote, mapped by both; there is no server.
#include "support/contender.hpp"
#include "support/images.hpp"

#include <lmdb.h>

#include <stdexcept>

#include <unistd.h>

namespace shmidl::bench {
namespace {

void check(int result, const char* what) {
  if (result != 0) throw std::runtime_error(std::string(what) + ": " + mdb_strerror(result));
}

MDB_val value_of(const void* data, std::size_t bytes) { return {bytes, const_cast<void*>(data)}; }

MDB_env* open_store(const std::filesystem::path& dir, unsigned flags) {
  MDB_env* store = nullptr;
  check(mdb_env_create(&store), "mdb_env_create");
  check(mdb_env_set_mapsize(store, 2 * kMostImages * kImageBytes), "mdb_env_set_mapsize");
  check(mdb_env_open(store, dir.c_str(), flags, 0600), "mdb_env_open");
  return store;
}

MDB_dbi open_table(MDB_txn* transaction) {
  MDB_dbi table = 0;
  check(mdb_dbi_open(transaction, nullptr, 0, &table), "mdb_dbi_open");
  return table;
}

/// The application that puts the images there. Nothing is synced to a disk: this is about memory.
void serve(ServerContext& context) {
  MDB_env* const store = open_store(context.dir, MDB_NOSYNC | MDB_WRITEMAP);
  std::vector<std::uint8_t> image(kImageBytes);
  for (std::size_t i = 0; i < image_row(context.role).images; ++i) {
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(store, nullptr, 0, &transaction), "mdb_txn_begin");
    draw_image(image, i);
    const std::string id = image_id(i);
    MDB_val key = value_of(id.data(), id.size());
    MDB_val value = value_of(image.data(), image.size());
    check(mdb_put(transaction, open_table(transaction), &key, &value, 0), "mdb_put");
    check(mdb_txn_commit(transaction), "mdb_txn_commit");
  }
  context.ready();
  for (;;) ::pause();
}

/// A transaction for each get, renewed as its documentation says is fastest; the image is read where it lies.
Result cache(const Context& context) {
  const ServerProcess writer(context, context.row);
  MDB_env* const store = open_store(context.dir, MDB_RDONLY);
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(store, nullptr, MDB_RDONLY, &transaction), "mdb_txn_begin");
  const MDB_dbi table = open_table(transaction);
  mdb_txn_reset(transaction);
  return {sample_images(context.seconds, context.row,
                        [&](const std::string& id, auto&& visit) {
                          check(mdb_txn_renew(transaction), "mdb_txn_renew");
                          MDB_val key = value_of(id.data(), id.size());
                          MDB_val value{};
                          check(mdb_get(transaction, table, &key, &value), "mdb_get");
                          visit(std::span(static_cast<const std::uint8_t*>(value.mv_data), value.mv_size));
                          mdb_txn_reset(transaction);
                        }),
          "none"};
}

}  // namespace
}  // namespace shmidl::bench

int main(int argc, char** argv) {
  using namespace shmidl::bench;
  std::map<std::string, Measure> rows;
  for (const std::string& row : image_rows()) rows[row] = cache;
  return contender_main(argc, argv, "lmdb", std::to_string(MDB_VERSION_MAJOR) + '.' + std::to_string(MDB_VERSION_MINOR) + '.' + std::to_string(MDB_VERSION_PATCH),
                        rows, serve);
}
