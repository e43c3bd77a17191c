// Every kind of data that IDL can describe goes to another process and comes back equal.
#include "lang/IEcho.shmidl.hpp"
#include "lang/ITrees.shmidl.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <shmidl/shmidl.hpp>

#include <limits>

using namespace lang;
using e2e::Services;

namespace {

struct Served {
  Services services;
  shmidl::test::Process process{ROUNDTRIP_SERVER, {"roundtrip"}};
  std::shared_ptr<IEcho::Client> echo;
  Served() {
    process.expect_line("ready");
    echo = shmidl::connect<IEcho>("roundtrip", {.connect_timeout = std::chrono::seconds(10)});
  }
};

Texts texts(const std::string& text) {
  Texts made;
  made.text = text;
  made.utf8 = "h\xc3\xa4user";
  made.words = {"one", "", std::string(5000, 'w')};
  made.lines = {text, text + text};
  made.letters = std::vector<char16_t>{u'a', u'\u00e4', u'\uffff'};
  made.more = {"m"};
  return made;
}

Numbers numbers() {
  Numbers made;
  made.truth = false;
  made.tiny = -7;
  made.letter = u'\u20ac';
  made.whole = std::numeric_limits<std::int32_t>::min();
  made.large = std::numeric_limits<std::int64_t>::max();
  made.single = -0.0f;
  made.twice = 1e300;
  made.colour = Colour::BLUE;
  made.bytes = std::vector<std::uint8_t>{0, 255, 1};
  made.primes = std::vector<std::int32_t>{2, 3, 5, 7, 11};
  made.empty = std::vector<double>(1000, 0.5);
  return made;
}

std::vector<Choice> all_choices() {
  using Tag = Choice::Tag;
  return {
      Choice{},
      Choice::make<Tag::number>(-4),
      Choice::make<Tag::text>("text"),
      Choice::make<Tag::numbers>(std::vector<std::int32_t>{1, 2, 3}),
      Choice::make<Tag::texts>(texts("in a union")),
      Choice::make<Tag::block>(numbers()),
      Choice::make<Tag::kind>(Choice::Kind::SOME),
      Choice::make<Tag::inner>(Choice::Inner::make<Choice::Inner::Tag::list>(std::vector<std::int32_t>{9})),
      Choice::make<Tag::three>(std::array<std::int32_t, 3>{7, 8, 9}),
      Choice::make<Tag::lines>(std::vector<std::string>{"x", "y"}),
      Choice::make<Tag::maybe>(std::optional<Texts>{}),
      Choice::make<Tag::maybe>(std::optional<Texts>{texts("maybe")}),
      Choice::make<Tag::ratio>(0.25),
  };
}

}  // namespace

TEST_CASE("scalars and strings come back") {
  const Served served;
  const auto& echo = served.echo;
  for (const bool value : {false, true}) CHECK(echo->truth(value) == value);
  for (const std::int8_t value : {std::int8_t{-128}, std::int8_t{0}, std::int8_t{127}}) CHECK(echo->tiny(value) == value);
  CHECK((echo->letter(u'\uffff') == u'\uffff'));
  for (const std::int32_t value : {std::numeric_limits<std::int32_t>::min(), -1, 0, std::numeric_limits<std::int32_t>::max()})
    CHECK(echo->whole(value) == value);
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()})
    CHECK(echo->large(value) == value);
  CHECK(echo->single(1.5f) == 1.5f);
  CHECK(echo->twice(-1e300) == -1e300);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{40}, std::size_t{100'000}})
    CHECK((echo->text(std::string(size, 's')) == std::string(size, 's')));
  CHECK(echo->colour(Colour::VIOLET) == Colour::VIOLET);
  CHECK(echo->level(Level::NEGATIVE) == Level::NEGATIVE);
  CHECK(echo->stamp(Stamp::LOWEST) == Stamp::LOWEST);
  CHECK(static_cast<int>(Colour::VIOLET) == 11);
  CHECK(static_cast<std::int32_t>(Level::MIDDLE) == 1000);
}

