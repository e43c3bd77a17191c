// What a server says of an interface to a client with another fingerprint: the tables as text, in a sealed memfd.
//
// One line a fact, fields parted by tabs:
//   interface NAME FINGERPRINT
//   struct NAME SIZE ALIGN FLAT KIND FROZEN      KIND 1: a union, whose members are its fields
//   field NAME TYPE PREFIX_HASH          of the struct above
//   method ID NAME HASH ONEWAY SIGNATURE
//   uses STRUCT_NUMBER                   by the method above
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/tables.hpp>

namespace shmidl::rpc {

/// The most bytes of description that a client reads.
inline constexpr std::size_t kMaxDescriptionBytes = std::size_t{4} << 20;

/// A description as it was read: nothing in it is trusted but that it is text.
struct Description {
  struct Field {
    std::string name, type;
    std::uint64_t prefix_hash = 0;
  };
  struct Struct {
    std::string name;
    std::uint32_t size = 0;
    std::uint32_t align = 0;
    bool flat = false;
    stub::StructKind kind = stub::StructKind::structure;
    bool frozen = false;
    std::vector<Field> fields;
  };
  struct Method {
    std::uint32_t id = 0;
    std::string name, signature;
    std::uint64_t hash = 0;
    bool oneway = false;
  };
  std::string name;
  std::uint64_t fingerprint = 0;
  std::vector<Struct> structs;
  std::vector<Method> methods;
};

std::string describe(const stub::Interface& interface);

/// Errors: protocol_error, naming the line.
Result<Description> parse_description(std::string_view text);

/// The text in a sealed memfd, to be handed to any number of clients.
struct SharedDescription {
  Fd descriptor;
  std::uint64_t bytes = 0;
};
Result<SharedDescription> share_description(const stub::Interface& interface);
/// Reads a description that the peer sent.
Result<Description> read_description(const Fd& descriptor, std::uint64_t bytes);

}  // namespace shmidl::rpc
