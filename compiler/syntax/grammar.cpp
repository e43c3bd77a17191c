#include "syntax/grammar.hpp"

#include "syntax/rules_files.hpp"

namespace shmidl::syntax {

void parse_text(State& state, ast::File& file) {
  const char* first = state.text.data();
  const char* const last = first + state.text.size();
  if (state.text.starts_with("\xEF\xBB\xBF")) first += 3;  // a byte order mark
  if (file.dialect == ast::Dialect::idl)
    x3::parse(first, last, x3::with<StateTag>(std::ref(state))[idl_file], file);
  else
    x3::parse(first, last, x3::with<StateTag>(std::ref(state))[aidl_file], file);
}

}  // namespace shmidl::syntax