TEST_CASE("structs come back, with their defaults and with other values") {
  const Served served;
  const auto& echo = served.echo;
  CHECK(echo->numbers(Numbers{}) == Numbers{});
  CHECK(echo->numbers(numbers()) == numbers());
  CHECK(echo->texts(Texts{}) == Texts{});
  CHECK(echo->texts(texts("t")) == texts("t"));
  CHECK(echo->nested(Nested{}) == Nested{});
  Nested nested;
  nested.first.two.three.four = Nested::One::Two::Three::Four::A;
  nested.third.shade = Nested::One::Two::Three::Shade::OUTER;
  nested.fourth = Nested::One::Two::Three::Four::B;
  nested.first.own.depth = 3;
  nested.colour = Colour::BLUE;
  CHECK(echo->nested(nested) == nested);
  CHECK_FALSE(echo->nested(nested) == Nested{});
}

TEST_CASE("the defaults of fields are those of the file") {
  const Numbers numbers;
  CHECK(numbers.truth);
  CHECK(numbers.tiny == -128);
  CHECK((numbers.letter == u'x'));
  CHECK(numbers.whole == -1);
  CHECK(numbers.large == std::int64_t{1} << 40);
  CHECK(numbers.lowest == std::numeric_limits<std::int32_t>::min());
  CHECK(numbers.colours == 10);
  CHECK(numbers.colour == Colour::VIOLET);
  CHECK((numbers.bytes == std::vector<std::uint8_t>{255, 255, 192}));
  CHECK((numbers.primes == std::vector<std::int32_t>{1, 1, 10, 9}));
  const Texts texts;
  CHECK(texts.text == "hello, world");
  CHECK(texts.utf8 == "plain!");
  CHECK((texts.words == std::vector<std::string>{"a", "b"}));
  const Arrays arrays;
  CHECK((arrays.matrix == std::array<std::array<std::int32_t, 3>, 2>{{{1, 2, 3}, {4, 5, 6}}}));
  CHECK((arrays.two_words == std::array<std::string, 2>{"x", "y"}));
  const Optional optional;
  CHECK_FALSE(optional.name.has_value());
  CHECK(optional.given == "given");
  CHECK(Choice{}.tag() == Choice::Tag::number);
  CHECK(Choice{}.get<Choice::Tag::number>() == 3);
}

