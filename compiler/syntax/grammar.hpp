#pragma once

#include "syntax/ast.hpp"
#include "syntax/state.hpp"

namespace shmidl::syntax {

/// Runs the dialect's grammar over the whole text. The only door to Spirit: its headers are included by grammar.cpp alone.
void parse_text(State& state, ast::File& file);

}  // namespace shmidl::syntax
