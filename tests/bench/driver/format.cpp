#include "driver/format.hpp"

#include <cstdio>

namespace shmidl::bench {

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string microseconds(Nanoseconds time) {
  const double us = time / 1000;
  return fixed(us, us < 10 ? 3 : us < 100 ? 1 : 0);
}

std::string with_unit(double value, const std::string& unit) {
  if (unit == "bytes") return value < 1024.0 * 1024 ? fixed(value / 1024, 1) + " KiB" : fixed(value / 1024 / 1024, 1) + " MiB";
  if (unit == "ns/s") return fixed(value / 1e6, 2) + " ms/s";
  return value < 1e7 ? microseconds(value) + " us" : fixed(value / 1e6, value < 1e8 ? 1 : 0) + " ms";
}

std::string times(std::optional<double> ratio) {
  if (!ratio || *ratio <= 0) return {};
  return fixed(*ratio, *ratio < 10 ? 2 : *ratio < 100 ? 1 : 0) + " x";
}

std::string millions(Nanoseconds each) {
  if (each <= 0) return {};
  const double rate = 1000 / each;
  return fixed(rate, rate < 10 ? 2 : 1);
}

}  // namespace shmidl::bench
