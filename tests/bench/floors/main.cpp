// bench_floors: what the machine gives without any library.
#include "floors/exchange.hpp"

using namespace shmidl::bench;

int main(int argc, char** argv) {
  return contender_main(argc, argv, "floors", "",
                        {{"line", line_floor},
                         {"line56", line_with_content},
                         {"futex.across", futex_exchange},
                         {"futex.onecore", futex_exchange},
                         {"socket.across", socket_exchange},
                         {"socket.onecore", socket_exchange},
                         {"socket.poll", socket_exchange}});
}
