// An application that shows images, and renders those that no other one has rendered yet: cache_client [name]
#include <shmidl/shmidl.hpp>
#include "cache.shmidl.hpp"

#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBytes = std::size_t{8} << 20;

shmidl::Blob render(const std::string& id) {
  shmidl::BlobBuilder builder{kBytes};
  const auto pixels = builder.as<std::uint32_t>();
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint32_t>(i * 31 + static_cast<unsigned char>(id[0]));
  }
  return builder.seal();
}

void show(cache::Cache::Client& service, const std::string& id) {
  std::optional<shmidl::Blob> image = service.get(id);
  const bool was_there = image.has_value();
  if (!was_there) {
    image = render(id);
    service.put(id, *image);
  }
  // Read where it lies, whoever made it.
  const auto pixels = image->as<std::uint32_t>();
  const bool right = pixels.size() == kBytes / 4 && pixels[1000] == 31'000u + static_cast<unsigned char>(id[0]);
  std::cout << "cache: " << id << " = " << image->size() << " bytes, " << (was_there ? "from the cache" : "rendered") << (right ? "" : ", WRONG") << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
  auto service = shmidl::connect<cache::Cache>(argc > 1 ? argv[1] : "cache", {.connect_timeout = 5s});

  for (const char* id : {"sky", "sea", "hill", "town", "sky", "moon", "sea"}) {
    show(*service, id);
  }

  cache::Stat st;
  service->stat(st);
  std::cout << "cache: stat() = " << st.images << " images, " << st.bytes << " of " << st.capacity << " bytes, " << st.hits << " hits of "
            << st.hits + st.misses << " (" << 100 * st.hits / (st.hits + st.misses) << " %), " << st.evicted << " evicted\n";

  try {
    service->put("all", shmidl::BlobBuilder{static_cast<std::size_t>(st.capacity) + 1}.seal());
  } catch (const cache::TooLarge& error) {
    std::cout << "cache: put(\"all\") = error: " << error.bytes << " bytes do not fit " << error.capacity << '\n';
  }
} catch (const shmidl::Error& error) {
  std::cerr << "cache_client: " << error.what() << '\n';
  return 1;
}
