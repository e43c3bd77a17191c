// Writes and reads files of another process: files_client [name]
#include <shmidl/shmidl.hpp>
#include "files.shmidl.hpp"

#include <array>
#include <iostream>
#include <numeric>

using namespace std::chrono_literals;
using files::Mode;

int main(int argc, char** argv) try {
  auto service = shmidl::connect<files::Files>(argc > 1 ? argv[1] : "files", {.connect_timeout = 5s});

  const std::int32_t out = service->open("notes.txt", Mode::WRITE);
  std::cout << "files: open(\"notes.txt\", WRITE) = " << out << '\n';

  // A counted buffer is a span: its length travels with it.
  const std::string text = "shared memory, one writer per page";
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  std::cout << "files: write(" << out << ", " << bytes.size() << " bytes) = " << service->write(out, bytes) << '\n';

  files::Stat st;
  service->stat(out, st);
  std::cout << "files: stat(" << out << ") = size " << st.size << ", position " << st.position << (st.writable ? ", writable" : "") << '\n';
  service->close(out);

  const std::int32_t in = service->open("notes.txt", Mode::READ);
  std::array<std::uint8_t, 13> head{};
  const std::int64_t count = service->read(in, head);
  std::cout << "files: read(" << in << ", " << head.size() << " bytes) = " << count << ": \"" << std::string(head.begin(), head.end())
            << "\"\n";

  // Two MiB there and back.
  const std::int32_t big = service->open("big.bin", Mode::WRITE);
  std::vector<std::uint8_t> block(std::size_t{2} << 20);
  std::iota(block.begin(), block.end(), std::uint8_t{0});
  std::cout << "files: write(" << big << ", " << block.size() << " bytes) = " << service->write(big, block) << '\n';
  const std::int32_t again = service->open("big.bin", Mode::READ);
  std::vector<std::uint8_t> back(block.size());
  service->read(again, back);
  std::cout << "files: read(" << again << ", " << back.size() << " bytes) = " << (back == block ? "the same bytes" : "OTHER BYTES") << '\n';

  std::vector<files::Entry> entries;
  service->list(entries);
  for (const files::Entry& entry : entries) {
    std::cout << "files: list() = " << entry.name << ", " << entry.size << " bytes\n";
  }

  // What a handler throws arrives here with its text.
  try {
    service->open("missing.txt", Mode::READ);
  } catch (const shmidl::Error& error) {
    std::cout << "files: open(\"missing.txt\", READ) = error: " << error.what() << '\n';
  }
  const shmidl::Result<std::int64_t> refused = service->try_write(in, bytes);
  std::cout << "files: try_write(" << in << ", " << bytes.size()
            << " bytes) = " << (refused ? std::to_string(*refused) : "error: " + std::string(refused.error().what())) << '\n';
} catch (const shmidl::Error& error) {
  std::cerr << "files_client: " << error.what() << '\n';
  return 1;
}
