#include "memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "hash.hpp"

namespace explorer {

void View::join_positions(const View& other) {
  for (std::size_t i = 0; i < position.size(); ++i) position[i] = std::max(position[i], other.position[i]);
}

void View::join(const View& other) {
  join_positions(other);
  for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other.clock[i]);
}

Memory::Memory(std::byte* world, std::size_t bytes) : world_(world), bytes_(bytes), granules_(bytes / 4) {}

void Memory::begin_exploration() {
  initial_.assign(world_, world_ + bytes_);
  dirty_.clear();
}

void Memory::reset() {
  for (const std::size_t offset : dirty_) std::memcpy(world_ + offset, initial_.data() + offset, 4);
  dirty_.clear();
  ++execution_;
  for (std::size_t thread = 0; thread < kMaxThreads; ++thread) {
    threads_[thread] = ThreadViews{};
    threads_[thread].now.clock[thread] = 1;
  }
  word_count_ = 0;
  fences_ = View{};
}

std::size_t Memory::offset(const void* address) const {
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - world_);
  if (offset >= bytes_) std::abort();  // not of the world
  return offset;
}

Memory::Granule& Memory::granule(std::size_t offset) {
  Granule& granule = granules_[offset / 4];
  if (granule.execution != execution_) {
    granule = Granule{};
    granule.execution = execution_;
  }
  return granule;
}

std::size_t Memory::word(const void* address) {
  const std::size_t at = offset(address);
  Granule& here = granule(at);
  if (here.word == 0) {
    if (word_count_ == kMaxWords || here.payload) std::abort();
    WordState& fresh = words_[word_count_++];
    fresh.offset = at;
    Message first;
    std::memcpy(&first.value, world_ + at, 4);
    fresh.messages.assign(1, first);
    here.word = static_cast<std::uint32_t>(word_count_);
  }
  return here.word - 1;
}

std::size_t Memory::oldest(std::size_t thread, std::size_t word) const {
  return std::max(threads_[thread].now.position[word], threads_[thread].floor[word]);
}

std::uint32_t Memory::load(std::size_t thread, std::size_t word, std::size_t message, Order order) {
  ThreadViews& views = threads_[thread];
  const Message& read = words_[word].messages[message];
  views.now.position[word] = std::max(views.now.position[word], static_cast<std::uint8_t>(message));
  views.loaded.join(read.view);
  if (order != Order::relaxed) views.now.join(read.view);
  return read.value;
}

void Memory::store(std::size_t thread, std::size_t word, std::uint32_t value, Order order) {
  ThreadViews& views = threads_[thread];
  const auto position = static_cast<std::uint8_t>(words_[word].messages.size());
  if (position == 0xff) std::abort();
  views.now.position[word] = position;
  Message message{value, order == Order::relaxed ? views.released : views.now};
  message.view.position[word] = position;
  words_[word].messages.push_back(message);
  tick(thread);
}

std::uint32_t Memory::add(std::size_t thread, std::size_t word, std::uint32_t value, Order order) {
  const Message before = words_[word].messages.back();
  load(thread, word, last(word), order);
  store(thread, word, before.value + value, order);
  words_[word].messages.back().view.join(before.view);  // it continues the release sequence
  return before.value;
}

void Memory::fence(std::size_t thread) {
  ThreadViews& views = threads_[thread];
  views.now.join(views.loaded);
  views.now.join_positions(fences_);
  fences_.join_positions(views.now);
  views.released = views.now;
  tick(thread);
}

std::uint64_t Memory::knowledge(std::size_t thread) const {
  std::uint64_t sum = 0;  // the words are numbered as they are met, which is no part of the state
  for (std::size_t word = 0; word < word_count_; ++word) {
    if (const std::uint8_t position = threads_[thread].now.position[word]; position != 0) sum += mix(words_[word].offset, position);
  }
  return sum;
}

void Memory::raise_floor(std::size_t thread, std::size_t word, std::size_t message) {
  std::uint8_t& floor = threads_[thread].floor[word];
  floor = std::max(floor, static_cast<std::uint8_t>(message));
}

void Memory::learn_all(std::size_t thread, std::size_t other) { threads_[thread].now.join(threads_[other].now); }

bool Memory::write(std::size_t thread, void* to, const void* from, std::size_t bytes) {
  const std::size_t begin = offset(to);
  bool ordered = true;
  const View& now = threads_[thread].now;
  for (std::size_t at = begin / 4 * 4; at < begin + bytes; at += 4) {
    Granule& here = granule(at);
    if (here.word != 0) std::abort();
    here.payload = true;
    ordered = ordered && here.written_at <= now.clock[here.writer];
    for (std::size_t other = 0; other < kMaxThreads; ++other) ordered = ordered && here.read_at[other] <= now.clock[other];
    here.writer = static_cast<std::uint16_t>(thread);
    here.written_at = now.clock[thread];
    dirty_.push_back(at);
  }
  std::memcpy(to, from, bytes);
  return ordered;
}

bool Memory::read(std::size_t thread, void* to, const void* from, std::size_t bytes) {
  const std::size_t begin = offset(from);
  bool ordered = true;
  const View& now = threads_[thread].now;
  for (std::size_t at = begin / 4 * 4; at < begin + bytes; at += 4) {
    Granule& here = granule(at);
    if (here.word != 0) std::abort();
    here.payload = true;
    ordered = ordered && here.written_at <= now.clock[here.writer];
    here.read_at[thread] = now.clock[thread];
  }
  std::memcpy(to, from, bytes);
  return ordered;
}

}  // namespace explorer
