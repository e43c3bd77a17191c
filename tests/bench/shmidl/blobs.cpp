#include "rows.hpp"
#include "service.hpp"
#include "support/images.hpp"

namespace shmidl::bench {

namespace {

constexpr const char* kWaiting = "poll";

std::shared_ptr<Images::Client> connect_images(const Context& context) {
  using namespace std::chrono_literals;
  return connect<Images>(address(context.dir), {.wait = Wait::poll, .connect_timeout = 5s});
}

/// Made, filled, handed over, summed and let go of: the way of a blob that is used once.
Result fresh(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto images = connect_images(context);
  const std::size_t bytes = context.row == "blob.16m.new" ? std::size_t{16} << 20 : kImageBytes;
  std::uint32_t seed = 0;
  return {sample(context.seconds,
                 [&] {
                   BlobBuilder builder(bytes);
                   fill(builder.as<std::uint8_t>(), ++seed);
                   check_sum(images->sum(builder.seal()), sum_of(bytes, seed));
                 }),
          kWaiting};
}

/// One blob, handed over again and again.
Result known(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto images = connect_images(context);
  const Blob blob = BlobBuilder(kImageBytes).seal();
  return {sample(context.seconds, [&] { check_sum(images->count(blob), kImageBytes); }), kWaiting};
}

Result cache(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto images = connect_images(context);
  for (std::size_t i = 0; i < image_row(context.row).images; ++i) {
    BlobBuilder builder(kImageBytes);
    draw_image(builder.as<std::uint8_t>(), i);
    images->put(image_id(i), builder.seal());
  }
  const auto other = connect_images(context);  // another application
  return {sample_images(context.seconds, context.row,
                        [&](const std::string& id, auto&& visit) {
                          if (const auto image = other->get(id)) visit(image->as<std::uint8_t>());
                        }),
          kWaiting};
}

}  // namespace

void add_blobs(Rows& rows) {
  rows["blob.1m.new"] = fresh;
  rows["blob.16m.new"] = fresh;
  rows["blob.1m.known"] = known;
  for (const std::string& row : image_rows()) rows[row] = cache;
}

}  // namespace shmidl::bench
