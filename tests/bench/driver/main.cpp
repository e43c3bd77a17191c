// shmidl_bench: calls through shmidl and other libraries beside the floors of this machine, from one run.
#include "driver/breakdown.hpp"
#include "driver/contenders.hpp"
#include "driver/format.hpp"
#include "driver/options.hpp"
#include "driver/report.hpp"
#include "driver/rounds.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>

using namespace shmidl::bench;

namespace {

void list(const std::vector<Contender>& contenders) {
  for (const Contender& contender : contenders) {
    std::cout << contender.name << ':';
    for (const std::string& row : contender.rows) std::cout << ' ' << row;
    std::cout << contender.failure << '\n';
  }
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

void copy_plots(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(to);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    if (entry.path().extension() != ".svg") continue;
    std::filesystem::copy_file(entry.path(), to / entry.path().filename(), std::filesystem::copy_options::overwrite_existing);
  }
}

int break_down(const std::vector<Contender>& contenders, const Options& options) {
  const Options narrowed = breakdown_options(options);
  std::cout << breakdown_table(run_rounds(turns_of(contenders, narrowed), narrowed, two_cores(), std::cerr));
  return 0;
}

int measure(const std::vector<Contender>& contenders, const Options& options) {
  for (const std::string& name : options.contenders) {
    if (std::none_of(contenders.begin(), contenders.end(), [&](const Contender& contender) { return contender.name == name; })) {
      throw UsageError("no contender " + name + " is here; see --list");
    }
  }
  const Cores cores = two_cores();
  const std::vector<Turn> turns = turns_of(contenders, options);
  if (turns.empty()) throw UsageError("no such row; see --list");
  std::filesystem::create_directories(options.out);
  std::cerr << turns.size() << " rows, " << options.rounds << " rounds, about " << fixed(seconds_of(turns, options) / 60, 1)
            << " minutes\n";
  const Results results = run_rounds(turns, options, cores, std::cerr);
  const Setting setting = setting_of(options, cores);
  const std::string tables = to_markdown(setting, contenders, results);
  write_file(options.out / "results.json",
             to_json(setting, contenders, results).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
  write_file(options.out / "table.md", tables);
  write_plots(options.out / "plots", results, std::cerr);
  if (!options.update_readme.empty()) {
    update_between_markers(options.update_readme, tables);
    copy_plots(options.out / "plots", options.update_readme.parent_path() / "plots");
  }
  std::cout << tables;
  std::cerr << "results.json, table.md and plots are in " << options.out.string() << '\n';
  return std::any_of(results.all().begin(), results.all().end(),
                     [&](const Series& series) { return results.summary(series).failure.empty(); })
             ? 0
             : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    std::cout << kUsage;
    return 0;
  }
  const Options options = parse_options(words);
  const std::vector<Contender> contenders = find_contenders(std::filesystem::read_symlink("/proc/self/exe").parent_path());
  if (options.list) {
    list(contenders);
    return 0;
  }
  stop_on_signals();
  return options.breakdown ? break_down(contenders, options) : measure(contenders, options);
} catch (const UsageError& error) {
  std::cerr << "shmidl_bench: " << error.what() << '\n' << kUsage;
  return 2;
} catch (const std::exception& error) {
  std::cerr << "shmidl_bench: " << error.what() << '\n';
  return 1;
}
