// Keeps images for other processes: cache_server [name] [capacity in bytes]
#include <shmidl/shmidl.hpp>
#include "cache.shmidl.hpp"

#include <cstdlib>
#include <iostream>
#include <list>
#include <unordered_map>

#include <sys/resource.h>

struct Impl final : cache::Cache {
  explicit Impl(std::uint64_t capacity) { stat_.capacity = capacity; }

  void put(std::string_view id, const shmidl::Blob& image) override {
    if (image.size() > stat_.capacity) {
      throw cache::TooLarge{.bytes = image.size(), .capacity = stat_.capacity};
    }
    if (const auto found = places_.find(id); found != places_.end()) {
      remove(found->second);
    }
    while (stat_.bytes + image.size() > stat_.capacity) {
      remove(std::prev(images_.end()));
      ++stat_.evicted;
    }
    // The blob is a handle: nothing of the image is copied, or even looked at.
    images_.push_front({std::string(id), image});
    places_.emplace(images_.front().id, images_.begin());
    stat_.bytes += image.size();
    ++stat_.images;
  }

  std::optional<shmidl::Blob> get(std::string_view id) override {
    const auto found = places_.find(id);
    if (found == places_.end()) {
      ++stat_.misses;
      return std::nullopt;
    }
    ++stat_.hits;
    images_.splice(images_.begin(), images_, found->second);
    return found->second->image;
  }

  void stat(cache::Stat& st) override { st = stat_; }

 private:
  struct Entry {
    std::string id;
    shmidl::Blob image;
  };
  using Place = std::list<Entry>::iterator;

  void remove(Place place) {
    stat_.bytes -= place->image.size();
    --stat_.images;
    places_.erase(place->id);
    images_.erase(place);
  }

  std::list<Entry> images_;  // the last used first
  std::unordered_map<std::string_view, Place> places_;
  cache::Stat stat_;
};

int main(int argc, char** argv) try {
  // Each image takes a descriptor.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  Impl impl{argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::uint64_t{32} << 20};
  shmidl::Server server{argc > 1 ? argv[1] : "cache", {.max_client_blobs = 4096}};
  server.serve(impl);
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << "cache_server: " << error.what() << '\n';
  return 1;
}
