#include <algorithm>
#include <utility>

#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using List = std::vector<std::unique_ptr<Declaration>>;

class Sorter {
 public:
  Sorter(Context& context, List& list) : context_(context), list_(list) {
    for (std::size_t index = 0; index < list_.size(); ++index) place_[list_[index].get()] = index;
  }

  /// C++ wants what a class contains, and what its methods name, before the class; what it only points to may come later.
  /// Otherwise the user's order stays.
  void run() {
    for (const auto& declaration : list_) {
      needs_[declaration.get()];
      marks_[declaration.get()];
      collect(*declaration, declaration.get());
    }
    for (const auto& declaration : list_)
      if (marks_[declaration.get()].index == 0) number(declaration.get());
    for (const auto& declaration : list_) visit(declaration.get());
    if (too_deep_) return;
    List sorted;
    for (const Declaration* const next : order_) sorted.push_back(std::move(list_[place_.at(next)]));
    list_ = std::move(sorted);
  }

 private:
  /// What one declaration needs of another one of the list: all of it, or only that it is announced.
  struct Need {
    const Declaration* of;
    bool whole;
    Span span;
  };

  /// Tarjan's search (1972): declarations that need each other, in whatever way, get one number.
  void number(const Declaration* declaration) {
    const Deeper deeper(*this, *declaration);
    Mark& mark = marks_[declaration];
    mark.low = mark.index = ++next_;
    stack_.push_back(declaration);
    for (const Need& need : needs_[declaration]) {
      Mark& other = marks_[need.of];
      if (other.index == 0 && !too_deep_) number(need.of);
      if (other.group == 0) mark.low = std::min(mark.low, other.low);
    }
    if (mark.low != mark.index) return;
    for (const Declaration* member = nullptr; member != declaration;) {
      member = stack_.back();
      stack_.pop_back();
      marks_[member].group = mark.index;
    }
  }

  void visit(const Declaration* declaration) {
    Progress& progress = progress_[declaration];
    if (progress == Progress::done || too_deep_) return;
    const Deeper deeper(*this, *declaration);
    progress = Progress::running;
    for (const Need& need : needs_[declaration]) {
      if (!need.whole && marks_[need.of].group == marks_[declaration].group) continue;
      if (progress_[need.of] == Progress::running)
        report(*declaration, need);
      else
        visit(need.of);
    }
    progress_[declaration] = Progress::done;
    order_.push_back(declaration);
  }

  /// One more step of a search. Types that name each other in a chain that long are not what anybody writes; the search needs the stack.
  class Deeper {
   public:
    Deeper(Sorter& sorter, const Declaration& at) : sorter_(sorter) {
      constexpr std::size_t kDeepest = 5000;  // chosen, not measured
      if (++sorter_.depth_ <= kDeepest || std::exchange(sorter_.too_deep_, true)) return;
      sorter_.context_.error(diag::Code::too_large, name_span(at), "more than 5000 types need each other in a row");
    }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    ~Deeper() { --sorter_.depth_; }

   private:
    Sorter& sorter_;
  };

  void report(const Declaration& from, const Need& need) {
    if (&from == need.of)
      context_.error(diag::Code::needs_each_other, need.span,
                     "a type inside of `" + from.name + "` contains `" + from.name + "`, and C++ cannot put them into an order",
                     "declare the inner type outside", {{name_span(from), "declared here"}});
    else
      context_.error(diag::Code::needs_each_other, need.span,
                     "`" + from.name + "` and `" + need.of->name + "`, with the types inside of them, need each other, and C++ cannot put them into an order",
                     "declare one of the inner types outside", {{name_span(from), "declared here"}, {name_span(*need.of), "declared here"}});
  }

  void collect(const Declaration& inside, const Declaration* on_behalf_of) {
    const bool methods = inside.kind == DeclKind::interface;
    const auto need = [&](const Type& type, Span span) {
      // The members of a class are laid out in it; what its methods take has views inside.
      const Type* base = &type;
      bool soft = !methods && (type.is(TypeKind::array) || type.is(TypeKind::box));
      while (base->element) {
        base = base->element.get();
        soft = soft || (!methods && (base->is(TypeKind::array) || base->is(TypeKind::box)));
      }
      if (base->declared == nullptr) return;
      soft = soft || base->is(TypeKind::interface);
      const Declaration* outer = base->declared;
      while (outer != nullptr && !place_.contains(outer)) outer = outer->parent;
      const bool itself = outer == on_behalf_of;
      const bool whole = !soft || (outer != base->declared && !itself);
      // A type may use what lies inside of it; what lies inside cannot contain it.
      if (outer == nullptr || (itself && (&inside == on_behalf_of || base->declared != outer || !whole || methods))) return;
      needs_[on_behalf_of].push_back({outer, whole, span});
    };
    for (const Field& field : inside.fields) need(field.type, field.written->type.span);
    for (const Constant& constant : inside.constants) need(constant.type, constant.written->type.span);
    if (inside.kind == DeclKind::alias) need(inside.type, inside.written->type.span);
    for (const Method& method : inside.methods) {
      need(method.result, method.written->result.span);
      for (const Parameter& parameter : method.parameters) need(parameter.type, parameter.written->type.span);
      for (const Type& thrown : method.throws) need(thrown, method.written->name.span);
    }
    for (const auto& nested : inside.nested) collect(*nested, on_behalf_of);
  }

  struct Mark {
    std::size_t index = 0, low = 0, group = 0;
  };

  Context& context_;
  List& list_;
  std::unordered_map<const Declaration*, std::size_t> place_;
  std::unordered_map<const Declaration*, std::vector<Need>> needs_;
  std::unordered_map<const Declaration*, Mark> marks_;
  std::unordered_map<const Declaration*, Progress> progress_;
  std::vector<const Declaration*> order_, stack_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  bool too_deep_ = false;
};

void sort(Context& context, List& list) {
  for (const auto& declaration : list) sort(context, declaration->nested);
  Sorter(context, list).run();
}

}  // namespace

void put_in_order(Context& context) {
  for (const auto& unit : context.program.units)
    if (unit->whole) sort(context, unit->declarations);
}

}  // namespace shmidl::sema
