// Keeps files in memory: files_server [name]
#include <shmidl/shmidl.hpp>
#include "files.shmidl.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <stdexcept>

struct Impl final : files::Files {
  std::int32_t open(std::string_view path, files::Mode mode) override {
    const std::string name{path};
    if (mode == files::Mode::READ && !contents_.contains(name)) {
      throw std::runtime_error("there is no file '" + name + "'");
    }
    std::int32_t fd = 0;
    while (open_.contains(fd)) {
      ++fd;
    }
    if (fd >= MAX_OPEN) {
      throw std::runtime_error(std::to_string(MAX_OPEN) + " files are open: close one");
    }
    if (mode == files::Mode::WRITE) {
      contents_[name].clear();
    }
    open_[fd] = {.name = name, .position = 0, .writable = mode == files::Mode::WRITE};
    return fd;
  }

  std::int64_t write(std::int32_t fd, std::span<const std::uint8_t> buf) override {
    OpenFile& file = find(fd);
    if (!file.writable) {
      throw std::runtime_error("'" + file.name + "' is open for reading only");
    }
    std::vector<std::uint8_t>& bytes = contents_[file.name];
    bytes.resize(std::max(bytes.size(), file.position + buf.size()));
    std::copy(buf.begin(), buf.end(), bytes.begin() + static_cast<std::ptrdiff_t>(file.position));
    file.position += buf.size();
    return static_cast<std::int64_t>(buf.size());
  }

  std::int64_t read(std::int32_t fd, std::span<std::uint8_t> buf) override {
    OpenFile& file = find(fd);
    const std::vector<std::uint8_t>& bytes = contents_[file.name];
    const std::size_t start = std::min(file.position, bytes.size());
    const std::size_t count = std::min(buf.size(), bytes.size() - start);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(start), count, buf.begin());
    file.position = start + count;
    return static_cast<std::int64_t>(count);
  }

  void stat(std::int32_t fd, files::Stat& st) override {
    const OpenFile& file = find(fd);
    st = {.size = contents_[file.name].size(), .position = file.position, .writable = file.writable};
  }

  void close(std::int32_t fd) override {
    find(fd);
    open_.erase(fd);
  }

  void list(std::vector<files::Entry>& entries) override {
    entries.clear();
    for (const auto& [name, bytes] : contents_) {
      entries.push_back({.name = name, .size = bytes.size()});
    }
  }

 private:
  struct OpenFile {
    std::string name;
    std::size_t position = 0;
    bool writable = false;
  };

  OpenFile& find(std::int32_t fd) {
    const auto found = open_.find(fd);
    if (found == open_.end()) {
      throw std::runtime_error("no file is open as " + std::to_string(fd));
    }
    return found->second;
  }

  std::map<std::string, std::vector<std::uint8_t>> contents_;
  std::map<std::int32_t, OpenFile> open_;
};

int main(int argc, char** argv) try {
  Impl impl;
  shmidl::Server server{argc > 1 ? argv[1] : "files"};
  server.serve(impl);
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << "files_server: " << error.what() << '\n';
  return 1;
}
