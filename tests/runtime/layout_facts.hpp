// Every number of the byte map, as an expression: the native program evaluates them, and a 32-bit compiler must come to the same.
#pragma once

#include <cstddef>

#include <shmidl/stub.hpp>

#include "rpc/hello.hpp"
#include "shm/layout.hpp"
#include "wire_types.hpp"

namespace facts {
using shmidl::rpc::Hello;
using shmidl::rpc::DropObjectMessage;
using shmidl::rpc::MessageHead;
using shmidl::rpc::ObjectMessage;
using shmidl::rpc::Refuse;
using shmidl::rpc::RegionMessage;
using shmidl::rpc::Welcome;
using shmidl::shm::Cell;
using shmidl::shm::CellBody;
using shmidl::shm::Control;
using shmidl::shm::Descriptor;
using shmidl::shm::Extension;
using shmidl::shm::layout_number;
using shmidl::shm::Segment;
using shmidl::shm::Word;
using shmidl::stub::ArrayHeader;
using shmidl::stub::Ref;
using wire::Panel;
using wire::Point;
using wire::Stat;
using wire::Two;
template <class V>
using Codec = shmidl::stub::Wire<V>;
}  // namespace facts

// clang-format off
#define SHMIDL_LAYOUT_FACTS(FACT) \
  FACT(sizeof(Word)) FACT(alignof(Word)) FACT(Word::is_always_lock_free) \
  FACT(sizeof(CellBody)) FACT(alignof(CellBody)) FACT(offsetof(CellBody, method_or_status)) FACT(offsetof(CellBody, flags)) \
  FACT(offsetof(CellBody, descriptors)) FACT(offsetof(CellBody, content_bytes)) FACT(offsetof(CellBody, after_or_slot)) \
  FACT(offsetof(CellBody, content)) \
  FACT(sizeof(Cell)) FACT(alignof(Cell)) FACT(offsetof(Cell, sequence)) FACT(offsetof(Cell, body)) \
  FACT(sizeof(Descriptor)) FACT(offsetof(Descriptor, region)) FACT(offsetof(Descriptor, kind)) FACT(offsetof(Descriptor, flags)) \
  FACT(offsetof(Descriptor, length)) FACT(offsetof(Descriptor, offset)) \
  FACT(sizeof(Control)) FACT(offsetof(Control, head)) FACT(offsetof(Control, head.magic)) FACT(offsetof(Control, head.layout)) \
  FACT(offsetof(Control, head.bytes)) FACT(offsetof(Control, lanes_used)) FACT(offsetof(Control, bell)) FACT(offsetof(Control, waiting)) FACT(offsetof(Control, core)) \
  FACT(offsetof(Control, taken)) FACT(offsetof(Control, room_wanted)) FACT(offsetof(Control, lane_waiting)) \
  FACT(offsetof(Control, started)) FACT(offsetof(Control, released)) \
  FACT(sizeof(Segment)) FACT(alignof(Segment)) FACT(offsetof(Segment, control)) FACT(offsetof(Segment, requests)) \
  FACT(offsetof(Segment, replies)) FACT(offsetof(Segment, ring)) FACT(offsetof(Segment, arena)) FACT(layout_number()) \
  FACT(sizeof(Ref)) FACT(alignof(Ref)) FACT(offsetof(Ref, count)) \
  FACT(sizeof(ArrayHeader)) FACT(alignof(ArrayHeader)) FACT(offsetof(ArrayHeader, used)) FACT(offsetof(ArrayHeader, external)) \
  FACT(sizeof(MessageHead)) FACT(sizeof(Hello)) FACT(offsetof(Hello, layout)) FACT(offsetof(Hello, epoch)) FACT(offsetof(Hello, fingerprint)) \
  FACT(offsetof(Hello, name_bytes)) FACT(offsetof(Hello, name)) FACT(sizeof(Welcome)) FACT(offsetof(Welcome, layout)) \
  FACT(offsetof(Welcome, fingerprint)) FACT(offsetof(Welcome, has_description)) FACT(offsetof(Welcome, description_bytes)) \
  FACT(sizeof(Refuse)) FACT(offsetof(Refuse, text)) FACT(sizeof(RegionMessage)) FACT(offsetof(RegionMessage, bytes)) \
  FACT(sizeof(Point)) FACT(alignof(Point)) FACT(sizeof(Stat)) FACT(alignof(Stat)) FACT(offsetof(Stat, directory)) FACT(offsetof(Stat, links)) \
  FACT(offsetof(Stat, kind)) FACT(sizeof(Two)) FACT(alignof(Two)) FACT(offsetof(Two, b)) \
  FACT(sizeof(Panel)) FACT(alignof(Panel)) FACT(offsetof(Panel, stat)) FACT(offsetof(Panel, corners)) FACT(offsetof(Panel, lamps)) \
  FACT(offsetof(Panel, more)) \
  FACT(Codec<Panel>::used) FACT(Codec<Panel>::struct_align) FACT(Codec<wire::Tree>::struct_size) FACT(Codec<wire::Tree>::used) \
  FACT(Codec<std::uint64_t>::align) FACT(Codec<double>::align)
// clang-format on
