#include "sema/analyse.hpp"

#include "sema/context.hpp"

namespace shmidl::sema {

void analyse(Program& program, const source::Files& files, diag::Sink& sink) {
  Context context{program, files, sink, {}};
  declare(context);
  check_annotations(context);
  resolve_members(context);
  evaluate_all(context);
  resolve_members(context);  // of the files that only constants led to
  check_declarations(context);
  if (sink.errors() != 0) return;  // sizes and names follow from a program without faults
  remark(context);
  lay_out(context);
  if (sink.errors() != 0) return;
  put_in_order(context);
  name_for_cpp(context);
  if (sink.errors() != 0) return;
  fingerprint(context);
}

}  // namespace shmidl::sema
