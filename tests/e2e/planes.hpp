// Stacks of planes, as both sides of a test make and look at them.
#pragma once

#include "maps.hpp"
#include "planes.shmidl.hpp"

#include <cstddef>
#include <utility>

namespace e2e {

/// A stack of one and `planes` planes whose arrays come from `doubles(count)` and `dots(count)`.
template <class Doubles, class Dots>
Stack make_stack(std::size_t planes, std::size_t count, Doubles&& doubles, Dots&& dots) {
  const auto filled = [&](std::int32_t number) {
    Plane plane{.number = number, .samples = doubles(count)};
    for (std::size_t i = 0; i < count; ++i) plane.samples[i] = number;
    return plane;
  };
  Stack stack{.name = "stack", .first = filled(1), .planes = {}, .dots = dots(count)};
  for (std::size_t i = 0; i < planes; ++i) stack.planes.push_back(filled(static_cast<std::int32_t>(i) + 2));
  for (std::size_t i = 0; i < count; ++i) stack.dots[i] = {.x = 0.5f, .tag = 3};
  return stack;
}

/// What look() answers for such a stack.
inline double sum_of_stack(std::size_t planes, std::size_t count) {
  const auto n = static_cast<double>(planes + 1);
  return static_cast<double>(count) * (n * (n + 1) / 2 + 3.5);
}

struct Seen {
  double sum = 0;
  int in_place = 0;
};

/// Adds up a Stack or a view of one, and counts the arrays that lie in shared memory which this process may only read.
template <class S>
Seen look_at(const S& stack) {
  Seen seen;
  const auto add = [&seen](const auto& array, auto&& value) {
    for (const auto& element : array) seen.sum += value(element);
    if (!array.empty() && permissions_at(array.data()) == "r--s") ++seen.in_place;
  };
  const auto same = [](double sample) { return sample; };
  add(stack.first.samples, same);
  for (const auto& plane : stack.planes) add(plane.samples, same);
  add(stack.dots, [](const Dot& dot) { return static_cast<double>(dot.x) + dot.tag; });
  return seen;
}

}  // namespace e2e
