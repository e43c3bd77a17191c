// A Room and a Table with several threads, until it is killed: chairs_server NAME THREADS.
#include "chairs.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace {

e2e::Turnstile stile;

struct WaiterImpl final : Waiter {
  std::int32_t ask(std::shared_ptr<Guest> guest, std::int32_t number) override { return guest->come(number); }
};

struct TableImpl final : Table {
  std::shared_ptr<Waiter> waiter() override { return std::make_shared<WaiterImpl>(); }
  std::int32_t place(std::int32_t number) override { return stile.pass(number); }
  void hold_place() override { stile.hold(); }
};

class RoomImpl final : public Room {
 public:
  std::shared_ptr<Chair> chair() override { return chair_; }
  bool held() override { return stile.held(); }
  void release() override { stile.release(); }
  std::int32_t most() override { return stile.most(); }
  std::int32_t noted() override { return chair_->noted; }
  std::int32_t visit(std::shared_ptr<Chair> chair, std::int32_t number) override { return chair->sit(number); }
  std::int32_t again(std::shared_ptr<Chair> chair, std::int32_t left) override { return left == 0 ? 0 : 1 + chair->again(left - 1); }
  void keep(std::shared_ptr<Chair> chair) override { kept_ = std::move(chair); }
  std::int32_t visit_kept(std::int32_t number) override {
    std::int32_t answer = -1;
    std::thread([&] {
      if (const auto sat = dynamic_cast<Chair::Client&>(*kept_).try_sit(number)) answer = *sat;
    }).join();
    return answer;
  }

 private:
  const std::shared_ptr<e2e::ChairImpl> chair_ = std::make_shared<e2e::ChairImpl>(stile);
  std::shared_ptr<Chair> kept_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  shmidl::Server server(argv[1], {.threads = static_cast<unsigned>(std::atoi(argv[2]))});
  RoomImpl room;
  TableImpl table;
  server.serve(room);
  server.serve(table);
  std::puts("ready");
  std::fflush(stdout);
  server.run();
}
