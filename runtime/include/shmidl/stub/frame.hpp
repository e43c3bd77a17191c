// A frame's body, from both ends: measured, written, and checked before it is read.
//
// A body is a tree. The root is the parameter list; what has no fixed size stands behind an 8-byte Ref. Nothing in a body is a pointer.
// A large array may lie outside of the body, as an *external*: a range that is handed over as it is. See runtime/LAYOUT.md, "Frames".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <shmidl/error.hpp>
#include <shmidl/stub/access.hpp>
#include <shmidl/stub/storage.hpp>

namespace shmidl::stub {

/// Where variable data stands: `where` is an offset into the body, or kExternal | index; zero means absent.
struct Ref {
  std::uint32_t where = 0;
  std::uint32_t count = 0;
};
static_assert(sizeof(Ref) == 8 && alignof(Ref) == 4);

/// Stands before the elements of an array of structs; the elements follow it, or are external `external - 1`.
///
/// Shape: aligned as strictly as any element, so that the elements begin right behind it whatever version of the struct they are of.
struct alignas(8) ArrayHeader {
  std::uint32_t stride = 0;    ///< bytes from one element to the next
  std::uint32_t used = 0;      ///< bytes of an element that the writer's definition fills
  std::uint32_t external = 0;  ///< 0: the elements follow
  std::uint32_t padding = 0;
};
static_assert(sizeof(ArrayHeader) == 16 && alignof(ArrayHeader) == 8);

inline constexpr std::uint32_t kExternal = 0x8000'0000u;
inline constexpr std::uint32_t kMaxExternals = 64;       // ranges outside of a frame's body
inline constexpr std::uint32_t kMaxAttachments = 64;     // file descriptors and blobs of a frame; chosen, not measured
inline constexpr std::size_t kCopyLimit = 4096;          // up to this many bytes an array travels in the body and is copied by the receiver
inline constexpr std::size_t kInlineBytes = 48;          // content that fits a cell
inline constexpr std::uint32_t kMaxNesting = 128;        // structs and unions inside each other; chosen, not measured: far from a stack's end

/// Copies `bytes` from memory that the peer may be writing; what arrives is private and is not fetched a second time.
inline void read_shared(void* to, const void* from, std::size_t bytes) noexcept {
  std::memcpy(to, from, bytes);
  // The compiler must take later reads of `to` from `to`: it may not assume that `from` still holds the same.
  asm volatile("" : : "r"(to) : "memory");
}

/// Clears the padding of `bytes` bytes of elements; null where a type has none.
using ClearPadding = void (*)(std::byte* elements, std::size_t bytes);

/// Throws Error: a value nests deeper than a frame may.
[[noreturn]] void throw_too_deep(std::string_view type);

/// Throws Error: a frame carries no more attachments, or none at all because it is a value's own.
[[noreturn]] void throw_not_attached(bool is_value);

/// Keeps an object while a frame names it.
struct ObjectHolder;
void release_objects(ObjectHolder* first) noexcept;

/// First pass over the arguments: how long the body is, which ranges stay outside, and what is attached.
class Measure {
 public:
  struct Range {
    const void* data;
    std::size_t bytes;
    ClearPadding clear;
  };

  /// What travels beside the frame: a file descriptor, a blob, or an object. Lifetime: that of the value that is measured.
  struct Attachment {
    Storage* blob;    ///< null: a descriptor; of an object, its ObjectHolder
    int descriptor;
    const void* object = nullptr;  ///< which one; null: none
    friend bool operator==(const Attachment&, const Attachment&) noexcept = default;
  };

  Measure() noexcept = default;
  /// `externals` false: everything stands in the body.
  explicit Measure(bool externals) noexcept : may_have_externals_(externals) {}
  Measure(const Measure&) = delete;
  Measure& operator=(const Measure&) = delete;
  ~Measure() {
    if (objects_ != nullptr) release_objects(objects_);
  }

  /// While it lives, what is measured stands one level deeper; throws Error past kMaxNesting.
  class Nested {
   public:
    Nested(Measure& measure, std::string_view type) : measure_(measure) {
      if (measure_.depth_ == kMaxNesting) throw_too_deep(type);
      ++measure_.depth_;
    }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ~Nested() { --measure_.depth_; }

   private:
    Measure& measure_;
  };

  void room(std::uint64_t bytes, std::uint64_t alignment) noexcept { end_ = ((end_ + alignment - 1) & ~(alignment - 1)) + bytes; }

  /// Takes a range out of the body if it is large enough to be worth a descriptor.
  bool external(const void* data, std::size_t bytes, ClearPadding clear) noexcept;

  /// Errors (thrown): too_large past kMaxAttachments; schema_mismatch where nothing may stand outside of the body.
  void attach(const Attachment& attachment) {
    if (attachment_count_ == kMaxAttachments || !may_have_externals_) throw_not_attached(!may_have_externals_);
    attachments_[attachment_count_++] = attachment;
  }

