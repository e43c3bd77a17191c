// What other processes and threads do in their own time.
#pragma once

#include <chrono>
#include <thread>

namespace shmidl::test {

/// Waits until `holds()`, for 20 s at most: a while on any machine.
template <class F>
bool soon(F&& holds) {
  for (int i = 0; i < 2000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace shmidl::test
