# Warnings for every target of this project. Generated code is held to the same list.

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast)
