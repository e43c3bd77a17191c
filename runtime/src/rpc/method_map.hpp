// Which of a client's methods the server has, under which number, and why one cannot be called (invariant I8).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <shmidl/result.hpp>
#include <shmidl/stub/tables.hpp>

#include "rpc/description.hpp"

namespace shmidl::rpc {

/// Threads: immutable once made.
class MethodMap {
 public:
  MethodMap() = default;

  /// Both sides have the same fingerprint.
  static MethodMap same(const stub::Interface& mine);
  /// Compares method by method: hashes of signatures, and of each struct that they use the common prefix of fields.
  static MethodMap compare(const stub::Interface& mine, const Description& theirs);

  /// The number on the server of the client's method `index`. Errors: unknown_method, schema_mismatch, with both sides of the difference.
  Result<std::uint16_t> find(std::uint32_t index) const {
    if (problems_.empty() || problems_[index].empty()) return numbers_[index];
    return Error(errors_[index], problems_[index]);
  }

  /// The same as a table by `index`, without the reasons: kNoNumber stands for them. Lifetime: this map's, through moves.
  [[nodiscard]] const std::uint16_t* numbers() const noexcept { return callable_.data(); }
  static constexpr std::uint16_t kNoNumber = 0xffff;

  /// True if a method has a deadline of its own.
  [[nodiscard]] bool has_deadlines() const noexcept {
    for (const stub::MethodInfo& method : interface_->methods) {
      if (method.deadline_ms != 0) return true;
    }
    return false;
  }
  [[nodiscard]] const stub::Interface& interface() const noexcept { return *interface_; }

 private:
  const stub::Interface* interface_ = nullptr;
  std::vector<std::uint16_t> numbers_;
  std::vector<std::uint16_t> callable_;  // the same, kNoNumber where there is a problem
  std::vector<Errc> errors_;           // empty when all is well
  std::vector<std::string> problems_;  // empty when all is well
};

}  // namespace shmidl::rpc
