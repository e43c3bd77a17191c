// Holds blobs: hands_holder NAME BLOB... Says the sum of the bytes of each, and keeps them until it is killed.
// hands_holder NAME --busy hands blobs and descriptors to and fro until then.
#include "hands.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

[[noreturn]] void be_busy(e2e::Hands::Client& hands) {
  std::cout << "busy" << std::endl;
  for (std::size_t i = 1;; ++i) {
    const shmidl::Blob blob = shmidl::BlobBuilder(i % 50 * 1000 + 1).seal();
    hands.put("busy", blob);
    const shmidl::Blob reversed = hands.reversed(hands.get("busy"));
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    e2e::Parcel parcel;
    parcel.file = shmidl::Fd(ends[0]);
    parcel.files.emplace_back(ends[1]);
    parcel.data = reversed;
    const e2e::Parcel back = hands.parcel(parcel);
    hands.post(back.files, "x");
    hands.post_blob("busy", blob);
    hands.drop("busy");
  }
}

}  // namespace

int main(int argc, char** argv) try {
  auto hands = shmidl::connect<e2e::Hands>(argv[1], {.connect_timeout = std::chrono::seconds(10)});
  if (argc == 3 && std::string_view(argv[2]) == "--busy") be_busy(*hands);
  std::vector<shmidl::Blob> held;
  for (int i = 2; i < argc; ++i) {
    held.push_back(hands->get(argv[i]));
    const auto bytes = held.back().as<std::uint8_t>();
    std::cout << std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0}) << std::endl;
  }
  ::pause();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
