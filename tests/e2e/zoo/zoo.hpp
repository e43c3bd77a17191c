// A service whose objects come as IBinder, in a process of its own or in that of a test.
#pragma once

#include "zoo/IAnimal.shmidl.hpp"
#include "zoo/IPlant.shmidl.hpp"
#include "zoo/IZoo.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace e2e {

class Animal final : public zoo::IAnimal {
 public:
  explicit Animal(std::string name) : name_(std::move(name)) { ++living; }
  ~Animal() override { --living; }
  std::string name() override { return name_; }
  std::int32_t walk(std::int32_t steps) override { return walked_ += steps; }
#ifdef ZOO_OLD
  std::int32_t age(std::string_view) override { return 1; }
#else
  std::int32_t age(std::int32_t year) override { return year; }
  std::int32_t jump() override { return 7; }
#endif
  static inline std::atomic<int> living{0};

 private:
  const std::string name_;
  std::atomic<std::int32_t> walked_{0};
};

struct Plant final : zoo::IPlant {
  std::int32_t leaves() override { return 12; }
};

class Zoo final : public zoo::IZoo {
 public:
  std::shared_ptr<shmidl::Object> find(std::string_view name) override {
    if (name == "plant") return std::make_shared<Plant>();
    return std::make_shared<Animal>(std::string(name));
  }
  std::shared_ptr<shmidl::Object> back(std::shared_ptr<shmidl::Object> object) override { return object; }
  std::int32_t walk_with(std::shared_ptr<shmidl::Object> object, std::int32_t steps) override {
    const auto animal = shmidl::as_interface<zoo::IAnimal>(object);
    animal->walk(steps);
    return shmidl::as_interface<zoo::IAnimal>(object)->walk(steps) + (shmidl::as_interface<zoo::IAnimal>(object) == animal ? 0 : 1000);
  }
  std::string why_no_plant(std::shared_ptr<shmidl::Object> object) override {
    const auto plant = shmidl::try_as_interface<zoo::IPlant>(std::move(object));
    if (plant) return (*plant)->leaves() == 12 ? "" : "it has other leaves";
    return std::to_string(static_cast<int>(plant.error().errc())) + " " + plant.error().what();
  }
  void keep(std::shared_ptr<shmidl::Object> object) override { kept_ = std::move(object); }
  std::shared_ptr<shmidl::Object> kept() override { return kept_; }
  std::string hand_on(std::string_view to, bool as_it_is) override {
    const auto other = shmidl::connect<zoo::IZoo>(std::string(to));
    const auto answer = other->try_walk_with(as_it_is ? kept_ : shmidl::as_interface<zoo::IAnimal>(kept_), 1);
    return answer ? std::to_string(*answer) : answer.error().what();
  }
  std::int32_t living() override { return Animal::living; }

 private:
  std::shared_ptr<shmidl::Object> kept_;
};

class ZooServer {
 public:
  explicit ZooServer(const std::string& address) : server_(address) {
    server_.serve(zoo_);
    thread_ = std::thread([this] { server_.run(); });
  }
  ~ZooServer() {
    server_.stop();
    thread_.join();
  }

 private:
  Zoo zoo_;
  shmidl::Server server_;
  std::thread thread_;
};

}  // namespace e2e
