// Durations and clocks, for headers that every stub reads.
//
// Source: g++ 12's <chrono> brings calendars and the streams that print them, a fifth of the lines of a stub; measured with bench_tools.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
