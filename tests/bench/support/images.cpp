#include "support/images.hpp"

#include <stdexcept>

namespace shmidl::bench {

namespace {

constexpr std::size_t kPage = 4096;

}  // namespace

ImageRow image_row(std::string_view row) {
  for (const char* of : {"hot", "many"}) {
    const std::string prefix = "cache." + std::string(of) + '.';
    if (!row.starts_with(prefix)) continue;
    const std::string_view how = row.substr(prefix.size());
    if (how == "page" || how == "sum") return {std::string_view(of) == "hot" ? 16 : kMostImages, how == "sum"};
  }
  throw std::invalid_argument("no such row: " + std::string(row));
}

std::vector<std::string> image_rows() { return {"cache.hot.page", "cache.hot.sum", "cache.many.page", "cache.many.sum"}; }

std::string image_id(std::size_t number) { return "image-" + std::to_string(number); }

void draw_image(std::span<std::uint8_t> image, std::size_t number) { fill(image, static_cast<std::uint32_t>(number)); }

void look_at_image(const ImageRow& row, std::span<const std::uint8_t> image, std::size_t number) {
  check_sum(image.size(), kImageBytes);
  const auto seed = static_cast<std::uint32_t>(number);
  if (row.whole) return check_sum(sum(image), sum_of(kImageBytes, seed));
  std::uint64_t total = 0;
  for (std::size_t at = 0; at < kImageBytes; at += kPage) total += image[at];
  // A page begins with the pattern's first byte, as 64 bytes do.
  check_sum(total * 64 + std::uint64_t{kImageBytes / kPage} * (63 * 64 / 2), sum_of(kImageBytes, seed) / (kPage / 64));
}

}  // namespace shmidl::bench
