// A stream: items, credit, the end; and the death of the one that makes them. The steps of StreamProducer and IncomingStream.
#include "scenarios.hpp"
#include "shm/stream.hpp"

namespace explorer {
namespace {

constexpr std::uint32_t kCells = 2;   // one item may wait, and the end
constexpr std::uint32_t kWindow = 1;
constexpr std::size_t kPiecesAt = 512;  // where in the maker's arena what items hold stands

struct Stream : Scenario {
  Fault fault = Fault::none;
  StreamPlan plan;

  std::uint32_t published = 0;
  std::uint32_t read = 0;
  bool closed = false;

  static shm::StreamCredit& credit() { return *reinterpret_cast<shm::StreamCredit*>(world().caller.arena); }
  static shm::StreamHead& head() { return *reinterpret_cast<shm::StreamHead*>(world().callee.arena); }
  static shm::Cell& cell(std::uint32_t number) { return *reinterpret_cast<shm::Cell*>(world().callee.arena + sizeof(shm::StreamHead) + (number % kCells) * sizeof(shm::Cell)); }
  /// What the one item that may wait holds: used again for the next one as soon as it was taken.
  static std::byte* piece() { return world().callee.arena + kPiecesAt; }
  /// The reader's line as memory that is used again: a look at its words is a read of it.
  static std::byte* line() { return world().caller.arena + sizeof(shm::StreamCredit); }

  void prepare() override {}
  void begin() override {
    published = read = 0;
    closed = false;
  }
  void at_end() override {
    engine().expect(mortal >= 0 || plan.reader_gives_up || read == plan.items, "an item was not read");
    engine().expect(plan.reader_gives_up || read >= published, "an item that was published before the death is not delivered");
  }

  // ── the maker ──

  void look_at_line() {
    std::uint64_t content = 0;
    A::read(&content, line(), sizeof content);
    engine().expect(content == 0, "the reader's line is used again too early");
  }

  /// The reader's message has come.
  [[nodiscard]] bool is_told() const { return plan.reader_gives_up && engine().load(&world().callee_private.state, Order::sequential, "StreamProducer::over") != 0; }
  /// So has its word.
  [[nodiscard]] bool is_over() const { return is_told() || (plan.reader_gives_up && shm::is_cancelled<A>(credit())); }

  void await_room(std::uint32_t sent) {
    if (fault == Fault::credit_not_looked_at) return;
    while (!is_over() && shm::stream_in_flight<A>(credit(), sent) >= kWindow) {
      if (plan.maker_sleeps) sleep_for_room(sent - kWindow);
      else engine().pause();
    }
  }

  /// StreamProducer::wait_for_room().
  void sleep_for_room(std::uint32_t seen) {
    const auto count = [] { return engine().load(&world().callee_private.wakes, Order::sequential, "StreamProducer::wait_for_room"); };
    const bool early = plan.reader_gives_up && fault != Fault::maker_counts_after_the_look;
    std::uint32_t woken = early ? count() : 0;
    const bool missing = fault == Fault::maker_does_not_announce || shm::credit_missing<A>(head(), credit(), shm::kSleepsOnTaken, seen);
    if (missing && !is_told()) {
      if (plan.reader_gives_up && !early) woken = count();
      if (plan.reader_gives_up) engine().wait({{&credit().taken, seen}, {&world().callee_private.wakes, woken}});
      else engine().wait({{&credit().taken, seen}});
    }
    A::relaxed_store(head().room_wanted, shm::kMakesItems);
  }

  void publish(std::uint32_t number, const shm::CellBody& body) {
    shm::publish<A>(cell(number), body, number);
    published = (body.flags & shm::kStreamEnd) != 0 ? published : number;
    if (fault == Fault::closed_before_the_last_look && (body.flags & shm::kStreamEnd) != 0) shm::close_stream<A>(head());
    const shm::StreamWaiting how = shm::reader_waits<A>(credit());
    look_at_line();
    if (how == shm::kReaderSleeps && fault != Fault::nobody_wakes_the_reader) engine().wake(&cell(number).sequence, 1);
  }

  void run_maker() {
    std::uint32_t number = 1;
    for (; number <= plan.items; ++number) {
      await_room(number - 1);
      if (is_over()) break;
      write_payload(piece(), number);
      shm::CellBody body;
      body.content_bytes = number;
      publish(number, body);
    }
    shm::CellBody end;
    end.flags = shm::kStreamEnd;
    publish(number, end);
    if (fault != Fault::closed_before_the_last_look) shm::close_stream<A>(head());
  }

  // ── the reader ──