  /// The objects that are named: kept until the end.
  ObjectHolder*& objects() noexcept { return objects_; }

  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return end_; }
  [[nodiscard]] std::uint32_t externals() const noexcept { return count_; }
  [[nodiscard]] const Range& range(std::uint32_t index) const noexcept { return ranges_[index]; }
  [[nodiscard]] std::uint32_t attachments() const noexcept { return attachment_count_; }
  [[nodiscard]] const Attachment& attachment(std::uint32_t index) const noexcept { return attachments_[index]; }

 private:
  std::uint64_t end_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t attachment_count_ = 0;
  std::uint32_t depth_ = 0;
  bool may_have_externals_ = true;
  ObjectHolder* objects_ = nullptr;  // owned
  std::array<Range, kMaxExternals> ranges_;  // only the first count_ are written
  std::array<Attachment, kMaxAttachments> attachments_;  // likewise
};

/// Second pass: writes the body into memory of `capacity` bytes, in the order in which it was measured.
class Writer {
 public:
  Writer(std::byte* body, std::uint64_t capacity, const Measure* measure) noexcept : body_(body), capacity_(capacity), measure_(measure) {}

  /// Room for `bytes`, zeroed where an alignment gap came before it; its offset in the body.
  std::uint32_t take(std::uint64_t bytes, std::uint64_t alignment) noexcept {
    const std::uint64_t at = (end_ + alignment - 1) & ~(alignment - 1);
    if (at + bytes > capacity_) {
      failed_ = true;  // the arguments grew between the two passes: some other thread changes them
      return 0;
    }
    if (at != end_) zero_shared(body_ + end_, static_cast<std::size_t>(at - end_));
    end_ = at + bytes;
    return static_cast<std::uint32_t>(at);
  }

  void put(std::uint32_t at, const void* from, std::size_t bytes) noexcept {
    if (!failed_ && bytes != 0) write_shared(body_ + at, from, bytes);
  }
  void zero(std::uint32_t at, std::size_t bytes) noexcept {
    if (!failed_) zero_shared(body_ + at, bytes);
  }
  void put_ref(std::uint32_t at, Ref ref) noexcept { put(at, &ref, sizeof ref); }

  /// The index of the next external, if measuring took this range out of the body; else kMaxExternals.
  std::uint32_t external(const void* data, std::size_t bytes) noexcept;

  /// What stands in the body for the next attachment: 1 + its place in the frame's table.
  std::uint32_t attach(const Measure::Attachment& attachment) noexcept {
    if (measure_ == nullptr || next_attachment_ == measure_->attachments() || !(measure_->attachment(next_attachment_) == attachment)) {
      failed_ = true;
      return 0;
    }
    return 1 + measure_->externals() + next_attachment_++;
  }

  /// The same for an object.
  std::uint32_t attach_object(const void* object) noexcept {
    if (measure_ == nullptr || next_attachment_ == measure_->attachments() || measure_->attachment(next_attachment_).object != object) {
      failed_ = true;
      return 0;
    }
    return 1 + measure_->externals() + next_attachment_++;
  }

  /// False if the arguments changed while they were being written; the frame must not be sent.
  [[nodiscard]] bool complete() const noexcept { return !failed_ && end_ == capacity_; }

 private:
  std::byte* body_;
  std::uint64_t capacity_;
  std::uint64_t end_ = 0;
  const Measure* measure_;
  std::uint32_t next_ = 0;
  std::uint32_t next_attachment_ = 0;
  bool failed_ = false;
};

/// What a frame has outside of its body: an array, or an attachment.
struct External {
  enum class Kind : std::uint8_t { range, descriptor, blob, object };

  const std::byte* data = nullptr;
  Storage* storage = nullptr;        ///< keeps the memory; null: the frame itself does. Of a blob or an object's holder, one reference to it
  std::uint32_t bytes = 0;
  int descriptor = -1;               ///< owned, until it is taken
  Kind kind = Kind::range;
  bool claimed = false;              ///< something in the body stands for it; a second one is refused
  bool is_private = false;           ///< a private copy
};

