// Calls Evolve in the version it is built for: evolution_client_old, evolution_client_new NAME PEER, PEER 1 or 2.
// Prints "done" if all that came back is what that pair of versions must give.
#include "evolve.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <iostream>

#ifdef EVOLUTION_NEW
constexpr bool kNew = true;
#else
constexpr bool kNew = false;
#endif

namespace {

int faults = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << what << '\n';
  ++faults;
}

evolve::Point point(std::int32_t x) {
  evolve::Point made;
  made.x = x;
  made.y = 2 * x;
#ifdef EVOLUTION_NEW
  made.z = 3 * x;
#endif
  return made;
}

evolve::Label label(const std::string& text) {
  evolve::Label made;
  made.text = text;
#ifdef EVOLUTION_NEW
  made.more = text + " more";
  made.tags = {1, 2, 3};
  made.where = point(9);
#endif
  return made;
}

evolve::Frame frame(std::int32_t after) {
  evolve::Frame made;
  made.corner = point(after);
  made.label = label("frame");
  made.both = {point(1), point(2)};
  made.after = after;
#ifdef EVOLUTION_NEW
  made.scale = 2.5;
  made.centre = point(77);
#endif
  return made;
}

evolve::Many many() {
  evolve::Many made;
  made.points = {point(1), point(2), point(3)};
  made.labels = {label("a"), label(""), label(std::string(3000, 'b'))};
  made.frames = {frame(4), frame(5)};
  made.two = {label("one"), label("two")};
  made.last = 42;
#ifdef EVOLUTION_NEW
  made.extra = {label("extra")};
#endif
  return made;
}

/// What is left of a value that went through an older version: new fields have their defaults.
void forget(evolve::Point& value) {
#ifdef EVOLUTION_NEW
  value.z = evolve::Point{}.z;
#else
  (void)value;
#endif
}

void forget(evolve::Label& value) {
#ifdef EVOLUTION_NEW
  const evolve::Label fresh;
  value.more = fresh.more;
  value.tags = fresh.tags;
  value.where = fresh.where;
#else
  (void)value;
#endif
}

void forget(evolve::Frame& value) {
  forget(value.corner);
  forget(value.label);
  for (auto& each : value.both) forget(each);
#ifdef EVOLUTION_NEW
  value.scale = evolve::Frame{}.scale;
  value.centre = evolve::Frame{}.centre;
#endif
}

void forget(evolve::Many& value) {
  for (auto& each : value.points) forget(each);
  for (auto& each : value.labels) forget(each);
  for (auto& each : value.frames) forget(each);
  for (auto& each : value.two) forget(each);
#ifdef EVOLUTION_NEW
  value.extra = {};
#endif
}

template <class T>
T through(T value, bool older) {
  if (older) forget(value);
  return value;
}

template <class F>
shmidl::Error thrown_by(F&& call) {
  try {
    call();
  } catch (const shmidl::Error& error) {
    return error;
  }
  std::cerr << "nothing was thrown\n";
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: evolution_client NAME PEER\n";
    return 2;
  }
  const std::int32_t peer = std::stoi(argv[2]);
  const bool older = kNew && peer == 1;
  const auto evolving = shmidl::connect<evolve::Evolve>(argv[1], {.connect_timeout = std::chrono::seconds(10)});
  expect(evolving->version() == peer, "the version");
  expect(evolving->point(point(5)) == through(point(5), older), "a flat struct");
  expect(evolving->label(label("hello")) == through(label("hello"), older), "a struct with a string");
  expect(evolving->frame(frame(6)) == through(frame(6), older), "nested structs");
  expect(evolving->many(many()) == through(many(), older), "structs in arrays");
  expect(evolving->many({}) == through(evolve::Many{}, older), "empty arrays");
  const std::vector<evolve::Point> points{point(1), point(2), point(3)};
  evolve::Point last;
  expect(evolving->points(points, last) == through(point(1), older), "an array of flat structs");
  expect(last == through(point(3), older), "the last of an array");

  expect(evolving->mood(static_cast<evolve::Mood>(2)) == static_cast<evolve::Mood>(2), "an enumerator one side may not know");
  expect(evolving->next(evolve::Mood::GLAD) == static_cast<evolve::Mood>(2), "an enumerator that comes back");
  expect(evolving->mood(static_cast<evolve::Mood>(1234567)) == static_cast<evolve::Mood>(1234567), "an enumerator nobody knows");

  expect(evolving->fail(0) == 0, "a method that may throw");
  const shmidl::Error thrown = thrown_by([&] { (void)evolving->fail(1); });
  const auto* const broken = thrown.as<evolve::Broken>();
  expect(broken != nullptr && broken->what == "broken", "a thrown struct");
#ifdef EVOLUTION_NEW
  expect(broken != nullptr && broken->code == (peer == 2 ? 6 : 5), "a thrown struct's new field");
#endif
  if (peer == 2) {
    const shmidl::Error worse = thrown_by([&] { (void)evolving->fail(2); });
    expect(worse.code() == shmidl::Errc::service_error, worse.what());
#ifdef EVOLUTION_NEW
    expect(worse.as<evolve::Worse>() != nullptr, "a thrown struct that the old version lacks");
#else
    expect(worse.as<evolve::Broken>() == nullptr, "a thrown struct that this version does not know");
#endif
  }

  using Tag = evolve::Pick::Tag;
  const auto text = evolve::Pick::make<Tag::text>("chosen");
  expect(evolving->pick(text) == text, "a union");
#ifdef EVOLUTION_NEW
  const auto labelled = evolve::Pick::make<Tag::label>(label("picked"));
  if (peer == 2) {
    expect(evolving->pick(labelled) == labelled, "a new union member");
    expect(evolving->added(4) == 5, "a new method");
    expect(evolving->added_label(label("x")) == label("x"), "a new method with a struct");
  } else {
    const shmidl::Error refused = thrown_by([&] { (void)evolving->pick(labelled); });
    expect(refused.code() == shmidl::Errc::schema_mismatch, "a member that the server does not know is a mismatch");
    expect(std::string(refused.what()).find("Pick") != std::string::npos, refused.what());
    expect(thrown_by([&] { (void)evolving->added(4); }).code() == shmidl::Errc::unknown_method, "a method that the server lacks");
    expect(thrown_by([&] { (void)evolving->added_label(label("x")); }).code() == shmidl::Errc::unknown_method, "another");
  }
#else
  if (peer == 2) {
    const shmidl::Error refused = thrown_by([&] { (void)evolving->pick(evolve::Pick::make<Tag::number>(99)); });
    expect(refused.code() == shmidl::Errc::schema_mismatch, "a member that the client does not know is a mismatch");
  }
#endif
  expect(evolving->point(point(8)) == through(point(8), older), "the connection lives on");
  if (faults != 0) return 1;
  std::cout << "done" << std::endl;
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
