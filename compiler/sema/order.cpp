#include <algorithm>

#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using List = std::vector<std::unique_ptr<Declaration>>;

class Sorter {
 public:
  Sorter(Context& context, List& list) : context_(context), list_(list) {
    for (std::size_t index = 0; index < list_.size(); ++index) place_[list_[index].get()] = index;
  }

  /// C++ wants what a class contains, and what its methods name, before the class; otherwise the user's order stays.
  void run() {
    for (const auto& declaration : list_) visit(declaration.get());
    List sorted;
    for (const Declaration* const next : order_) sorted.push_back(std::move(list_[place_.at(next)]));
    list_ = std::move(sorted);
  }

 private:
  void visit(const Declaration* declaration) {
    Progress& progress = progress_[declaration];
    if (progress == Progress::done) return;
    if (progress == Progress::running) {
      context_.error(
          diag::Code::not_supported, name_span(*declaration),
          "types nested in `" + declaration->name + "` and in another type need each other, which is not done by this version of shmidl",
          "declare one of the nested types at the top");
      return;
    }
    progress = Progress::running;
    depend(*declaration, declaration);
    progress_[declaration] = Progress::done;
    order_.push_back(declaration);
  }

  void depend(const Declaration& inside, const Declaration* on_behalf_of) {
    const auto need = [&](const Type& type) {
      const Type* base = &type;
      while (base->element) base = base->element.get();
      if (base->declared == nullptr) return;
      const Declaration* outer = base->declared;
      while (outer != nullptr && !place_.contains(outer)) outer = outer->parent;
      if (outer != nullptr && outer != on_behalf_of) visit(outer);
    };
    for (const Field& field : inside.fields) need(field.type);
    for (const Constant& constant : inside.constants) need(constant.type);
    if (inside.kind == DeclKind::alias) need(inside.type);
    for (const Method& method : inside.methods) {
      need(method.result);
      for (const Parameter& parameter : method.parameters) need(parameter.type);
    }
    for (const auto& nested : inside.nested) depend(*nested, on_behalf_of);
  }

  Context& context_;
  List& list_;
  std::unordered_map<const Declaration*, std::size_t> place_;
  std::unordered_map<const Declaration*, Progress> progress_;
  std::vector<const Declaration*> order_;
};

void sort(Context& context, List& list) {
  for (const auto& declaration : list) sort(context, declaration->nested);
  Sorter(context, list).run();
}

}  // namespace

void put_in_order(Context& context) {
  for (const auto& unit : context.program.units) sort(context, unit->declarations);
}

}  // namespace shmidl::sema
