#include "driver/contenders.hpp"
#include "driver/report.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <ostream>
#include <stdexcept>

#include <unistd.h>

namespace shmidl::bench {

namespace {

/// A value with the name that stands beside its bar.
struct Bar {
  std::string name;
  double value;
  int kind;  ///< 0: another library, 1: shmidl, 2: the bare machine
};

constexpr const char* kHead =
    "set terminal svg size 860,{height} font 'sans-serif,13' background '#ffffff'\n"
    "set output '{name}.svg'\n"
    "set border 3 lc rgb '#888888'\n"
    "set tics nomirror\n"
    "set ytics noenhanced\n"
    "set grid lc rgb '#dddddd'\n";

void replace(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
}

std::string head(const std::string& name, int height) {
  std::string text = kHead;
  replace(text, "{height}", std::to_string(height));
  replace(text, "{name}", name);
  return text;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::optional<double> mean_of(const Results& results, const std::string& contender, const std::string& row) {
  const Series* series = results.find(contender, row);
  if (series == nullptr) return std::nullopt;
  const Summary summary = results.summary(*series);
  if (!summary.failure.empty() || summary.mean <= 0) return std::nullopt;
  return summary.mean;
}

/// Names of contenders in the order in which they were measured.
std::vector<std::string> names_of(const Results& results) {
  std::vector<std::string> names;
  for (const Series& series : results.all()) {
    if (std::find(names.begin(), names.end(), series.contender) == names.end()) names.push_back(series.contender);
  }
  return names;
}

/// Horizontal bars on a logarithmic axis, the shortest at the top; false where there are none.
bool bars(const std::filesystem::path& folder, const std::string& name, const std::string& title, std::vector<Bar> all,
          bool largest_first) {
  if (all.empty()) return false;
  std::sort(all.begin(), all.end(), [&](const Bar& one, const Bar& other) { return largest_first == (one.value > other.value); });
  std::string data;
  std::string tics;
  double least = all.front().value;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string place = std::to_string(all.size() - i);
    data += place + ' ' + std::to_string(all[i].value) + ' ' + std::to_string(all[i].kind) + '\n';
    tics += (tics.empty() ? "" : ", ") + std::string("\"") + all[i].name + "\" " + place;
    least = std::min(least, all[i].value);
  }
  write(folder / (name + ".dat"), "# place value kind\n" + data);
  const double origin = least / 3;
  std::string script = head(name, 90 + 24 * static_cast<int>(all.size()));
  script += "set title \"" + title + "\"\nset logscale x\nset xrange [" + std::to_string(origin) +
            ":*]\nset yrange [0.4:" + std::to_string(all.size()) + ".6]\nset ytics (" + tics +
            ") scale 0\nset grid xtics noytics\nunset key\nset rmargin 8\n" +
            "colour(kind) = kind > 1 ? 0x999999 : kind > 0 ? 0xd95f02 : 0x7f9fbf\n" + "plot '" + name + ".dat' using (" +
            std::to_string(origin) + "):1:(" + std::to_string(origin) +
            "):2:($1-0.36):($1+0.36):(colour($3)) with boxxyerror fill solid noborder lc rgb variable, \\\n     '' using 2:1:(sprintf(' "
            "%.3g', $2)) with labels left\n";
  write(folder / (name + ".gp"), script);
  return true;
}

/// The style of the other libraries' lines, told apart.
std::string colour_of(int index) {
  static constexpr std::array kColours{"1b9e77", "7570b3", "e7298a", "66a61e", "e6ab02", "a6761d", "1f78b4", "b2182b", "542788", "01665e"};
  return "lw 1.5 lc rgb '#" + std::string(kColours[static_cast<std::size_t>(index) % kColours.size()]) + "' ";
}

/// A line for each contender over the columns; `scaled` turns a mean into what is shown.
template <class Scaled>
bool lines(const std::filesystem::path& folder, const std::string& name, const std::string& axes, const Results& results,
           const std::vector<std::pair<double, std::string>>& columns, const std::string& suffix, Scaled scaled) {
  std::string data;
  std::string plot;
  int index = 0;
  for (const std::string& contender : names_of(results)) {
    std::string block;
    int points = 0;
    for (const auto& [x, row] : columns) {
      if (const auto mean = mean_of(results, contender, row + suffix)) {
        block += std::to_string(x) + ' ' + std::to_string(scaled(*mean)) + '\n';
        ++points;
      }
    }
    if (points < 2) continue;
    data += "\"" + contender + "\"\n" + block + "\n\n";
    plot += std::string(plot.empty() ? "plot " : ", \\\n     ") + "'" + name + ".dat' index " + std::to_string(index) +
            " using 1:2 with linespoints pt 7 ps 0.5 " +
            (contender == "shmidl"   ? "lw 3 lc rgb '#d95f02' "
             : contender == "floors" ? "lw 2 dt 2 lc rgb '#444444' "
                                     : colour_of(index)) +
            "title '" + contender + "'";
    ++index;
  }
  if (index == 0) return false;
  write(folder / (name + ".dat"), data);
  write(folder / (name + ".gp"), head(name, 520) + axes + "set key outside right top noenhanced\n" + plot + "\n");
  return true;
}

std::vector<Bar> bars_of(const Results& results, const std::vector<std::pair<std::string, std::string>>& rows, double divisor, bool rate) {
  std::vector<Bar> all;
  for (const std::string& contender : names_of(results)) {
    for (const auto& [row, label] : rows) {
      if (const auto mean = mean_of(results, contender, row)) {
        all.push_back({(contender == "floors" ? "" : contender) + (contender == "floors" || label.empty() ? "" : ", ") + label,
                       rate ? divisor / *mean : *mean / divisor,
                       contender == "floors"   ? 2
                       : contender == "shmidl" ? 1
                                               : 0});
      }
    }
  }
  return all;
}

}  // namespace

void write_plots(const std::filesystem::path& folder, const Results& results, std::ostream& log) {
  std::filesystem::create_directories(folder);
  const std::vector<std::pair<double, std::string>> sizes{{1, "sum.1k"}, {64, "sum.64k"}, {1024, "sum.1m"}, {16384, "sum.16m"}};
  const std::vector<std::pair<double, std::string>> threads{
      {1, "threads.1"}, {2, "threads.2"}, {4, "threads.4"}, {16, "threads.16"}, {64, "threads.64"}};
  std::vector<std::string> names;
  const auto note = [&](const std::string& name, bool written) {
    if (written) names.push_back(name);
  };
  note("add", bars(folder, "add", "add(int, int), µs per call, two cores, less is better",
                   bars_of(results,
                           {{"line", "cache line there and back"},
                            {"futex.across", "futex there and back"},
                            {"add.poll", "poll"},
                            {"add.block", "block"}},
                           1000, false),
                   false));
  note("rates", bars(folder, "rates", "one-way messages, million a second, more is better",
                     bars_of(results, {{"ring.flag", "ring, a flag for each slot"}, {"oneway", ""}}, 1000, true), true));
  const std::string size_axes =
      "set logscale xy\nset xlabel 'KiB'\nset ylabel 'µs per call'\nset format '%g'\nset xtics (1, 64, 1024, 16384)\n";
  const auto in_us = [](double mean) { return mean / 1000; };
  note("private", lines(folder, "private", size_axes + "set title 'filled in private memory, sent, every byte summed by the server'\n",
                        results, sizes, ".private", in_us));
  note("inplace", lines(folder, "inplace", size_axes + "set title 'filled in shared memory, every byte summed by the server'\n", results,
                        sizes, ".inplace", in_us));
  note("threads", lines(folder, "threads",
                        "set logscale xy\nset xlabel 'client threads'\nset format y '%g'\nset ylabel 'million calls a second'\nset xtics "
                        "(1, 2, 4, 16, 64)\nset title 'add(int, int) from many threads'\n",
                        results, threads, "", [](double mean) { return 1000 / mean; }));
  const std::string gnuplot = "/usr/bin/gnuplot";
  if (::access(gnuplot.c_str(), X_OK) != 0) {
    log << "no gnuplot here: " << folder.string() << " holds its input only\n";
    return;
  }
  const std::filesystem::path here = std::filesystem::absolute(folder);
  for (const std::string& name : names) {
    const Outcome outcome =
        run_program({"/bin/sh", "-c", "cd \"$0\" && exec \"$1\" \"$2\"", here.string(), gnuplot, name + ".gp"}, std::chrono::seconds(30));
    if (outcome.status != 0) log << "gnuplot " << name << ".gp: " << outcome.err << '\n';
  }
}

}  // namespace shmidl::bench
