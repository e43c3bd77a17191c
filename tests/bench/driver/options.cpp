#include "driver/options.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fnmatch.h>

namespace shmidl::bench {

const char* const kUsage =
    "usage: shmidl_bench [--rounds N] [--seconds S] [--rows PATTERN,...] [--contenders NAME,...] [--quick] [--out DIR]\n"
    "                    [--update-readme FILE]\n"
    "       shmidl_bench --breakdown      what the parts of a small call cost\n"
    "       shmidl_bench --list           the rows of each contender that is here\n"
    "\n"
    "Measures every row of every contender beside this program once in each round, and writes results.json, table.md and plots.\n"
    "  --rounds N             9 unless given\n"
    "  --seconds S            of one measurement; 0.2 unless given\n"
    "  --rows PATTERN,...     shell patterns, as 'add.*,line'; floors that they are compared with come along\n"
    "  --contenders NAME,...  floors come along\n"
    "  --quick                one round of 0.02 s each: whether it works, not what it costs\n"
    "  --out DIR              bench-results unless given\n"
    "  --update-readme FILE   writes the tables between the two markers of FILE, too, and the plots into `plots` beside it\n";

namespace {

std::vector<std::string> list_of(const std::string& words) {
  std::vector<std::string> list;
  std::istringstream stream(words);
  for (std::string word; std::getline(stream, word, ',');) {
    if (!word.empty()) list.push_back(word);
  }
  if (list.empty()) throw UsageError("an empty list");
  return list;
}

template <class Number>
Number number_of(const std::string& word, Number least, Number most) {
  Number value{};
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size() || !(value >= least && value <= most)) {
    throw UsageError("'" + word + "' is not a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

}  // namespace

bool Options::wants_row(const std::string& row) const {
  return rows.empty() ||
         std::any_of(rows.begin(), rows.end(), [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), row.c_str(), 0) == 0; });
}

bool Options::wants_contender(const std::string& name) const {
  if (contenders.empty()) return name != "steps";  // a part of shmidl, nobody to compare with
  return std::find(contenders.begin(), contenders.end(), name) != contenders.end();
}

Options parse_options(const std::vector<std::string>& words) {
  Options options;
  for (auto word = words.begin(); word != words.end(); ++word) {
    const auto value = [&]() -> const std::string& {
      if (word + 1 == words.end()) throw UsageError(*word + " needs a value");
      return *++word;
    };
    if (*word == "--rounds") {
      options.rounds = number_of(value(), 1, 1000);
    } else if (*word == "--seconds") {
      options.seconds = number_of(value(), 0.001, 60.0);
    } else if (*word == "--rows") {
      options.rows = list_of(value());
    } else if (*word == "--contenders") {
      options.contenders = list_of(value());
    } else if (*word == "--quick") {
      options.rounds = 1;
      options.seconds = 0.02;
    } else if (*word == "--out") {
      options.out = value();
    } else if (*word == "--update-readme") {
      options.update_readme = value();
    } else if (*word == "--breakdown") {
      options.breakdown = true;
    } else if (*word == "--list") {
      options.list = true;
    } else {
      throw UsageError("unknown word: " + *word);
    }
  }
  return options;
}

}  // namespace shmidl::bench
