#include "fiber.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)

// swapcontext() makes a system call for the signal mask, which would be most of an exploration's time.
// The registers that a call preserves go onto the stack that is left; the same come off the one that is entered.
asm(R"(
.text
.type shmidl_explorer_switch, @function
shmidl_explorer_switch:
  endbr64
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size shmidl_explorer_switch, .-shmidl_explorer_switch
)");

extern "C" void shmidl_explorer_switch(void** left, void* entered);

namespace explorer {

void Fiber::start(Entry entry) {
  if (stack_ == nullptr) stack_ = std::make_unique<std::byte[]>(kBytes);
  constexpr std::size_t kRegisters = 6;
  // Six zero registers, where to return to, and a null return address for `entry`: it finds its stack as after a call.
  const std::array<std::uintptr_t, kRegisters + 2> words{0, 0, 0, 0, 0, 0, reinterpret_cast<std::uintptr_t>(entry), 0};
  const auto base = reinterpret_cast<std::uintptr_t>(stack_.get());
  const auto top = (base + kBytes) & ~std::uintptr_t{15};
  std::byte* const at = stack_.get() + (top - sizeof words - base);
  std::memcpy(at, words.data(), sizeof words);
  stack_pointer_ = at;
}

void Fiber::switch_from(Fiber& from) { shmidl_explorer_switch(&from.stack_pointer_, stack_pointer_); }

}  // namespace explorer

#else

namespace explorer {

void Fiber::start(Entry entry) {
  if (stack_ == nullptr) stack_ = std::make_unique<std::byte[]>(kBytes);
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = kBytes;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
}

void Fiber::switch_from(Fiber& from) { swapcontext(&from.context_, &context_); }

}  // namespace explorer

#endif
