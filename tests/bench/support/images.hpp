// The rows `cache.*`: images of 1 MiB by id, asked for in turns. The same for shmidl, memcached and LMDB.
//
//   cache.hot.*    16 images: what came once may still be there
//   cache.many.*   256 images: more than any client keeps
//   cache.*.page   one byte of each page is read: the image is there, for whatever is done with it
//   cache.*.sum    every byte is read
#pragma once

#include "support/payload.hpp"
#include "support/samples.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shmidl::bench {

struct ImageRow {
  std::size_t images;
  bool whole;  ///< every byte is read
};

inline constexpr std::size_t kImageBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMostImages = 256;

/// What a row asks for; throws std::invalid_argument.
ImageRow image_row(std::string_view row);
/// All of them.
std::vector<std::string> image_rows();

std::string image_id(std::size_t number);
/// Fills one; `image` has kImageBytes.
void draw_image(std::span<std::uint8_t> image, std::size_t number);
/// Reads one as the row says, and throws std::runtime_error if it is not that image.
void look_at_image(const ImageRow& row, std::span<const std::uint8_t> image, std::size_t number);

/// Measures `get(id, visit)`, which has `visit` called with the image of that id.
template <class Get>
Samples sample_images(double seconds, std::string_view name, Get&& get) {
  const ImageRow row = image_row(name);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < row.images; ++i) ids.push_back(image_id(i));
  std::size_t next = 0;
  return sample(seconds, [&] {
    const std::size_t number = next++ % row.images;
    bool seen = false;
    get(ids[number], [&](std::span<const std::uint8_t> image) {
      look_at_image(row, image, number);
      seen = true;
    });
    check_add(seen, true);
  });
}

}  // namespace shmidl::bench
