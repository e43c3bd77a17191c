// A client that lies about descriptors and blobs: the server drops it, keeps nothing of it, and goes on with the others.
#include "hands.hpp"
#include "intruder.hpp"
#include "support/catch.hpp"

#include <vector>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

using namespace e2e;
using namespace shmidl::test;
using shmidl::Fd;
using shmidl::rpc::AttachmentKind;
using shmidl::rpc::MessageKind;
using shmidl::rpc::seal_message;
using shmidl::shm::CellBody;
using shmidl::shm::Descriptor;

namespace {

constexpr std::uint16_t kRead = 0;  // methods, in the order of the file
constexpr std::uint16_t kPut = 10;
constexpr std::uint16_t kSum = 13;
constexpr std::size_t kBytes = 8192;

struct Hostile {
  HandsPair pair{{"1", "4", "100000"}};
  std::size_t before = (pair.client->echo(Fd()), open_files(pair.server.pid()));
  std::unique_ptr<Intruder> intruder = std::make_unique<Intruder>("hands");

  Hostile() { intruder->enter(shmidl::stub::interface_of<Hands>()); }

  void check_alive() {
    CHECK(pair.client->read(pipe_with("alive")) == "alive");
    CHECK(pair.server.running());
    intruder.reset();
    CHECK(soon([&] { return open_files(pair.server.pid()) <= before; }));
  }

  void attach(std::uint32_t number, AttachmentKind kind, const std::vector<int>& descriptors, std::uint64_t bytes = 0, std::uint32_t count = 0) {
    shmidl::rpc::AttachMessage message;
    message.number = number;
    message.count = count != 0 ? count : static_cast<std::uint32_t>(descriptors.size());
    message.kind = static_cast<std::uint32_t>(kind);
    message.bytes = bytes;
    intruder->send(seal_message(message, MessageKind::attach), descriptors);
  }
  void attach_blob(std::uint32_t number, const Fd& file, std::uint64_t bytes = kBytes) { attach(number, AttachmentKind::blob, {file.get()}, bytes); }
  void tell(MessageKind kind, std::uint32_t number, std::uint32_t value) {
    shmidl::rpc::DetachMessage message;
    message.number = number;
    message.value = value;
    intruder->send(seal_message(message, kind));
  }