TEST_CASE("arrays and lists of everything come back") {
  const Served served;
  const auto& echo = served.echo;
  CHECK(echo->arrays(Arrays{}) == Arrays{});
  Arrays arrays;
  arrays.bytes = std::vector<std::uint8_t>(70'000, 3);
  arrays.letters = std::vector<char16_t>{u'x'};
  arrays.longs = std::vector<std::int64_t>{-1, 1};
  arrays.words = {"a", "", "c"};
  arrays.texts = {texts("one"), Texts{}};
  arrays.numbers = {numbers(), Numbers{}};
  arrays.choices = all_choices();
  arrays.word_list = {"w"};
  arrays.text_list = {texts("list")};
  arrays.choice_list = all_choices();
  arrays.four = {1, 2, 3, 4};
  arrays.cube[1][0][1] = 8;
  arrays.two_texts = {texts("first"), texts("second")};
  arrays.square[0][1] = "square";
  arrays.three = {Colour::RED, Colour::GREEN, Colour::BLUE};
  CHECK((echo->arrays(arrays) == arrays));

  const std::vector<std::int32_t> ints{1, -2, 3};
  CHECK((echo->ints(ints) == ints));
  const std::vector<std::uint8_t> bytes{1, 2, 255};
  shmidl::Array<std::uint8_t> reversed;
  CHECK((echo->bytes(bytes, reversed) == bytes));
  CHECK((reversed == std::vector<std::uint8_t>{255, 2, 1}));
  const std::vector<std::string> words{"a", "", "long " + std::string(9000, 'l')};
  CHECK(echo->words(words) == words);
  CHECK(echo->lines(words) == words);
  const std::vector<Texts> list{texts("1"), texts("2")};
  CHECK(echo->text_list(list) == list);
  const std::array<std::array<std::int32_t, 3>, 2> matrix{{{1, 2, 3}, {-4, -5, -6}}};
  CHECK((echo->matrix(matrix) == matrix));
  const std::array<std::string, 2> two{"first", ""};
  CHECK((echo->two(two) == two));
  const std::vector<Colour> colours{Colour::BLUE, static_cast<Colour>(99)};
  CHECK((echo->colours(colours) == colours));
}

TEST_CASE("each member of a union comes back") {
  const Served served;
  for (const Choice& choice : all_choices()) {
    INFO(to_string(choice));
    CHECK(served.echo->choice(choice) == choice);
  }
  CHECK(served.echo->choices(all_choices()) == all_choices());
}

TEST_CASE("what may be null comes back, null or not") {
  const Served served;
  const auto& echo = served.echo;
  CHECK(echo->maybe_text(std::nullopt) == std::nullopt);
  CHECK(echo->maybe_text("") == "");
  CHECK(echo->maybe_text("some") == "some");
  CHECK_FALSE(echo->maybe_ints(std::nullopt).has_value());
  const std::vector<std::int32_t> ints{4, 5};
  CHECK((echo->maybe_ints(std::span<const std::int32_t>(ints)).value() == ints));
  CHECK(echo->maybe_ints(std::span<const std::int32_t>{}).value().empty());
  CHECK(echo->maybe_texts(std::nullopt) == std::nullopt);
  CHECK(echo->maybe_texts(texts("x")) == texts("x"));
  CHECK(echo->maybe_choice(std::nullopt) == std::nullopt);
  const Choice chosen = Choice::make<Choice::Tag::text>("some");
  CHECK(echo->maybe_choice(chosen) == chosen);
  CHECK(echo->maybe_lines(std::nullopt) == std::nullopt);

  CHECK(echo->optional(Optional{}) == Optional{});
  Optional full;
  full.name = "name";
  full.given = std::nullopt;
  full.numbers = std::vector<std::int32_t>{1};
  full.words = std::vector<std::string>{"w", ""};
  full.lines = std::vector<std::string>{};
  full.texts = texts("optional");
  full.choice = chosen;
  full.pair = std::array<std::int32_t, 2>{1, 2};
  CHECK(echo->optional(full) == full);
}

TEST_CASE("fixed-size structs come back") {
  const Served served;
  CHECK(served.echo->solid(Solid{}) == Solid{});
  Solid solid;
  solid.letter = u'q';
  solid.grid = {{{1, 2}, {3, 4}, {5, 6}}};
  solid.level = Level::TOP;
  solid.either = Solid::Either::make<Solid::Either::Tag::quad>(std::array<float, 4>{1, 2, 3, 4});
  solid.eithers[1] = Solid::Either::make<Solid::Either::Tag::large>(-1);
  CHECK(served.echo->solid(solid) == solid);
  const std::vector<Solid> solids{solid, Solid{}, solid};
  CHECK(served.echo->solids(solids) == solids);
}

TEST_CASE("a holder carries what was put into it") {
  const Served served;
  CHECK(served.echo->envelope(Envelope{}) == Envelope{});
  Envelope envelope;
  envelope.address = "here";
  envelope.content.set(texts("inside"));
  const Envelope back = served.echo->envelope(envelope);
  CHECK(back == envelope);
  CHECK(back.content.get<Texts>() == texts("inside"));
}

TEST_CASE("a generic struct comes back") {
  const Served served;
  Pair<Texts, std::string> pair;
  pair.size = 9;
  pair.names = {"n"};
  CHECK(served.echo->pair(pair) == pair);
}

TEST_CASE("out and inout parameters of each kind come back") {
  const Served served;
  Texts first;
  Choice second;
  std::vector<std::string> third;
  std::optional<Texts> fourth;
  const Texts sent = texts("sent");
  served.echo->outs(sent, first, second, third, fourth);
  CHECK(first == sent);
  CHECK(second == Choice::make<Choice::Tag::texts>(sent));
  CHECK(third == sent.words);
  CHECK(fourth == sent);

  Numbers turned = numbers();
  turned.whole = 41;
  shmidl::Array<std::int32_t> ints = std::vector<std::int32_t>{1, 2, 3};
  Choice choice;
  std::vector<std::string> lines{"line"};
  served.echo->inouts(turned, ints, choice, lines);
  CHECK(turned.whole == 42);
  CHECK((ints == std::vector<std::int32_t>{3, 2, 1}));
  CHECK(choice == Choice::make<Choice::Tag::lines>(std::vector<std::string>{"line"}));
  CHECK(lines == std::vector<std::string>{"line", "more"});
}

TEST_CASE("trees come back") {
  const Served served;
  const auto trees = shmidl::connect<ITrees>("roundtrip", {.connect_timeout = std::chrono::seconds(10)});
  Tree leaf;
  leaf.value = 1;
  Tree tree;
  tree.value = 10;
  tree.children = {leaf, leaf};
  tree.others = {leaf};
  tree.left = shmidl::Box<Tree>(leaf);
  const Tree back = trees->mirror(tree);
  CHECK_FALSE(back.left.has_value());
  CHECK(back.right->value == 1);
  CHECK(back.children.size() == 2);
  CHECK(trees->sum(tree) == 14);
}
