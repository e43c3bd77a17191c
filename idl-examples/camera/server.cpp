// Serves a camera that sees a grey ramp: camera_server [name]
#include <shmidl/shmidl.hpp>
#include "demo/camera/ICamera.shmidl.hpp"

#include <algorithm>
#include <iostream>
#include <numeric>
#include <stdexcept>

using namespace demo::camera;

struct Camera final : ICamera {
  Image capture(Format format, std::int32_t width, std::int32_t height) override {
    if (width < 1 || height < 1 || width > MAX_EDGE || height > MAX_EDGE) {
      throw std::runtime_error("a picture has 1 to " + std::to_string(MAX_EDGE) + " pixels in each direction");
    }
    const std::size_t bytes_per_pixel = format == Format::RGB24 ? 3 : 1;
    const auto row = static_cast<std::size_t>(width) * bytes_per_pixel;
    const std::size_t size = row * static_cast<std::size_t>(height);

    // The pixels are made where the client will read them.
    auto pixels = shmidl::this_call().allocate<std::uint8_t>(size);
    std::uint8_t* out = pixels.data();
    for (std::size_t i = 0; i < size; ++i) {
      out[i] = static_cast<std::uint8_t>(i % row / bytes_per_pixel);
    }
    return {.format = format, .width = width, .height = height, .pixels = std::move(pixels)};
  }

  std::int64_t analyse(const Image::View& image, Statistics& statistics) override {
    if (image.pixels.empty()) {
      throw std::runtime_error("the picture is empty");
    }
    const auto [darkest, brightest] = std::minmax_element(image.pixels.begin(), image.pixels.end());
    const auto sum = std::accumulate(image.pixels.begin(), image.pixels.end(), std::uint64_t{0});
    statistics.darkest = *darkest;
    statistics.brightest = *brightest;
    statistics.mean = static_cast<double>(sum) / static_cast<double>(image.pixels.size());
    return static_cast<std::int64_t>(image.pixels.size());
  }

  void log(std::string_view line) override {
    if (!line.empty()) {
      ++logged_;
    }
  }

  std::int32_t logged() override { return logged_; }

 private:
  std::int32_t logged_ = 0;
};

int main(int argc, char** argv) try {
  Camera camera;
  shmidl::Server server{argc > 1 ? argv[1] : "camera"};
  server.serve(camera);
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << "camera_server: " << error.what() << '\n';
  return 1;
}
