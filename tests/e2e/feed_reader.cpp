// Opens streams, reads one item of each, and reads no more. Argument: the server's name. Says "reading" when it has.
#include "feed.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <iostream>

#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto feed = shmidl::connect<feed::Feed>(argv[1], {.connect_timeout = std::chrono::seconds(10)});
  auto endless = feed->forever();
  auto pushed = feed->pushed(1'000'000);
  if (!endless.next() || !pushed.next()) return 1;
  std::cout << "reading" << std::endl;
  for (;;) ::pause();
}
