// Two segments as two processes of a connection have them, stripped to what a small call touches.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shmidl::bench {

/// A cell without its sequence.
struct CellBody {
  std::uint16_t method = 0;
  std::uint8_t flags = 0;
  std::uint8_t descriptors = 0;
  std::uint32_t bytes = 0;
  std::uint32_t after = 0;
  std::array<std::byte, 48> content{};
};

struct alignas(64) Cell {
  std::atomic<std::uint32_t> sequence{0};
  CellBody body;
};
static_assert(sizeof(Cell) == 64);

constexpr std::size_t kLanes = 64;

struct Segment {
  alignas(64) std::atomic<std::uint32_t> lanes_used{0};
  alignas(64) std::atomic<std::uint32_t> waiting{0};
  alignas(64) std::array<std::atomic<std::uint32_t>, kLanes> started{};
  alignas(4096) std::array<Cell, kLanes> requests{};
  alignas(4096) std::array<Cell, kLanes> replies{};
};

/// Two memfds, each mapped twice: for its owner to write, for the peer to read.
class Segments {
 public:
  Segments();
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  /// One side's view.
  struct View {
    Segment& mine;
    const Segment& peer;
  };
  [[nodiscard]] View client() const { return {*client_, *client_read_}; }
  [[nodiscard]] View server() const { return {*server_, *server_read_}; }

 private:
  Segment* client_;             ///< the client's, for the client
  const Segment* server_read_;  ///< the client's, for the server
  Segment* server_;
  const Segment* client_read_;
};

}  // namespace shmidl::bench
