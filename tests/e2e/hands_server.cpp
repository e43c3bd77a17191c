// Serves Hands: hands_server NAME [THREADS] [MOST BLOBS] [MOST BYTES]. Says "ready" as soon as clients can connect.
#include "hands.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace {

shmidl::Fd pipe_with(std::string_view text) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  shmidl::Fd reading(ends[0]);
  const shmidl::Fd writing(ends[1]);
  if (::write(writing.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) throw std::runtime_error("the pipe is full");
  return reading;
}

shmidl::Fd dup_of(shmidl::FdView file) { return file ? file.dup().value() : shmidl::Fd(); }

struct Impl final : e2e::Hands {
  std::string read(const shmidl::Fd& file) override {
    std::string text(4096, '\0');
    const ssize_t length = ::read(file.get(), text.data(), text.size());
    text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return text;
  }
  shmidl::Fd echo(const shmidl::Fd& file) override { return dup_of(file); }
  shmidl::Fd pipe(std::string_view text, shmidl::Fd& second) override {
    second = pipe_with("second");
    return pipe_with(text);
  }
  void exchange(shmidl::Fd& file) override { file = pipe_with("exchanged"); }
  e2e::Parcel parcel(const e2e::Parcel::View& parcel) override { return parcel.copy(); }
  e2e::Either either(const e2e::Either::View& value) override { return value.copy(); }
  void several(const shmidl::List<shmidl::FdView>& files, std::vector<shmidl::Fd>& back) override {
    for (const shmidl::FdView file : files) back.push_back(dup_of(file));
  }
  void post(const shmidl::List<shmidl::FdView>& files, std::string_view text) override {
    for (const shmidl::FdView file : files) static_cast<void>(::write(file.get(), text.data(), text.size()) == 0);
  }
  shmidl::Fd late(const shmidl::Fd& gate, std::string_view text) override {
    char byte = 0;
    if (::read(gate.get(), &byte, 1) != 1) throw std::runtime_error("the gate was closed");
    return pipe_with(text);
  }
  shmidl::Fd fail(const shmidl::Fd&) override { throw std::runtime_error("as asked"); }

  void put(std::string_view name, const shmidl::Blob& data) override {
    const std::lock_guard lock(mutex_);
    blobs_[std::string(name)] = data;
  }
  shmidl::Blob get(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) throw std::runtime_error("no blob of that name");
    return found->second;
  }
  void drop(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    if (const auto found = blobs_.find(name); found != blobs_.end()) blobs_.erase(found);
  }
  std::uint64_t sum(const shmidl::Blob& data) override {
    const auto bytes = data.as<std::uint8_t>();
    return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
  }
  void small(const shmidl::Blob&) override {}
  shmidl::Blob reversed(const shmidl::Blob& data) override {
    shmidl::BlobBuilder builder(data.size());
    std::reverse_copy(data.bytes().begin(), data.bytes().end(), builder.bytes().begin());
    return builder.seal();
  }
  void post_blob(std::string_view name, const shmidl::Blob& data) override { put(name, data); }

 private:
  std::mutex mutex_;
  std::map<std::string, shmidl::Blob, std::less<>> blobs_;
};

}  // namespace

int main(int argc, char** argv) try {
  ::signal(SIGPIPE, SIG_IGN);  // a client that handed over a pipe may be gone
  shmidl::ServerOptions options;
  if (argc > 2) options.threads = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3) options.max_client_blobs = std::strtoul(argv[3], nullptr, 10);
  if (argc > 4) options.max_client_blob_bytes = std::strtoul(argv[4], nullptr, 10);
  shmidl::Server server{argv[1], options};
  Impl impl;
  server.serve(impl);
  std::cout << "ready" << std::endl;
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
