#include "driver/format.hpp"
#include "driver/goals.hpp"
#include "driver/report.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

namespace shmidl::bench {

namespace {

using Cells = std::vector<std::string>;

/// A heading and a table of cells; nothing where it has no lines.
std::string table(const std::string& heading, const std::string& note, const Cells& head, const std::vector<Cells>& lines) {
  if (lines.empty()) return {};
  std::string text = "### " + heading + "\n\n" + (note.empty() ? "" : note + "\n\n");
  const auto add = [&](const Cells& cells) {
    text += '|';
    for (const std::string& cell : cells) text += ' ' + cell + (cell.empty() ? "|" : " |");
    text += '\n';
  };
  add(head);
  add(Cells(head.size(), "---"));
  for (const Cells& cells : lines) add(cells);
  return text + '\n';
}

std::string verdict(std::optional<bool> met) { return !met ? "" : *met ? "yes" : "no"; }

std::string goals_table(const Results& results) {
  std::vector<Cells> lines;
  for (const Goal& goal : goals_of(results)) {
    lines.push_back(
        {goal.work, goal.goal, goal.got.empty() ? "not measured" : goal.got, verdict(goal.met), goal.moonshot, verdict(goal.met_moonshot)});
  }
  return table("Goals", "", {"work", "goal", "got", "met", "moonshot", "met"}, lines);
}

std::string counted_text(const Summary& summary) {
  return std::to_string(summary.counted) + " of " + std::to_string(summary.rounds) + (summary.moved ? ", figures of all" : "");
}

/// The time of single exchanges; empty where only many together were measured.
std::string single(Nanoseconds time) { return time == Nanoseconds{0} ? std::string() : microseconds(time); }

/// Times of single rows, one line for each contender that has the row.
std::string times_table(const std::string& heading, const std::string& note, const Results& results,
                        const std::function<bool(const Series&)>& wanted) {
  std::vector<Cells> lines;
  for (const Series& series : results.all()) {
    if (!wanted(series) || series.attempts.empty()) continue;
    const Summary summary = results.summary(series);
    if (!summary.failure.empty()) continue;
    lines.push_back({series.row, series.contender, series.waiting, microseconds(summary.mean), single(summary.min),
                     single(summary.p50), single(summary.p99), single(summary.p999), times(summary.to_line),
                     times(summary.to_floor), counted_text(summary)});
  }
  return table(heading, note, {"row, us", "by", "waiting", "mean", "min", "p50", "p99", "p99.9", "to line", "to floor", "rounds counted"},
               lines);
}

/// One line for each contender, one column for each row that anybody has.
std::string matrix(const std::string& heading, const std::string& note, const Results& results, const std::vector<Contender>& contenders,
                   const Cells& rows, const std::function<std::string(const Series&, const Summary&)>& cell) {
  Cells head{""};
  Cells used;
  for (const std::string& row : rows) {
    const bool any = std::any_of(contenders.begin(), contenders.end(), [&](const Contender& contender) {
      const Series* series = results.find(contender.name, row);
      return series != nullptr && results.summary(*series).failure.empty() && !series->attempts.empty();
    });
    if (any) used.push_back(row);
  }
  if (used.empty()) return {};
  head.insert(head.end(), used.begin(), used.end());
  std::vector<Cells> lines;
  for (const Contender& contender : contenders) {
    Cells line{contender.name};
    bool any = false;
    for (const std::string& row : used) {
      const Series* series = results.find(contender.name, row);
      const bool there = series != nullptr && !series->attempts.empty() && results.summary(*series).failure.empty();
      line.push_back(there ? cell(*series, results.summary(*series)) : "");
      any = any || there;
    }
    if (any) lines.push_back(line);
  }
  return table(heading, note, head, lines);
}

std::string sums(const Results& results, const std::vector<Contender>& contenders, const char* filling, const std::string& heading,
                 const char* note) {
  Cells rows;
  for (const char* size : {"1k", "64k", "1m", "16m"}) rows.push_back(std::string("sum.") + size + '.' + filling);
  return matrix(heading, note, results, contenders, rows, [](const Series&, const Summary& summary) {
    const std::string ratio = times(summary.to_floor);
    return microseconds(summary.mean) + (ratio.empty() ? "" : " (" + ratio + ")");
  });
}

std::string failures_table(const Results& results, const std::vector<Contender>& contenders) {
  std::vector<Cells> lines;
  for (const Contender& contender : contenders) {
    if (!contender.failure.empty()) lines.push_back({contender.name, "all", contender.failure});
  }
  for (const Series& series : results.all()) {
    const Summary summary = results.summary(series);
    if (!summary.failure.empty()) lines.push_back({series.contender, series.row, summary.failure});
  }
  return table("Not measured", "", {"by", "row", "reason"}, lines);
}

bool starts_with_any(const std::string& row, std::initializer_list<const char*> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const char* prefix) { return row.starts_with(prefix); });
}

