// What bench_shmidl measures.
#pragma once

#include "support/contender.hpp"

#include <map>
#include <string>

namespace shmidl::bench {

using Rows = std::map<std::string, Measure>;

void add_small_calls(Rows& rows);  ///< add.*, busy.third.*
void add_sums(Rows& rows);         ///< sum.*, first.1m
void add_rates(Rows& rows);        ///< oneway, pipelined, threads.*, twoconnections
void add_memory(Rows& rows);       ///< idle, memory, clients.1000
void add_blobs(Rows& rows);        ///< blob.*, cache.*
void add_loops(Rows& rows);        ///< async.*, loop.*
void add_here(Rows& rows);         ///< here.*
void add_upcalls(Rows& rows);      ///< upcall.*, pool.*
void add_streams(Rows& rows);      ///< stream.*

}  // namespace shmidl::bench
