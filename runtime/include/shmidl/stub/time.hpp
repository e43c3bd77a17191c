// Durations and clocks, for headers that every stub reads.
//
// Source: g++ 12's <chrono> brings calendars and the streams that print them, a fifth of the lines of a stub; measured with bench_tools.
#pragma once

#include <version>

// The part of it that holds durations and clocks stands alone in these releases of libstdc++; any other library is asked for the whole.
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12 && _GLIBCXX_RELEASE <= 15 && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
