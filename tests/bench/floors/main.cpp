// bench_floors: what the machine gives without any library.
#include "floors/bytes.hpp"
#include "floors/exchange.hpp"
#include "floors/rings.hpp"

using namespace shmidl::bench;

int main(int argc, char** argv) {
  std::map<std::string, Measure> rows{{"line", line_floor},
                                      {"line56", line_with_content},
                                      {"futex.across", futex_exchange},
                                      {"futex.onecore", futex_exchange},
                                      {"socket.across", socket_exchange},
                                      {"socket.onecore", socket_exchange},
                                      {"socket.poll", socket_exchange},
                                      {"ring.each", ring},
                                      {"ring.flag", ring},
                                      {"ring.batch16", ring}};
  for (const char* size : {"4k", "64k", "1m", "64m"}) rows[std::string("memcpy.") + size] = copy_floor;
  for (const char* size : {"1k", "64k", "1m", "16m"}) {
    for (const char* filling : {".private", ".inplace"}) rows[std::string("sum.") + size + filling] = sum_floor;
  }
  return contender_main(argc, argv, "floors", "", rows);
}