/// Rows with one figure that says something, and what else they told.
std::string single_figures(const std::string& heading, const Results& results, std::initializer_list<const char*> prefixes) {
  std::vector<Cells> lines;
  for (const Series& series : results.all()) {
    const Summary summary = results.summary(series);
    if (!starts_with_any(series.row, prefixes) || !summary.failure.empty() || series.attempts.empty()) continue;
    std::string extra;
    for (const auto& [key, value] : summary.extra.items())
      extra += (extra.empty() ? "" : ", ") + key + ' ' + (value.is_number() ? fixed(value.get<double>(), 2) : value.dump());
    lines.push_back({series.row, series.contender, with_unit(summary.mean, series.unit), extra});
  }
  return table(heading, "", {"row", "by", "middle", "further"}, lines);
}

std::string versions(const Results& results, const std::vector<Contender>& contenders) {
  std::string text;
  for (const Contender& contender : contenders) {
    for (const Series& series : results.all()) {
      if (series.contender != contender.name || series.version.empty()) continue;
      text += (text.empty() ? "" : ", ") + contender.name + ' ' + series.version;
      break;
    }
  }
  return text;
}

}  // namespace

std::string to_markdown(const Setting& setting, const std::vector<Contender>& contenders, const Results& results) {
  std::ostringstream text;
  text << setting.machine << "; " << setting.compiler << "; client on core " << setting.cores.client << ", server on core "
       << setting.cores.server << ". " << setting.rounds << " rounds of " << setting.seconds << " s; line exchange "
       << microseconds(results.typical_line()) << " us. Versions: " << versions(results, contenders) << ".\n\n";
  text << goals_table(results);
  text << times_table("Small calls", "`add(int, int)`.", results, [](const Series& series) {
    return starts_with_any(series.row, {"add.", "busy."});
  });
  text << sums(results, contenders, "private", "Sum of all bytes, filled in private memory, us",
               "In brackets: to the floor, which fills, copies once and sums.");
  text << sums(results, contenders, "inplace", "Sum of all bytes, filled in shared memory, us",
               "In brackets: to the floor, which fills in place and sums.");
  text << matrix("Rates, million a second", "`oneway`: messages; the others: calls of `add`, of all threads together.", results, contenders,
                 {"oneway", "pipelined", "threads.1", "threads.2", "threads.4", "threads.16", "threads.64", "twoconnections", "ring.each",
                  "ring.flag", "ring.batch16"},
                 [](const Series&, const Summary& summary) { return millions(summary.mean); });
  text << matrix("Idle and memory",
                 "CPU time of an idle client and server; proportional set size of the larger of the two after small calls.", results,
                 contenders, {"idle", "memory", "clients.1000"},
                 [](const Series& series, const Summary& summary) { return with_unit(summary.mean, series.unit); });
  text << times_table("Blobs, and images of 1 MiB from a cache", "", results, [](const Series& series) {
    return starts_with_any(series.row, {"blob.", "cache."});
  });
  text << times_table("Calls back, and a server with two threads", "", results, [](const Series& series) { return starts_with_any(series.row, {"upcall.", "pool."}); });
  text << times_table("Calls within one process", "", results, [](const Series& series) { return series.row.starts_with("here."); });
  text << times_table("Items of a stream", "", results, [](const Series& series) { return series.row.starts_with("stream."); });
  text << times_table("Calls in event loops", "", results, [](const Series& series) { return starts_with_any(series.row, {"async.", "loop."}); });
  text << times_table("The bare machine", "", results, [](const Series& series) {
    return series.contender == "floors" && !starts_with_any(series.row, {"add.", "ring."});
  });
  text << single_figures("Further rows", results, {"first.", "gen", "build.", "clients."});
  text << sums(results, contenders, "unread", "Handed over, neither filled nor read, us", "Says nothing of real work.");
  text << failures_table(results, contenders);
  return text.str();
}

void update_between_markers(const std::filesystem::path& file, const std::string& tables) {
  const std::string begin = "<!-- bench: begin -->\n";
  const std::string end = "<!-- bench: end -->\n";
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto from = text.find(begin);
  const auto to = text.find(end);
  if (from == std::string::npos || to == std::string::npos || to < from) {
    throw std::runtime_error(file.string() + " has not the lines `<!-- bench: begin -->` and `<!-- bench: end -->`");
  }
  text.replace(from + begin.size(), to - from - begin.size(), "\n" + tables);
  std::ofstream(file) << text;
}

}  // namespace shmidl::bench
