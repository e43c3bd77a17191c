#include "rows.hpp"
#include "service.hpp"

namespace shmidl::bench {

namespace {

constexpr const char* kWaiting = "poll";

/// Filled in private memory, copied once by the stub.
Result from_private(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto work = connect_work(context, kWaiting);
  std::vector<std::uint8_t> bytes(sum_row(context.row).bytes);
  std::uint32_t seed = 0;
  return {sample(context.seconds,
                 [&] {
                   fill(bytes, ++seed);
                   check_sum(work->sum(bytes), sum_of(bytes.size(), seed));
                 }),
          kWaiting};
}

/// Filled in memory that the server reads: a new array for each call, which is how ranges rotate.
Result in_place(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto work = connect_work(context, kWaiting);
  const std::size_t size = sum_row(context.row).bytes;
  std::uint32_t seed = 0;
  return {sample(context.seconds,
                 [&] {
                   Array<std::uint8_t> bytes = work->allocate<std::uint8_t>(size);
                   fill({bytes.data(), bytes.size()}, ++seed);
                   check_sum(work->sum(bytes), sum_of(size, seed));
                 }),
          kWaiting};
}

/// One array, sent again and again.
Result unread(const Context& context) {
  const ServerProcess server(context, kWaiting);
  const auto work = connect_work(context, kWaiting);
  const Array<std::uint8_t> bytes = work->allocate<std::uint8_t>(sum_row(context.row).bytes);
  return {sample(context.seconds, [&] { check_sum(work->count(bytes), bytes.size()); }), kWaiting};
}

/// The first large call on a connection, which has to find memory, beside the second.
Result first_large(const Context& context) {
  constexpr std::size_t kSize = std::size_t{1} << 20;
  constexpr int kConnections = 8;  ///< chosen, not measured
  const ServerProcess server(context, kWaiting);
  std::vector<std::uint8_t> bytes(kSize);
  fill(bytes, 1);
  const auto timed = [&](Work::Client& work) {
    const auto start = Clock::now();
    check_sum(work.sum(bytes), sum_of(kSize, 1));
    return since(start);
  };
  Result result{{}, kWaiting};
  std::vector<Nanoseconds> second;
  for (int i = 0; i < kConnections; ++i) {
    const auto work = connect_work(context, kWaiting);
    check_add(work->add(1, 1), 2);
    result.samples.batches.push_back(timed(*work));
    second.push_back(timed(*work));
  }
  result.samples.singles = result.samples.batches;
  result.extra["second_call_ns"] = median(second);
  return result;
}

}  // namespace

void add_sums(Rows& rows) {
  for (const char* size : {"1k", "64k", "1m", "16m"}) {
    const std::string row = std::string("sum.") + size;
    rows[row + ".private"] = from_private;
    rows[row + ".inplace"] = in_place;
    rows[row + ".unread"] = unread;
  }
  rows["first.1m"] = first_large;
}

}  // namespace shmidl::bench
