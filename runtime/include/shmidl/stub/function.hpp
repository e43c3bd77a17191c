// std::function, for headers that every user of stubs reads.
//
// Source: g++ 12's <functional> brings maps, searchers and parallel algorithms, a fifth of a user's time to compile; measured with bench_tools.
#pragma once

#include <version>

// The part of it that holds std::function stands alone in these releases of libstdc++; any other library is asked for the whole.
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12 && _GLIBCXX_RELEASE <= 15 && __has_include(<bits/std_function.h>)
#include <bits/std_function.h>
#else
#include <functional>
#endif
