#include <shmidl/stub/stop.hpp>

#include <new>
#include <stop_token>

namespace shmidl::stub {

StopHolder::StopHolder(const std::stop_token& token) noexcept {
  static_assert(sizeof(std::stop_token) <= sizeof room_ && alignof(std::stop_token) <= alignof(void*));
  if (!token.stop_possible()) return;
  new (room_) std::stop_token(token);
  holds_ = true;
}

const std::stop_token& StopHolder::token() const noexcept { return *std::launder(reinterpret_cast<const std::stop_token*>(room_)); }

bool StopHolder::requested() const noexcept { return holds_ && token().stop_requested(); }

void StopHolder::copy(const StopHolder& other) noexcept {
  new (room_) std::stop_token(other.token());
  holds_ = true;
}

void StopHolder::drop() noexcept {
  std::launder(reinterpret_cast<std::stop_token*>(room_))->~stop_token();
  holds_ = false;
}

}  // namespace shmidl::stub
