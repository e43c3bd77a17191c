// bench_shmidl: generated stubs.
#include "rows.hpp"
#include "service.hpp"

using namespace shmidl::bench;

int main(int argc, char** argv) {
  Rows rows;
  add_small_calls(rows);
  add_sums(rows);
  add_rates(rows);
  add_memory(rows);
  add_blobs(rows);
  add_loops(rows);
  add_upcalls(rows);
  add_streams(rows);
  add_here(rows);
  return contender_main(argc, argv, "shmidl", shmidl::kVersion, rows, serve_work);
}
