// Items of a stream that goes on: made and read one after the other, while the other side does the same.
#include "rows.hpp"
#include "service.hpp"

namespace shmidl::bench {

namespace {

Result read_items(const Context& context, Stream<std::int32_t> (Feed::*open)()) {
  const ServerProcess server(context, "poll");
  const auto feed = connect_feed(context, "poll");
  Stream<std::int32_t> stream = (static_cast<Feed&>(*feed).*open)();
  std::int32_t next = 0;
  return {sample_rate(context.seconds,
                      [&](std::size_t count) {
                        std::int64_t wrong = 0;
                        for (std::size_t i = 0; i < count; ++i) wrong += stream.next() != next++;
                        check_add(wrong, 0);
                      }),
          "poll"};
}

}  // namespace

void add_streams(Rows& rows) {
  rows["stream.yield"] = [](const Context& context) { return read_items(context, &Feed::yielded); };
  rows["stream.push"] = [](const Context& context) { return read_items(context, &Feed::pushed); };
}

}  // namespace shmidl::bench