/// A received frame: the body in private memory, the externals checked against the regions they claim to lie in.
///
/// Every Ref is checked once, by the `check` functions of the codecs, before anything is read through it, in the order in which the sender
/// wrote: what a Ref names lies behind all that was named before it. So no byte is claimed twice, a small hostile frame cannot expand, and what a
/// check rewrites (a bool, the header of converted elements) is never a Ref that was checked before.
class Frame {
 public:
  Frame() noexcept = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    if (externals_ != nullptr) drop_externals();
  }

  /// `exact`: the peer has the same definitions. `in_place`: large arrays of plain numbers may be read where they lie.
  void set(std::byte* body, std::uint32_t bytes, bool exact, bool in_place) noexcept {
    body_ = body;
    bytes_ = bytes;
    claimed_ = 0;
    exact_ = exact;
    in_place_ = in_place;
  }

  /// Externals are copied by their check, wherever they could be read.
  void copy_externals() noexcept { in_place_ = false; }
  /// Takes over what was checked of another one; `body` is a copy of its body.
  void take_over(Frame& from, std::byte* body) noexcept;

  /// While it lives, what is checked stands one level deeper; false past kMaxNesting.
  class Nested {
   public:
    explicit Nested(Frame& frame) noexcept : frame_(frame) { ++frame_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ~Nested() { --frame_.depth_; }
    explicit operator bool() const noexcept { return frame_.depth_ <= kMaxNesting; }

   private:
    Frame& frame_;
  };

  /// A check fails for what a sane peer may send: a member of a union that only its version has. False.
  bool refuse_tag(std::string_view of_union, std::uint32_t tag) noexcept;
  /// A check fails for more elements than the definition's bound. False.
  bool refuse_length(std::string_view unit, std::uint64_t count, std::uint64_t bound) noexcept;
  /// True if a check failed for one of the two: then the connection lives on.
  [[nodiscard]] bool refused() const noexcept { return !refusal_.subject.empty(); }
  [[nodiscard]] Error refusal(Execution execution) const;

  /// Adds an external; false when there are too many or memory is short.
  bool add_external(const std::byte* data, std::uint32_t bytes, Storage* storage, bool is_private) noexcept;

  /// Adds what came beside the frame, in the order of its table: takes over the descriptor, or one reference to the blob, unless it returns false
  /// because memory is short.
  bool add_attachment(const Measure::Attachment& attachment) noexcept;
  /// True if `handle`, as Writer::attach() makes them, names an attachment of that kind that nothing else stands for.
  [[nodiscard]] bool claim_attachment(std::uint32_t handle, External::Kind kind) noexcept {
    if (handle == 0 || handle > external_count_) return false;
    External& external = externals_[handle - 1];
    if (external.kind != kind || external.claimed) return false;
    external.claimed = true;
    return true;
  }
  /// The descriptor of a claimed handle; -1 if it was taken.
  [[nodiscard]] int descriptor(std::uint32_t handle) const noexcept { return externals_[handle - 1].descriptor; }
  /// The same; the caller owns it from here on.
  [[nodiscard]] int take_descriptor(std::uint32_t handle) const noexcept {
    const int taken = externals_[handle - 1].descriptor;
    externals_[handle - 1].descriptor = -1;
    return taken;
  }
  /// The blob, or the ObjectHolder, of a claimed handle; the frame keeps its reference.
  [[nodiscard]] Storage* blob(std::uint32_t handle) const noexcept { return externals_[handle - 1].storage; }

  [[nodiscard]] std::byte* body() const noexcept { return body_; }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool exact() const noexcept { return exact_; }

  /// True if [at, at + bytes) lies in the body, aligned, behind all that has been claimed.
  [[nodiscard]] bool claim(std::uint64_t at, std::uint64_t bytes, std::uint64_t alignment) noexcept {
    if (at < claimed_ || at > bytes_ || bytes > bytes_ - at || (at & (alignment - 1)) != 0) return false;
    claimed_ = at + bytes;
    return true;
  }
  /// Claims external `index` of exactly `bytes` bytes; with `copy`, or where reading in place is not allowed, takes it into private memory.
  [[nodiscard]] bool claim_external(std::uint32_t index, std::uint64_t bytes, std::size_t alignment, bool copy) noexcept;
  /// Room for elements that are converted from another version's layout; its index, or externals() when memory is short.
  [[nodiscard]] std::uint32_t add_private(std::size_t bytes) noexcept;

  [[nodiscard]] const External& external(std::uint32_t index) const noexcept { return externals_[index]; }
  [[nodiscard]] std::byte* private_external(std::uint32_t index) noexcept { return const_cast<std::byte*>(externals_[index].data); }
  [[nodiscard]] std::uint32_t externals() const noexcept { return external_count_; }
  /// True if a check failed for want of memory: then the peer is not to blame.
  [[nodiscard]] bool short_of_memory() const noexcept { return short_of_memory_; }

 private:
  void drop_externals() noexcept;
  bool add(const External& external) noexcept;

  std::byte* body_ = nullptr;
  std::uint32_t bytes_ = 0;
  bool exact_ = true;
  bool in_place_ = false;
  // All that begins as zero stands together: every call makes a Frame, and these are few stores.
  bool short_of_memory_ = false;
  std::uint64_t claimed_ = 0;  // all below this offset
  External* externals_ = nullptr;
  std::uint32_t external_count_ = 0;
  std::uint32_t external_room_ = 0;
  std::uint64_t depth_ = 0;
  struct {
    std::string_view subject;  // static; empty: not refused, and the rest means nothing
    std::uint64_t number;
    std::uint64_t bound;
    Errc errc;
  } refusal_;
  alignas(External) std::byte few_[2 * sizeof(External)];  // where the first ones stand: most frames have no more
};

/// Reads a T from private memory at any alignment.
template <class T>
inline T load(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace shmidl::stub
