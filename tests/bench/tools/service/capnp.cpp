#include "service.capnp.h"

#include <capnp/ez-rpc.h>

struct Impl final : Service::Server {
  kj::Promise<void> add(AddContext context) override {
    context.getResults().setSum(context.getParams().getA() + context.getParams().getB());
    return kj::READY_NOW;
  }
  kj::Promise<void> read(ReadContext context) override {
    auto reading = context.getResults().initReading();
    reading.setTime(1);
    reading.setValue(2.5);
    reading.setUnit(context.getParams().getSensor());
    return kj::READY_NOW;
  }
  kj::Promise<void> write(WriteContext context) override {
    total += context.getParams().getValues().size();
    return kj::READY_NOW;
  }
  unsigned total = 0;
};

int main(int argc, char**) {
  if (argc == 1) {
    capnp::EzRpcServer server(kj::heap<Impl>(), "unix:service");
    kj::NEVER_DONE.wait(server.getWaitScope());
  }
  capnp::EzRpcClient client("unix:service");
  auto service = client.getMain<Service>();
  auto write = service.writeRequest();
  write.setSensor("a");
  write.initValues(3);
  write.send().wait(client.getWaitScope());
  auto add = service.addRequest();
  add.setA(1);
  add.setB(2);
  auto read = service.readRequest();
  read.setSensor("m");
  return add.send().wait(client.getWaitScope()).getSum() == 3 && read.send().wait(client.getWaitScope()).getReading().getUnit() == "m" ? 0
                                                                                                                                       : 1;
}
