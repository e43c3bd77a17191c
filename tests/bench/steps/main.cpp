// bench_steps: a small call, built from nothing, one part more in each row. Compared with the real call it shows what the rest of that
// costs; `shmidl_bench --breakdown` prints the differences.
#include "steps/segments.hpp"
#include "support/contender.hpp"
#include "support/line.hpp"

#include <cstring>
#include <mutex>
#include <stdexcept>

using namespace shmidl::bench;

namespace {

/// What a row adds to the exchange of cells; each has all that those before it have.
enum class Part { cells, header, dispatch, lanes, waiting };

struct Adder {
  virtual ~Adder() = default;
  virtual std::int32_t add(std::int32_t a, std::int32_t b) = 0;
};

struct Impl final : Adder {
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
};

struct Arguments {
  std::int32_t a;
  std::int32_t b;
};

[[noreturn]] void nonsense() { throw std::runtime_error("a cell holds nonsense"); }

void put(CellBody& body, const void* from, std::size_t size) { std::memcpy(body.content.data(), from, size); }
void get(const CellBody& body, void* to, std::size_t size) { std::memcpy(to, body.content.data(), size); }

/// The method of a call by its number: takes the arguments out of the cell and puts the result in.
using Method = void (*)(Adder& object, CellBody& body);

void call_add(Adder& object, CellBody& body) {
  Arguments arguments;
  if (body.bytes != sizeof arguments) nonsense();
  get(body, &arguments, sizeof arguments);
  const std::int32_t result = object.add(arguments.a, arguments.b);
  put(body, &result, sizeof result);
  body.bytes = sizeof result;
}

constexpr Method kMethods[] = {nullptr, call_add};

/// A private copy, as both sides take it before they look at it.
template <Part part>
CellBody take(const Cell& cell, std::size_t bytes) {
  CellBody body;
  if constexpr (part >= Part::header) {
    std::memcpy(&body, &cell.body, sizeof body);
    asm volatile("" : : "r"(&body) : "memory");  // read once
    if (body.descriptors > 64 || (body.flags & 0xf0) != 0 || (body.descriptors == 0 && body.bytes > body.content.size())) nonsense();
  } else {
    std::memcpy(body.content.data(), cell.body.content.data(), bytes);
  }
  return body;
}

template <Part part>
void publish(Cell& cell, const CellBody& body, std::size_t bytes, std::uint32_t sequence) {
  if constexpr (part >= Part::header) {
    std::memcpy(&cell.body, &body, sizeof body);
  } else {
    std::memcpy(cell.body.content.data(), body.content.data(), bytes);
  }
  cell.sequence.store(sequence, std::memory_order_release);
}

/// Tells a peer that sleeps; nobody does here, so this is the price of asking.
template <Part part>
void wake(const Segment& peer) {
  if constexpr (part >= Part::waiting) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (peer.waiting.load(std::memory_order_relaxed) != 0) nonsense();
  }
}

template <Part part>
[[noreturn]] void serve(Segments::View view, Adder& object) {
  std::array<std::uint32_t, kLanes> taken{};
  for (;;) {
    const std::size_t lanes = part >= Part::lanes ? view.peer.lanes_used.load(std::memory_order_relaxed) : 1;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const Cell& request = view.peer.requests[lane];
      const std::uint32_t sequence = request.sequence.load(std::memory_order_acquire);
      if (sequence == taken[lane]) continue;
      if (part >= Part::header && sequence != taken[lane] + 1) nonsense();
      taken[lane] = sequence;
      CellBody body = take<part>(request, sizeof(Arguments));
      if constexpr (part >= Part::lanes) view.mine.started[lane].store(sequence, std::memory_order_relaxed);
      if constexpr (part >= Part::dispatch) {
        if (body.method >= std::size(kMethods) || kMethods[body.method] == nullptr) nonsense();
        kMethods[body.method](object, body);
      } else {
        Arguments arguments;
        get(body, &arguments, sizeof arguments);
        const std::int32_t result = arguments.a + arguments.b;
        put(body, &result, sizeof result);
        body.bytes = sizeof result;
      }
      body.method = 0;
      publish<part>(view.mine.replies[lane], body, sizeof(std::int32_t), sequence);
      wake<part>(view.peer);
    }
    pause_cpu();
  }
}

/// The lanes that no thread uses, the hottest on top.
class FreeLanes {
 public:
  FreeLanes() {
    for (std::size_t lane = 0; lane < kLanes; ++lane) free_[lane] = static_cast<std::uint8_t>(kLanes - 1 - lane);
  }
  std::size_t take() {
    const std::lock_guard guard(lock_);
    return free_[--count_];
  }
  void give_back(std::size_t lane) {
    const std::lock_guard guard(lock_);
    free_[count_++] = static_cast<std::uint8_t>(lane);
  }

 private:
  std::mutex lock_;
  std::array<std::uint8_t, kLanes> free_{};
  std::size_t count_ = kLanes;
};

template <Part part>
class Client final : public Adder {
 public:
  explicit Client(Segments::View view) : view_(view) { view_.mine.lanes_used.store(1); }

  std::int32_t add(std::int32_t a, std::int32_t b) override {
    const std::size_t lane = part >= Part::lanes ? free_.take() : 0;
    CellBody body;
    body.method = 1;
    const Arguments arguments{a, b};
    put(body, &arguments, sizeof arguments);
    body.bytes = sizeof arguments;
    const std::uint32_t sequence = ++sequences_[lane];
    publish<part>(view_.mine.requests[lane], body, sizeof arguments, sequence);
    wake<part>(view_.peer);
    const Cell& reply = view_.peer.replies[lane];
    spin_until(reply.sequence, sequence);
    body = take<part>(reply, sizeof(std::int32_t));
    if (part >= Part::header && (body.method != 0 || body.bytes != sizeof(std::int32_t))) nonsense();
    std::int32_t result = 0;
    get(body, &result, sizeof result);
    if constexpr (part >= Part::lanes) free_.give_back(lane);
    return result;
  }

 private:
  Segments::View view_;
  FreeLanes free_;
  std::array<std::uint32_t, kLanes> sequences_{};
};

template <Part part>
Result measure(const Context& context) {
  const Segments segments;
  const Process server([&] {
    pin(context.cores.server);
    Impl impl;
    Adder* object = &impl;
    asm volatile("" : "+r"(object));  // the compiler must not know what it is
    serve<part>(segments.server(), *object);
  });
  Client<part> client(segments.client());
  Adder* adder = &client;
  if constexpr (part >= Part::dispatch) asm volatile("" : "+r"(adder));
  std::int32_t total = 0;
  std::int32_t calls = 0;
  Samples samples = sample(context.seconds, [&] {
    total = adder->add(total, 1);
    ++calls;
  });
  check_add(total, calls);
  return {std::move(samples), "poll"};
}

}  // namespace

int main(int argc, char** argv) {
  return contender_main(argc, argv, "steps", "",
                        {{"step.1.cells", measure<Part::cells>},
                         {"step.2.header", measure<Part::header>},
                         {"step.3.dispatch", measure<Part::dispatch>},
                         {"step.4.lanes", measure<Part::lanes>},
                         {"step.5.waiting", measure<Part::waiting>}});
}
