#include "service.grpc.pb.h"

#include <grpcpp/grpcpp.h>

struct Impl final : Sensors::Service {
  grpc::Status Add(grpc::ServerContext*, const AddRequest* request, AddReply* reply) override {
    reply->set_sum(request->a() + request->b());
    return grpc::Status::OK;
  }
  grpc::Status Read(grpc::ServerContext*, const ReadRequest* request, Reading* reading) override {
    reading->set_time(1);
    reading->set_value(2.5);
    reading->set_unit(request->sensor());
    return grpc::Status::OK;
  }
  grpc::Status Write(grpc::ServerContext*, const WriteRequest* request, WriteReply*) override {
    total += request->values_size();
    return grpc::Status::OK;
  }
  int total = 0;
};

int main(int argc, char**) {
  if (argc == 1) {
    Impl impl;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:service", grpc::InsecureServerCredentials());
    builder.RegisterService(&impl);
    builder.BuildAndStart()->Wait();
    return 0;
  }
  const auto service = Sensors::NewStub(grpc::CreateChannel("unix:service", grpc::InsecureChannelCredentials()));
  grpc::ClientContext first, second, third;
  WriteRequest write;
  write.add_values(1);
  WriteReply written;
  AddRequest add;
  add.set_a(1);
  add.set_b(2);
  AddReply sum;
  ReadRequest read;
  read.set_sensor("m");
  Reading reading;
  return service->Write(&first, write, &written).ok() && service->Add(&second, add, &sum).ok() && sum.sum() == 3 &&
                 service->Read(&third, read, &reading).ok() && reading.unit() == "m"
             ? 0
             : 1;
}
