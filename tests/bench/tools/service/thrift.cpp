#include "Service.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TServerSocket.h>
#include <thrift/transport/TSocket.h>

using namespace apache::thrift;

struct Impl final : ServiceIf {
  std::int32_t add(const std::int32_t a, const std::int32_t b) override { return a + b; }
  void read(Reading& reading, const std::string& sensor) override {
    reading.time = 1;
    reading.value = 2.5;
    reading.unit = sensor;
  }
  void write(const std::string&, const std::vector<double>& values) override { total += values.size(); }
  std::size_t total = 0;
};

int main(int argc, char**) {
  if (argc == 1) {
    server::TThreadedServer server(
        std::make_shared<ServiceProcessor>(std::make_shared<Impl>()), std::make_shared<transport::TServerSocket>("service"),
        std::make_shared<transport::TBufferedTransportFactory>(), std::make_shared<protocol::TBinaryProtocolFactory>());
    server.serve();
    return 0;
  }
  auto transport = std::make_shared<transport::TBufferedTransport>(std::make_shared<transport::TSocket>("service"));
  ServiceClient service(std::make_shared<protocol::TBinaryProtocol>(transport));
  transport->open();
  service.write("a", {1, 2, 3});
  Reading reading;
  service.read(reading, "m");
  return service.add(1, 2) == 3 && reading.unit == "m" ? 0 : 1;
}
