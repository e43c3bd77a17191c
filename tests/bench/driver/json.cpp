#include "driver/goals.hpp"
#include "driver/report.hpp"

#include "support/rows.hpp"

namespace shmidl::bench {

namespace {

nlohmann::json optional_json(std::optional<double> value) { return value ? nlohmann::json(*value) : nlohmann::json(nullptr); }

nlohmann::json optional_json(std::optional<bool> value) { return value ? nlohmann::json(*value) : nlohmann::json(nullptr); }

nlohmann::json summary_json(const Results& results, const Series& series) {
  const Summary summary = results.summary(series);
  nlohmann::json json{{"contender", series.contender}, {"row", series.row},         {"unit", series.unit},
                      {"waiting", series.waiting},     {"version", series.version}, {"counted", summary.counted},
                      {"rounds", summary.rounds},      {"failure", summary.failure}};
  if (!summary.failure.empty()) return json;
  json.update({{"mean", summary.mean},
               {"min", summary.min},
               {"p50", summary.p50},
               {"p99", summary.p99},
               {"p99.9", summary.p999},
               {"to_line", summary.to_line},
               {"to_floor", optional_json(summary.to_floor)},
               {"floor", floor_of(series.row)},
               {"extra", summary.extra}});
  return json;
}

nlohmann::json raw_json(const Results& results, const Series& series) {
  nlohmann::json attempts = nlohmann::json::array();
  for (const Attempt& attempt : series.attempts) {
    attempts.push_back({{"batches", attempt.samples.batches},
                        {"singles", attempt.samples.singles},
                        {"line_before", attempt.line_before},
                        {"line_after", attempt.line_after},
                        {"counts", results.counts(series, attempt)},
                        {"failure", attempt.failure},
                        {"extra", attempt.extra}});
  }
  return {{"contender", series.contender}, {"row", series.row}, {"unit", series.unit}, {"attempts", attempts}};
}

}  // namespace

nlohmann::json to_json(const Setting& setting, const std::vector<Contender>& contenders, const Results& results) {
  nlohmann::json json{{"setting",
                       {{"machine", setting.machine},
                        {"compiler", setting.compiler},
                        {"client_core", setting.cores.client},
                        {"server_core", setting.cores.server},
                        {"rounds", setting.rounds},
                        {"seconds", setting.seconds},
                        {"line", results.typical_line()}}}};
  for (const Contender& contender : contenders) {
    json["contenders"].push_back({{"name", contender.name}, {"rows", contender.rows}, {"failure", contender.failure}});
  }
  for (const Goal& goal : goals_of(results)) {
    json["goals"].push_back({{"work", goal.work},
                             {"goal", goal.goal},
                             {"moonshot", goal.moonshot},
                             {"got", goal.got},
                             {"met", optional_json(goal.met)},
                             {"met_moonshot", optional_json(goal.met_moonshot)}});
  }
  for (const Series& series : results.all()) {
    if (series.attempts.empty()) continue;
    json["summary"].push_back(summary_json(results, series));
    json["raw"].push_back(raw_json(results, series));
  }
  return json;
}

}  // namespace shmidl::bench
