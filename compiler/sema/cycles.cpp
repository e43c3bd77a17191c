#include <algorithm>
#include <map>

#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

/// Finds files that would have to include each other's headers.
class Cycles {
 public:
  explicit Cycles(Context& context) : context_(context) {}

  void visit(const Unit& unit) {
    Progress& progress = progress_[&unit];
    if (progress != Progress::untouched) return;
    progress = Progress::running;
    for (const Use& use : unit.used) {
      path_.push_back(use);
      const Unit& next = *use.declaration->unit;
      if (progress_[&next] == Progress::running)
        report(next);
      else
        visit(next);
      path_.pop_back();
    }
    progress_[&unit] = Progress::done;
  }

 private:
  void report(const Unit& first) {
    auto step = path_.end();
    while (step != path_.begin()) {
      --step;
      if (step->span.file == first.file.id) break;
    }
    std::string text = "`" + first.path + "`";
    std::vector<diag::Note> notes;
    for (auto next = step; next != path_.end(); ++next) {
      text += " needs `" + next->declaration->unit->path + "`";
      if (next != step) notes.push_back({next->span, "`" + next->declaration->name + "` is needed here"});
    }
    context_.error(diag::Code::needs_each_other, step->span, "types of these files contain each other, and C++ cannot put them into an order: " + text,
                   "declare these types in one file, or one of them inside of the other", std::move(notes));
  }

  Context& context_;
  std::map<const Unit*, Progress> progress_;
  std::vector<Use> path_;
};

}  // namespace

void check_import_cycles(Context& context) {
  Cycles cycles(context);
  for (const auto& unit : context.program.units) cycles.visit(*unit);
}

}  // namespace shmidl::sema
