#pragma once

#include <string_view>

namespace shmidl::sema {

/// Is this a macro of the C library or of its POSIX headers? Generated code cannot use such a name: the macro would replace it.
[[nodiscard]] bool is_library_macro(std::string_view word);

/// Does the C library declare this in the global namespace? Another thing of this name cannot stand there.
[[nodiscard]] bool is_library_global(std::string_view word);

}  // namespace shmidl::sema
