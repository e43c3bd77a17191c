// Serves Evolve in the version it is built for: evolution_server_old, evolution_server_new NAME. Says "ready".
#include "evolve.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <iostream>

struct Impl final : evolve::Evolve {
  evolve::Point point(const evolve::Point::View& value) override { return value; }
  evolve::Label label(const evolve::Label::View& value) override { return value.copy(); }
  evolve::Frame frame(const evolve::Frame::View& value) override { return value.copy(); }
  evolve::Many many(const evolve::Many::View& value) override { return value.copy(); }
  evolve::Point points(std::span<const evolve::Point> values, evolve::Point& last) override {
    last = values.back();
    return values.front();
  }
  evolve::Mood mood(evolve::Mood value) override { return value; }
  evolve::Mood next(evolve::Mood value) override { return static_cast<evolve::Mood>(static_cast<std::int32_t>(value) + 1); }
  std::int32_t fail(std::int32_t how) override {
    if (how == 1) throw broken();
#ifdef EVOLUTION_NEW
    if (how == 2) throw evolve::Worse{.what = "worse"};
#endif
    return how;
  }
#ifdef EVOLUTION_NEW
  static evolve::Broken broken() { return {.what = "broken", .code = 6}; }
  evolve::Pick pick(const evolve::Pick::View& value) override {
    if (value.tag() == evolve::Pick::Tag::number && value.get<evolve::Pick::Tag::number>() == 99)
      return evolve::Pick::make<evolve::Pick::Tag::label>(evolve::Label{.text = "new", .more = "newer", .tags = {}, .where = {}});
    return value.copy();
  }
  std::int32_t version() override { return 2; }
  std::int32_t added(std::int32_t value) override { return value + 1; }
  evolve::Label added_label(const evolve::Label::View& value) override { return value.copy(); }
  void added_note(std::string_view) override {}
#else
  static evolve::Broken broken() { return {.what = "broken"}; }
  evolve::Pick pick(const evolve::Pick::View& value) override { return value.copy(); }
  std::int32_t version() override { return 1; }
#endif
};

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: evolution_server NAME\n";
    return 2;
  }
  Impl impl;
  shmidl::Server server{argv[1]};
  server.serve(impl);
  std::cout << "ready" << std::endl;
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
