// The service of these examples, and what their clients do with an answer. Each of the three programs puts it into another event loop.
#pragma once

#include <shmidl/shmidl.hpp>
#include "sensor.shmidl.hpp"

#include <cstdint>
#include <cstdio>
#include <stdexcept>

struct Thermometer final : Sensor {
  std::int32_t read(std::int32_t channel) override {
    if (channel < 0) throw std::invalid_argument("channels count from 0");
    return 20'000 + 500 * channel + touched;
  }
  void touch() override { ++touched; }
  std::int32_t touched = 0;
};

inline void print(const char* loop, std::int32_t channel, const shmidl::Result<std::int32_t>& answer) {
  if (answer) std::printf("%s: read(%d) = %d\n", loop, channel, *answer);
  else std::printf("%s: read(%d) = error: %s\n", loop, channel, answer.error().what());
}
