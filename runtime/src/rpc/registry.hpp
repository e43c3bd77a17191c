// What a server's threads and the watcher share: the objects, the connections, and the word that wakes the threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <sys/types.h>

#include <shmidl/object.hpp>
#include <shmidl/server_options.hpp>

#include "os/futex.hpp"
#include "rpc/description.hpp"
#include "rpc/guard.hpp"
#include "rpc/link.hpp"
#include "rpc/permits.hpp"
#include "rpc/serial.hpp"
#include "rpc/loop_set.hpp"

namespace shmidl::rpc {

/// Threads: any, but where it says otherwise.
class Registry final : public Alarm {
 public:
  Registry(std::string name, const ServerOptions& options) : name_(std::move(name)), options_(options), guard_(options) {}

  /// One object of the server.
  struct Served {
    Object* object = nullptr;
    std::shared_ptr<Object> keeper;
    const stub::Interface* interface = nullptr;
    SharedDescription description;
    SerialRef serial;                ///< null: its calls overtake each other, or there is one thread
    bool has_inline = false;         ///< a method runs on arrival, and there are several threads
  };

  /// Before run() only. Errors (thrown): std::invalid_argument for a second object of an interface; no_resources.
  void serve(Object& object, std::shared_ptr<Object> keeper);
  /// The object that implements an interface; null if there is none.
  [[nodiscard]] const Served* find(std::string_view interface) const;
  [[nodiscard]] std::string interfaces() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const ServerOptions& options() const noexcept { return options_; }
  /// False also when ServerOptions::allow throws: who cannot be judged is not let in.
  [[nodiscard]] bool allows(const Caller& caller) const noexcept;
  [[nodiscard]] const Guard& guard() const noexcept { return guard_; }

  /// A place for one more client, given back with the last copy. Errors: overloaded when there are max_clients, or max_clients_per_uid of its uid.
  Result<std::shared_ptr<void>> admit(const Caller& caller);

  using Links = std::vector<std::shared_ptr<stub::Link>>;
  void add(std::shared_ptr<stub::Link> link);
  void remove(const std::shared_ptr<stub::Link>& link) noexcept;
  /// True if links rang that nobody has taken.
  // sync Registry.has_rung acquire: pairs with release in ring(). seq_cst: ordered with the announcements of a leader that goes to sleep.
  [[nodiscard]] bool has_rung() const noexcept { return has_rung_.load(std::memory_order_seq_cst); }
  /// The next link that came, rang or ended; null if there is none.
  std::shared_ptr<stub::Link> take_rung() noexcept;
  /// Takes all links out; none is added afterwards.
  Links close() noexcept;
  /// Has all links drain, also those that come yet.
  void drain() noexcept;
  /// Cuts all links; false if one could not be cut yet.
  [[nodiscard]] bool cut() noexcept;

  /// From now on ring() makes the loop's descriptor readable: nobody sleeps. Once, before the first client.
  void serve_in(std::shared_ptr<LoopSet> loop) noexcept;

  /// Wakes the leader.
  void ring() noexcept;
  /// Has the leader look at a link; wakes it.
  void ring(stub::Link& link) noexcept override;
  /// Clients of this process have come, or will have when they ring: the server's threads join the permits. Threads: any.
  [[nodiscard]] bool has_callers_here() const noexcept { return callers_here_.load(std::memory_order_relaxed); }
  void set_callers_here() noexcept { callers_here_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] Permits& permits() noexcept override { return permits_; }
  /// The leader goes to sleep, or does not sleep any more. Threads: the leader.
  void set_asleep(bool asleep) noexcept { asleep_.store(asleep, std::memory_order_relaxed); }
  /// A leader that looks finds by itself what may begin now; one that sleeps is woken.
  void turn_ended() noexcept override;

  /// Who serves inside of jobs, where there is one thread; before the first job.
  class Alone {
   public:
    virtual void serve_meanwhile(Meanwhile& wait) noexcept = 0;

   protected:
    ~Alone() = default;
  };
  void serve_inside(Alone& alone) noexcept { alone_ = &alone; }
  [[nodiscard]] bool serves_alone() const noexcept override { return alone_ != nullptr; }
  void serve_meanwhile(Meanwhile& wait) noexcept override { alone_->serve_meanwhile(wait); }
  // One thread at least is left for calls.
  [[nodiscard]] bool may_begin_long() const noexcept override { return long_.load(std::memory_order_relaxed) < std::max(options_.threads, 2u) - 1; }
  [[nodiscard]] bool begin_long() noexcept override { return may_begin_long() && (long_.fetch_add(1, std::memory_order_relaxed), true); }
  void end_long() noexcept override { long_.fetch_sub(1, std::memory_order_relaxed); }
  /// The server stops, or drains: streams end, so that no thread waits for their readers.
  void give_up_streams() noexcept;
  [[nodiscard]] const std::atomic<std::uint32_t>& alarm() const noexcept { return alarm_; }
  /// Sleeps on a word of a link's peer alone, which is cheaper than on two, until it differs, or ring() counts on from `alarm`. Threads: the leader.
  void sleep_on(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint32_t alarm) noexcept;

 private:
  const std::string name_;
  const ServerOptions options_;
  const Guard guard_;
  std::map<std::string, Served, std::less<>> objects_;
  /// Lives on in the places that were given.
  struct Clients {
    std::mutex mutex;  // guards what follows
    std::size_t all = 0;
    std::map<uid_t, std::size_t> of_uid;
  };
  struct Place {
    Place(std::shared_ptr<Clients> among, uid_t of) noexcept : clients(std::move(among)), uid(of) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    const std::shared_ptr<Clients> clients;
    const uid_t uid;
    bool counted = false;
  };
  const std::shared_ptr<Clients> clients_ = std::make_shared<Clients>();
  Alone* alone_ = nullptr;
  std::atomic<unsigned> long_{0};        // functions that keep their threads
  std::atomic<std::uint32_t> alarm_{0};  // the leader sleeps on it
  std::atomic<os::Word> sleeper_{nullptr};  // the word on which the leader sleeps alone
  std::atomic<std::uint32_t> sleeps_{0};    // how often it did; odd: it does
  std::atomic<bool> has_rung_{false};
  std::atomic<bool> asleep_{false};  // the leader is
  std::atomic<bool> callers_here_{false};
  Permits permits_;
  std::shared_ptr<LoopSet> loop_;
  std::atomic<LoopSet*> ringing_{nullptr};  // loop_, once it is there
  std::mutex mutex_;  // guards what follows, and Link::rung
  Links links_;
  std::shared_ptr<stub::Link> first_rung_;
  bool closed_ = false;
  bool drains_ = false;
};

}  // namespace shmidl::rpc
