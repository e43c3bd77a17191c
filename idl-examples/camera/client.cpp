// Takes pictures with a camera in another process: camera_client [name]
#include <shmidl/shmidl.hpp>
#include "demo/camera/ICamera.shmidl.hpp"

#include <iostream>

using namespace demo::camera;
using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  auto camera = shmidl::connect<ICamera>(argc > 1 ? argv[1] : "camera", {.connect_timeout = 5s});

  // One megabyte and more comes back; it is read where the server made it.
  Image image = camera->capture(Format::RGB24, 1024, 768);
  std::cout << "camera: capture(RGB24, 1024, 768) = " << image.width << " x " << image.height << ", " << image.pixels.size() << " bytes\n";

  Statistics statistics;
  std::int64_t bytes = camera->analyse(image, statistics);
  std::cout << "camera: analyse(image) = " << bytes << " bytes, " << statistics.darkest << " to " << statistics.brightest << ", mean "
            << statistics.mean << '\n';

  // The first write takes a private copy of the pixels; the second analysis sees it.
  for (std::uint8_t& pixel : image.pixels) {
    pixel = static_cast<std::uint8_t>(pixel / 2);
  }
  bytes = camera->analyse(image, statistics);
  std::cout << "camera: analyse(darker) = " << bytes << " bytes, " << statistics.darkest << " to " << statistics.brightest << ", mean "
            << statistics.mean << '\n';

  camera->log("took one picture");
  camera->log("looked at it twice");
  std::cout << "camera: logged() = " << camera->logged() << '\n';

  try {
    camera->capture(Format::GRAY8, 0, 1);
  } catch (const shmidl::Error& error) {
    std::cout << "camera: capture(GRAY8, 0, 1) = error: " << error.what() << '\n';
  }
} catch (const shmidl::Error& error) {
  std::cerr << "camera_client: " << error.what() << '\n';
  return 1;
}
