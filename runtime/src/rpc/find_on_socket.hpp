// What a frame names may not have come yet: the socket is read until it has.
#pragma once

#include <utility>

#include "rpc/link.hpp"

namespace shmidl::stub {

template <class F>
rpc::PeerMemory::Verdict Link::find_on_socket(F&& find) noexcept {
  using Verdict = rpc::PeerMemory::Verdict;
  // What a frame names is on the socket before it: look there before calling it nonsense. A socket holds a few hundred messages.
  constexpr unsigned kTurn = 32;
  constexpr unsigned kMostMessages = 1024;
  Verdict verdict = find();
  for (unsigned turn = 0; verdict == Verdict::not_yet && turn < kMostMessages / kTurn; ++turn) {
    read_socket(kTurn);
    verdict = find();
  }
  return verdict == Verdict::not_yet ? Verdict::nonsense : verdict;
}

}  // namespace shmidl::stub
