#include "rpc/description.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "os/memory.hpp"

namespace shmidl::rpc {
namespace {

void add_line(std::string& text, std::initializer_list<std::string_view> parts) {
  const char* between = "";
  for (const std::string_view part : parts) {
    text += between;
    text += part;
    between = "\t";
  }
  text += '\n';
}

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return std::string(digits.data(), end);
}

/// The tab-parted fields of one line.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const std::size_t end = std::min(rest_.find('\t'), rest_.size());
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return field;
  }
  template <class T>
  T number(int base = 10) {
    const std::string_view field = next();
    T value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (error != std::errc{} || end != field.data() + field.size()) good_ = false;
    return value;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

bool parse_line(std::string_view line, Description& into) {
  Fields fields(line);
  const std::string_view what = fields.next();
  if (what == "interface") {
    into.name = fields.next();
    into.fingerprint = fields.number<std::uint64_t>(16);
  } else if (what == "struct") {
    Description::Struct& added = into.structs.emplace_back();
    added.name = fields.next();
    added.size = fields.number<std::uint32_t>();
    added.align = fields.number<std::uint32_t>();
    added.flat = fields.number<unsigned>() != 0;
    if (fields.empty()) return fields.good();  // a version that had neither unions nor frozen structs
    added.kind = fields.number<unsigned>() == 0 ? stub::StructKind::structure : stub::StructKind::tagged_union;
    added.frozen = fields.number<unsigned>() != 0;
  } else if (what == "field") {
    if (into.structs.empty()) return false;
    Description::Field& added = into.structs.back().fields.emplace_back();
    added.name = fields.next();
    added.type = fields.next();
    added.prefix_hash = fields.number<std::uint64_t>(16);
  } else if (what == "method") {
    Description::Method& added = into.methods.emplace_back();
    added.id = fields.number<std::uint32_t>();
    added.name = fields.next();
    added.hash = fields.number<std::uint64_t>(16);
    added.oneway = fields.number<unsigned>() != 0;
    added.signature = fields.next();
  }  // an unknown line comes from a later version
  return fields.good();
}

}  // namespace

std::string describe(const stub::Interface& interface) {
  std::string text;
  add_line(text, {"interface", interface.name, hex(interface.fingerprint)});
  for (const auto& type : interface.structs) {
    add_line(text, {"struct", type.name, std::to_string(type.size), std::to_string(type.align), type.flat ? "1" : "0",
                    type.kind == stub::StructKind::tagged_union ? "1" : "0", type.frozen ? "1" : "0"});
    for (const auto& field : type.fields) add_line(text, {"field", field.name, field.type, hex(field.prefix_hash)});
  }
  for (const auto& method : interface.methods) {
    add_line(text, {"method", std::to_string(method.id), method.name, hex(method.hash), method.oneway ? "1" : "0", method.signature});
    for (const std::uint16_t used : method.structs) add_line(text, {"uses", std::to_string(used)});
  }
  return text;
}

Result<Description> parse_description(std::string_view text) {
  Description description;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!parse_line(text.substr(0, end), description)) {
      return Error(Errc::protocol_error, "the server's description of its interface makes no sense in line " + std::to_string(number));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return description;
}

Result<SharedDescription> share_description(const stub::Interface& interface) {
  const std::string text = describe(interface);
  SharedDescription shared;
  auto descriptor = os::create_segment(text.size());
  if (!descriptor) return descriptor.error();
  {
    auto mapping = os::map_owned(*descriptor, text.size());
    if (!mapping) return mapping.error();
    std::memcpy(mapping->data(), text.data(), text.size());
  }
  if (auto sealed = os::seal_constant(*descriptor); !sealed) return sealed.error();
  shared.descriptor = std::move(*descriptor);
  shared.bytes = text.size();
  return shared;
}

Result<Description> read_description(const Fd& descriptor, std::uint64_t bytes) {
  if (bytes == 0 || bytes > kMaxDescriptionBytes) return Error(Errc::protocol_error, "the server's description of its interface is too long");
  auto mapping = os::map_peer(descriptor, static_cast<std::size_t>(bytes), os::Sealed::constant);
  if (!mapping) return mapping.error();
  return parse_description({reinterpret_cast<const char*>(mapping->data()), mapping->size()});
}

}  // namespace shmidl::rpc
