// The rows: which work they are, and the floor that each is compared with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shmidl::bench {

/// How the bytes of a `sum` row come about.
enum class Filling {
  in_private,  ///< filled in private memory, then sent; summed by the server
  in_place,    ///< filled in memory that both share (allocated, loaned), then sent; summed by the server
  unread,      ///< neither filled nor read: says nothing of real work
};

struct SumRow {
  std::size_t bytes;
  Filling filling;
};

/// What `sum.64k.private` and its like ask for; throws std::invalid_argument.
SumRow sum_row(std::string_view row);

/// The number at the end of `threads.16`; throws std::invalid_argument.
std::size_t threads_of(std::string_view row);

/// Whether both processes of the row run on one core.
bool on_one_core(std::string_view row);

/// Whether two processes that exchange lines are measured: where not, it does not matter how near their cores are.
bool exchanges_lines(std::string_view row);

/// Whether the row takes seconds whatever it is told, and hardly moves from round to round.
bool takes_seconds(std::string_view row);

/// All rows of calls, in the order of the report:
///
///   add.poll add.adaptive add.block   add(int, int), in each way to wait; both sides the same
///   add.{adaptive,block}.onecore      both processes on one core
///   busy.third.{poll,adaptive,block}  add, while a third process burns one of the two cores
///   sum.{1k,64k,1m,16m}.{private,inplace,unread}
///   oneway                            messages of one int without an answer, ns per message
///   pipelined                         add, many calls in flight from one thread, ns per call
///   threads.{1,2,4,16,64}             add, from so many client threads on one connection, ns per call of all together
///   twoconnections                    the same from two threads on two connections
///   idle                              CPU time of an idle client and server, ns per second of both together
///   memory                            proportional set size of the larger process after small calls, bytes
const std::vector<std::string>& call_rows();

/// The row of the contender `floors` that a row is compared with; empty: none.
std::string floor_of(std::string_view row);

}  // namespace shmidl::bench