  /// A call whose table names `entries`, and whose first words are `handles`.
  static CellBody call(std::uint16_t method, const std::vector<Descriptor>& entries, const std::vector<std::uint32_t>& handles) {
    CellBody body;
    body.method_or_status = method;
    body.descriptors = static_cast<std::uint8_t>(entries.size());
    std::size_t at = 0;
    const auto put = [&](const auto& value) {
      std::memcpy(body.content + at, &value, sizeof value);
      at += sizeof value;
    };
    for (const Descriptor& entry : entries) put(entry);
    for (const std::uint32_t handle : handles) put(handle);
    body.content_bytes = static_cast<std::uint32_t>(at);
    return body;
  }
};

Descriptor file_entry(std::uint64_t number) { return {0, shmidl::shm::kAttachedDescriptor, 0, 0, number}; }
Descriptor blob_entry(std::uint64_t handle) { return {0, shmidl::shm::kAttachedBlob, 0, 0, handle}; }

/// A memfd of 8 KiB, as much of it allocated as is said.
Fd memory_file(int seals, std::size_t allocated = kBytes) {
  Fd file(::memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (::ftruncate(file.get(), kBytes) != 0 || ::fallocate(file.get(), 0, 0, static_cast<off_t>(allocated)) != 0) throw std::runtime_error("no memory file");
  if (seals != 0 && ::fcntl(file.get(), F_ADD_SEALS, seals) != 0) throw std::runtime_error("not sealed");
  return file;
}

constexpr int kSealed = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

}  // namespace

TEST_CASE("hand-made good calls with descriptors and blobs are answered") {
  Hostile hostile;
  const Fd file = pipe_with("by hand");
  hostile.attach(7, AttachmentKind::descriptor, {file.get()});
  hostile.intruder->request(0, 1, Hostile::call(kRead, {file_entry(7)}, {1}));
  REQUIRE(hostile.intruder->answered(0, 1));
  CHECK(hostile.intruder->reply(0).method_or_status == 0);
  hostile.attach_blob(7, memory_file(kSealed));
  hostile.intruder->request(0, 2, Hostile::call(kSum, {blob_entry(7)}, {1, 0}));
  REQUIRE(hostile.intruder->answered(0, 2));
  CHECK(hostile.intruder->reply(0).method_or_status == 0);
  // What nothing in the body names is closed with its frame.
  hostile.attach(8, AttachmentKind::descriptor, {file.get(), file.get()});
  hostile.intruder->request(0, 3, Hostile::call(kRead, {file_entry(8), file_entry(9)}, {0}));
  REQUIRE(hostile.intruder->answered(0, 3));
  // So is what comes with a method that does not exist.
  hostile.attach(8, AttachmentKind::descriptor, {file.get(), file.get()});
  hostile.intruder->request(0, 4, Hostile::call(999, {file_entry(8), file_entry(9)}, {0}));
  REQUIRE(hostile.intruder->answered(0, 4));
  CHECK(soon([&] { return open_files(hostile.pair.server.pid()) <= hostile.before + 4; }));
  hostile.check_alive();
}

TEST_CASE("descriptors that are nonsense drop the link, and are closed") {
  Hostile hostile;
  const int in = STDIN_FILENO;
  const auto request = [&](const CellBody& body) { hostile.intruder->request(0, 1, body); };
  SECTION("a frame names one that was never attached") { request(Hostile::call(kRead, {file_entry(5)}, {1})); }
  SECTION("a frame names number 0") { request(Hostile::call(kRead, {file_entry(0)}, {1})); }
  SECTION("a frame names a number past all") { request(Hostile::call(kRead, {file_entry(std::uint64_t{1} << 40)}, {1})); }
  SECTION("a frame names one twice") {
    hostile.attach(5, AttachmentKind::descriptor, {in});
    request(Hostile::call(kRead, {file_entry(5), file_entry(5)}, {1}));
  }
  SECTION("a value names what is not in the table") {
    hostile.attach(5, AttachmentKind::descriptor, {in});
    request(Hostile::call(kRead, {file_entry(5)}, {2}));
  }
  SECTION("a value names a descriptor where a blob stands") {
    hostile.attach(5, AttachmentKind::descriptor, {in});
    request(Hostile::call(kSum, {file_entry(5)}, {1, 0}));
  }
  SECTION("an entry of the table with more than a number") {
    hostile.attach(5, AttachmentKind::descriptor, {in});
    Descriptor entry = file_entry(5);
    entry.length = 1;
    request(Hostile::call(kRead, {entry}, {1}));
  }
  SECTION("an entry of a kind that is none") { request(Hostile::call(kRead, {{0, 4, 0, 0, 5}}, {1})); }
  SECTION("more than may wait") {
    for (std::uint32_t i = 0; i < 25; ++i) hostile.attach(1 + 16 * i, AttachmentKind::descriptor, std::vector<int>(16, in));
  }
  SECTION("two under one number") {
    hostile.attach(5, AttachmentKind::descriptor, {in, in});
    hostile.attach(6, AttachmentKind::descriptor, {in});
  }
  SECTION("number 0") { hostile.attach(0, AttachmentKind::descriptor, {in}); }
  SECTION("numbers that wrap around") { hostile.attach(0xffff'ffffu, AttachmentKind::descriptor, {in, in}); }
  SECTION("fewer than it says") { hostile.attach(5, AttachmentKind::descriptor, {in}, 0, 2); }
  SECTION("none") { hostile.attach(5, AttachmentKind::descriptor, {}, 0, 1); }
  SECTION("more than a message may have") {
    std::vector<int> many(30, in);
    shmidl::rpc::AttachMessage message;
    message.number = 5;
    message.count = 30;
    message.kind = 1;
    // The library refuses to send so many.
    const auto bytes = seal_message(message, MessageKind::attach);
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    std::vector<std::byte> control(CMSG_SPACE(many.size() * sizeof(int)));
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const entry = CMSG_FIRSTHDR(&header);
    entry->cmsg_level = SOL_SOCKET;
    entry->cmsg_type = SCM_RIGHTS;
    entry->cmsg_len = CMSG_LEN(many.size() * sizeof(int));
    std::memcpy(CMSG_DATA(entry), many.data(), many.size() * sizeof(int));
    REQUIRE(::sendmsg(hostile.intruder->socket.get(), &header, MSG_NOSIGNAL) > 0);
  }
  SECTION("taken back though never attached") { hostile.tell(MessageKind::detach, 5, 1); }
  SECTION("taken back as what is no kind") { hostile.tell(MessageKind::detach, 5, 3); }
  CHECK(hostile.intruder->dropped());
  hostile.check_alive();
}

TEST_CASE("blobs that are nonsense drop the link, and are closed") {
  Hostile hostile;
  const auto request = [&](const CellBody& body) { hostile.intruder->request(0, 1, body); };
  SECTION("a pipe") { hostile.attach_blob(1, pipe_with("x")); }
  SECTION("a file") { hostile.attach_blob(1, Fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC))); }
  SECTION("without seals") { hostile.attach_blob(1, memory_file(0)); }
  SECTION("sealed against new maps alone: its owner may write") {
    hostile.attach_blob(1, memory_file(F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
  }
  SECTION("that may still shrink") { hostile.attach_blob(1, memory_file(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL)); }
  SECTION("that may still grow") { hostile.attach_blob(1, memory_file(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_SEAL)); }
  SECTION("with holes") { hostile.attach_blob(1, memory_file(kSealed, 4096)); }
  SECTION("of another size than it says") { hostile.attach_blob(1, memory_file(kSealed), kBytes + 1); }
  SECTION("of no bytes") { hostile.attach_blob(1, memory_file(kSealed), 0); }
  SECTION("without memory") { hostile.attach(1, AttachmentKind::blob, {}, kBytes, 1); }
  SECTION("two at once") {
    const Fd one = memory_file(kSealed);
    hostile.attach(1, AttachmentKind::blob, {one.get(), one.get()}, kBytes);
  }
  SECTION("two under one handle") {
    hostile.attach_blob(1, memory_file(kSealed));
    hostile.attach_blob(1, memory_file(kSealed));
  }
  SECTION("more than the server accepts") {
    for (std::uint32_t i = 1; i <= 5; ++i) hostile.attach_blob(i, memory_file(kSealed));
  }
  SECTION("more bytes than the server accepts") {
    Fd large(::memfd_create("large", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(::fallocate(large.get(), 0, 0, 100'001) == 0);
    REQUIRE(::fcntl(large.get(), F_ADD_SEALS, kSealed) == 0);
    hostile.attach_blob(1, large, 100'001);
  }
  SECTION("a kind that is none") { hostile.attach(1, static_cast<AttachmentKind>(3), {STDIN_FILENO}, kBytes); }
  SECTION("a handle that was never given") { request(Hostile::call(kSum, {blob_entry(9)}, {1, 0})); }
  SECTION("a handle of another connection") {
    const shmidl::Blob theirs(std::as_bytes(std::span("theirs")));
    hostile.pair.client->put("x", theirs);
    request(Hostile::call(kSum, {blob_entry(1)}, {1, 0}));
  }
  SECTION("a blob taken as a descriptor") {
    hostile.attach_blob(1, memory_file(kSealed));
    request(Hostile::call(kRead, {blob_entry(1)}, {1}));
  }
  SECTION("a value with more than a handle") {
    hostile.attach_blob(1, memory_file(kSealed));
    request(Hostile::call(kSum, {blob_entry(1)}, {1, 1}));
  }
  SECTION("taken back while the server holds it") {
    hostile.attach_blob(1, memory_file(kSealed));
    // put("ab", blob): the string stands behind the fixed part.
    request(Hostile::call(kPut, {blob_entry(1)}, {16, 2, 1, 0, 0x6261}));
    REQUIRE(hostile.intruder->answered(0, 1));
    REQUIRE(hostile.intruder->reply(0).method_or_status == 0);
    hostile.tell(MessageKind::detach, 1, 2);
  }
  SECTION("taken back though never given") { hostile.tell(MessageKind::detach, 1, 2); }
  SECTION("given back though the server never gave it") { hostile.tell(MessageKind::release, 1, 1); }
  CHECK(hostile.intruder->dropped());
  hostile.pair.client->drop("x");
  hostile.pair.client->drop("ab");
  hostile.check_alive();
}
