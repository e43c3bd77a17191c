// Serves lang::IEcho and lang::ITrees: everything comes back as it came. roundtrip_server NAME. Says "ready".
#include "lang/IEcho.shmidl.hpp"
#include "lang/ITrees.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <algorithm>
#include <iostream>

using namespace lang;

namespace {

/// What a list parameter holds, as values of one's own.
template <class T, class V>
std::vector<T> copied(const shmidl::List<V>& views) {
  std::vector<T> made;
  for (const auto& view : views) {
    if constexpr (requires { view.copy(); })
      made.push_back(view.copy());
    else
      made.emplace_back(view);
  }
  return made;
}

struct Echo final : IEcho {
  bool truth(bool value) override { return value; }
  std::int8_t tiny(std::int8_t value) override { return value; }
  char16_t letter(char16_t value) override { return value; }
  std::int32_t whole(std::int32_t value) override { return value; }
  std::int64_t large(std::int64_t value) override { return value; }
  float single(float value) override { return value; }
  double twice(double value) override { return value; }
  std::string text(std::string_view value) override { return std::string(value); }
  Colour colour(Colour value) override { return value; }
  Level level(Level value) override { return value; }
  Stamp stamp(Stamp value) override { return value; }

  Numbers numbers(const Numbers::View& value) override { return value.copy(); }
  Texts texts(const Texts::View& value) override { return value.copy(); }
  Arrays arrays(const Arrays::View& value) override { return value.copy(); }
  Choice choice(const Choice::View& value) override { return value.copy(); }
  Optional optional(const Optional::View& value) override { return value.copy(); }
  Solid solid(const Solid::View& value) override { return value.copy(); }
  Nested nested(const Nested::View& value) override { return value.copy(); }
  Envelope envelope(const Envelope::View& value) override { return value.copy(); }
  Pair<Texts, std::string> pair(const Pair<Texts, std::string>::View& value) override { return value.copy(); }

  shmidl::Array<std::int32_t> ints(std::span<const std::int32_t> value) override { return std::vector(value.begin(), value.end()); }
  shmidl::Array<std::uint8_t> bytes(std::span<const std::uint8_t> value, shmidl::Array<std::uint8_t>& reversed) override {
    reversed = std::vector(value.rbegin(), value.rend());
    return std::vector(value.begin(), value.end());
  }
  std::vector<std::string> words(const shmidl::List<std::string_view>& value) override { return copied<std::string>(value); }
  std::vector<std::string> lines(const shmidl::List<std::string_view>& value) override { return copied<std::string>(value); }
  std::vector<Choice> choices(const shmidl::List<Choice::View>& value) override { return copied<Choice>(value); }
  std::vector<Texts> text_list(const shmidl::List<Texts::View>& value) override { return copied<Texts>(value); }
  std::array<std::array<std::int32_t, 3>, 2> matrix(const std::array<std::array<std::int32_t, 3>, 2>& value) override { return value; }
  std::array<std::string, 2> two(const shmidl::List<std::string_view>& value) override {
    return {std::string(value[0]), std::string(value[1])};
  }
  std::vector<Solid> solids(const shmidl::List<Solid::View>& value) override { return copied<Solid>(value); }
  shmidl::Array<Colour> colours(std::span<const Colour> value) override { return std::vector(value.begin(), value.end()); }

  std::optional<std::string> maybe_text(const std::optional<std::string_view>& value) override {
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  std::optional<shmidl::Array<std::int32_t>> maybe_ints(const std::optional<std::span<const std::int32_t>>& value) override {
    if (!value) return std::nullopt;
    return std::vector(value->begin(), value->end());
  }
  std::optional<Texts> maybe_texts(const std::optional<Texts::View>& value) override {
    return value ? std::optional(value->copy()) : std::nullopt;
  }
  std::optional<Choice> maybe_choice(const std::optional<Choice::View>& value) override {
    return value ? std::optional(value->copy()) : std::nullopt;
  }
  std::optional<std::vector<std::string>> maybe_lines(const std::optional<shmidl::List<std::string_view>>& value) override {
    return value ? std::optional(copied<std::string>(*value)) : std::nullopt;
  }

  void outs(const Texts::View& value, Texts& first, Choice& second, std::vector<std::string>& third, std::optional<Texts>& fourth) override {
    first = value.copy();
    second = Choice::make<Choice::Tag::texts>(value.copy());
    third = copied<std::string>(value.words);
    fourth = value.copy();
  }
  void inouts(Numbers& numbers, shmidl::Array<std::int32_t>& ints, Choice& choice, std::vector<std::string>& lines) override {
    numbers.whole += 1;
    std::vector<std::int32_t> turned(ints.begin(), ints.end());
    std::reverse(turned.begin(), turned.end());
    ints = turned;
    choice = Choice::make<Choice::Tag::lines>(lines);
    lines.push_back("more");
  }
};

struct Trees final : ITrees {
  Tree mirror(const Tree::View& tree) override {
    Tree made = tree.copy();
    std::swap(made.left, made.right);
    return made;
  }
  std::int32_t sum(const Tree::View& tree) override {
    std::int32_t total = tree.value;
    for (const auto& child : tree.children) total += sum(child);
    for (const auto& other : tree.others) total += sum(other);
    if (tree.left) total += sum(*tree.left);
    if (tree.right) total += sum(*tree.right);
    return total;
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: roundtrip_server NAME\n";
    return 2;
  }
  Echo echo;
  Trees trees;
  shmidl::Server server{argv[1]};
  server.serve(echo);
  server.serve(trees);
  std::cout << "ready" << std::endl;
  server.run();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
