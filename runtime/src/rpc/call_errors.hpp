// The errors that calls of every form give their callers.
#pragma once

#include <cstdint>

#include <shmidl/error.hpp>
#include <shmidl/stub/frame.hpp>

#include "shm/layout.hpp"

namespace shmidl::stub {
class Link;
class Target;
}

namespace shmidl::rpc {

Error forked_error();
/// A Future was cancelled while its call was under way.
Error cancelled_error();
/// A stop was requested before the call was made.
Error stopped_error();
/// What an error of Link says to a call whose request was not published.
Error unsent_error(const stub::Target& target, std::uint32_t method, const Error& error);
/// Nobody on the other side would take the call.
Error unserved_error(const stub::Target& target, std::uint32_t method);
/// The error that a reply carries; ends the link if it carries none.
Error error_of_reply(stub::Link& link, const shm::CellBody& body, const stub::Frame& frame);
/// A descriptor of a frame found no room in its receiver.
Error lost_error(Execution execution);

/// An error of one's own to hand to a stub.
[[gnu::cold]] Error* refuse(const stub::Target& target, std::uint32_t method, const Error& error);
/// What a reply says that is not the plain result of a small call.
[[gnu::cold]] Error* unusual_reply(const stub::Target& target, std::uint32_t method, shm::CellBody& body);
/// Why the link or the method carries no call.
[[gnu::cold]] Error* why_not(const stub::Target& target, std::uint32_t method);

}  // namespace shmidl::rpc