  [[nodiscard]] bool dead() const { return mortal >= 0 && engine().load(&world().caller_private.state, Order::ordered, "Link::state") != 0; }

  void sleep() {
    const shm::Cell& next = cell(read + 1);
    const auto count = [] { return engine().load(&world().caller_private.wakes, Order::sequential, "IncomingStream::sleep"); };
    std::uint32_t woken = mortal >= 0 && fault != Fault::reader_counts_after_the_look ? count() : 0;
    std::uint32_t seen = next_old();
    const bool missing = fault == Fault::reader_does_not_announce || shm::item_missing<A>(credit(), next, read + 1, shm::kReaderSleeps, seen);
    if (missing && !dead()) {
      if (mortal >= 0 && fault == Fault::reader_counts_after_the_look) woken = count();
      if (mortal >= 0) engine().wait({{&next.sequence, seen}, {&world().caller_private.wakes, woken}});
      else engine().wait({{&next.sequence, seen}});
    }
    shm::announce_reader<A>(credit(), shm::kReaderLooks);
  }
  [[nodiscard]] std::uint32_t next_old() const { return read + 1 > kCells ? read + 1 - kCells : 0; }

  void run_reader() {
    for (;;) {
      bool gone = fault != Fault::items_not_looked_at_after_death && dead();
      const std::uint32_t word = shm::stream_word<A>(cell(read + 1));
      if (fault == Fault::items_not_looked_at_after_death) gone = dead();
      if (word == read + 1) {
        shm::CellBody body;
        shm::take<A>(cell(read + 1), body);
        if ((body.flags & shm::kStreamEnd) != 0) break;
        if (plan.reader_gives_up) break;
        take_item(body);
        continue;
      }
      engine().expect(word == next_old(), "a number that no maker writes");
      if (gone) return;
      if (plan.reader_sleeps) sleep();
      else engine().pause();
    }
    if (mortal >= 0) return;
    if (plan.reader_gives_up) give_up();
    while (!shm::is_closed<A>(head())) engine().pause();
    write_payload(line(), 7);
  }

  void take_item(const shm::CellBody& body) {
    const std::uint32_t number = read + 1;
    if (fault == Fault::credit_given_before_the_read) shm::give_credit<A>(credit(), number);
    engine().expect(body.content_bytes == number && payload_is(piece(), number), "the item is another one");
    read = number;
    if (fault != Fault::credit_given_before_the_read) shm::give_credit<A>(credit(), number);
    if (shm::credit_wanted<A>(head()) == shm::kSleepsOnTaken && fault != Fault::nobody_wakes_the_maker) engine().wake(&credit().taken, 1);
  }

  /// IncomingStream::cancel().
  void give_up() {
    shm::cancel_stream<A>(credit());
    if (fault == Fault::giving_up_is_not_told) return;
    engine().add(&world().callee_private.mail, 1, Order::sequential, "send");
    engine().wake(&world().callee_private.mail, 1);
  }

  /// Who reads the maker's socket: StreamProducer::give_up().
  void run_postman() {
    while (engine().load(&world().callee_private.mail, Order::sequential, "recv") == 0) engine().wait({{&world().callee_private.mail, 0}});
    engine().store(&world().callee_private.state, 1, Order::sequential, "StreamProducer::give_up");
    engine().add(&world().callee_private.wakes, 1, Order::sequential, "StreamProducer::give_up");
    engine().wake(&world().callee_private.wakes, 1);
  }

  /// Link::end() and Streams::wake_readers().
  void run_watcher() {
    engine().await_death(kCalleeProcess);
    engine().store(&world().caller_private.state, 1, Order::sequential, "Link::end");
    engine().add(&world().caller_private.wakes, 1, Order::sequential, "IncomingStream::wake");
    engine().wake(&world().caller_private.wakes, 1);
  }

  std::vector<ThreadPlan> threads() override {
    std::vector<ThreadPlan> plans = {{"maker", kCalleeProcess, [this] { run_maker(); }, mortal == kCalleeProcess},
                                     {"reader", kCallerProcess, [this] { run_reader(); }}};
    if (plan.reader_gives_up) plans.push_back({"postman", kCalleeProcess, [this] { run_postman(); }, true});
    if (mortal >= 0) plans.push_back({"watcher", kCallerProcess, [this] { run_watcher(); }, true});
    return plans;
  }
};

}  // namespace

std::unique_ptr<Scenario> make_stream(Fault fault, const StreamPlan& plan) {
  auto made = std::make_unique<Stream>();
  made->fault = fault;
  made->plan = plan;
  if (plan.maker_dies) made->mortal = kCalleeProcess;
  return made;
}

}  // namespace explorer
