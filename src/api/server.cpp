#include "api/server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <list>

#include "api/connection.h"

namespace wharf::api {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

// Who is turned away gets an answer, but not at any price.
constexpr std::size_t kTurnedAwayAtOnce = 64;
constexpr std::chrono::milliseconds kOutOfDescriptors{100};

std::string address_of_peer(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  std::array<char, NI_MAXHOST> text{};
  if (::getpeername(fd, address, &size) != 0 ||
      ::getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return "";
  }
  return text.data();
}

Peer peer_of(int fd, bool local) {
  Peer peer;
  if (!local) {
    peer.address = address_of_peer(fd);
    return peer;
  }
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  return {true, credentials.uid, credentials.gid, credentials.pid, {}};
}

// A socket file, and whether it is still the one that was made.
class SocketFile {
 public:
  explicit SocketFile(std::string path) : path_(std::move(path)) { known_ = found(made_); }
  ~SocketFile() {
    struct stat now{};
    if (known_ && found(now) && now.st_ino == made_.st_ino && now.st_dev == made_.st_dev)
      ::unlink(path_.c_str());
  }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

 private:
  bool found(struct stat& status) const { return ::lstat(path_.c_str(), &status) == 0; }

  const std::string path_;
  struct stat made_{};
  bool known_ = false;
};

}  // namespace

// Lives on one strand of the executor.
class Server::Work : public std::enable_shared_from_this<Server::Work> {
 public:
  Work(const asio::any_io_executor& executor, const Entrance& entrance, base::Log& log,
       const base::Clock& clock, const Limits& limits)
      : hall_{asio::make_strand(executor),
              limits,
              entrance,
              log,
              clock,
              HandlerThreads(limits.handler_threads, limits.handler_idle_time)},
        turned_away_(kTurnedAwayAtOnce) {}

  // Before begin().
  void add_door(base::UniqueFd listener, bool local, std::size_t connections) {
    doors_.emplace_back(hall_.strand, std::move(listener), local, connections);
  }
  void own_file(std::string path) { file_.emplace(std::move(path)); }
  void set_port(std::uint16_t port) { port_ = port; }
  std::uint16_t port() const { return port_; }

  void begin() {
    asio::post(hall_.strand, [self = shared_from_this()] {
      for (auto& door : self->doors_) self->go_on(self->receive(door), "door_failed");
    });
  }

  void stop(std::chrono::milliseconds patience) {
    if (stopped_.exchange(true)) return;
    auto ended = ended_.get_future();
    asio::post(hall_.strand, [self = shared_from_this()] { self->close_doors(); });
    if (ended.wait_for(patience) == std::future_status::timeout) {
      hall_.cut = true;
      asio::post(hall_.strand, [self = shared_from_this()] {
        self->for_each_connection([](Connection& connection) { connection.abort(); });
      });
      ended.wait();
    }
    hall_.threads.finish();
  }

 private:
  struct Door {
    Door(const asio::any_io_executor& strand, base::UniqueFd fd, bool is_local, std::size_t most)
        : listener(strand, std::move(fd)), local(is_local), crowd(most), room(strand) {}
    process::WatchedFd listener;
    const bool local;
    Connection::Others crowd;
    asio::steady_timer room;  // cancelled when somebody has left
  };

  // Runs a coroutine on the strand and counts it: the end has come when none is left.
  template <class Coroutine>
  void go_on(Coroutine coroutine, const char* failed) {
    ++under_way_;
    asio::co_spawn(hall_.strand, std::move(coroutine),
                   [self = shared_from_this(), failed](std::exception_ptr thrown) {
                     self->one_ended(thrown, failed);
                   });
  }

  void one_ended(std::exception_ptr thrown, const char* failed) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      hall_.log.error(failed, {{"what", error.what()}});
    }
    --under_way_;
    if (hall_.stopping && under_way_ == 0) ended_.set_value();
  }

  awaitable<void> receive(Door& door) {
    while (!hall_.stopping) {
      base::UniqueFd fd(
          ::accept4(door.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) {
        co_await make_room(door);
        if (!hall_.stopping) try_admit(door, std::move(fd));
      } else if (errno == EAGAIN) {
        const bool more = co_await door.listener.readable();
        if (!more) co_return;
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        complain_of_descriptors();
        if (const auto idle = door.crowd.longest_idle()) end_idle(door, *idle);
        co_await wait_for_room(door, kOutOfDescriptors);
      }
      // Whatever else went wrong was the matter of a connection that is gone.
    }
  }

  // Once a minute: who opens connections must not fill the log.
  void complain_of_descriptors() {
    const auto now = hall_.clock.steady();
    if (complained_ && now < *complained_ + std::chrono::minutes(1)) return;
    complained_ = now;
    hall_.log.warn("no_descriptor_for_a_connection");
  }

  // While there are as many as may be, who has been idle for a while makes room for the next. Who
  // has just come gets his time to ask; until then the next one waits.
  awaitable<void> make_room(Door& door) {
    while (door.crowd.full() && !hall_.stopping) {
      const auto idle = door.crowd.longest_idle();
      if (!idle) co_return;
      const auto patience = idle->since + hall_.limits.idle_time_when_full - hall_.clock.steady();
      if (patience.count() <= 0) end_idle(door, *idle);
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience);
      co_await wait_for_room(door, std::max(wait, kOutOfDescriptors));
    }
  }

  void end_idle(Door& door, Connection::Others::Idle idle) {
    door.crowd.busy(idle.member);  // not to be chosen again
    idle.member->finish();
  }

  awaitable<void> wait_for_room(Door& door, std::chrono::milliseconds at_most) {
    door.room.expires_after(at_most);
    co_await door.room.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  // What goes wrong with one must not close the door for all.
  void try_admit(Door& door, base::UniqueFd fd) {
    try {
      admit(door, std::move(fd));
    } catch (const std::exception& error) {
      hall_.log.error("connection_failed", {{"what", error.what()}});
    }
  }

  void admit(Door& door, base::UniqueFd fd) {
    const int on = 1;
    if (!door.local) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const Peer peer = peer_of(fd.get(), door.local);
    if (!door.crowd.full()) {
      auto connection = std::make_shared<Connection>(hall_, door.crowd, std::move(fd), peer);
      go_on(serve(door, std::move(connection)), "connection_failed");
    } else if (!turned_away_.full()) {
      auto connection = std::make_shared<Connection>(hall_, turned_away_, std::move(fd), peer);
      go_on(turn_away(std::move(connection)), "connection_failed");
    }
  }

  awaitable<void> serve(Door& door, std::shared_ptr<Connection> connection) {
    co_await connection->serve();
    connection.reset();
    door.room.cancel();
  }

  awaitable<void> turn_away(std::shared_ptr<Connection> connection) {
    co_await connection->turn_away();
  }

  template <class F>
  void for_each_connection(F f) {
    for (auto& door : doors_) door.crowd.for_each(f);
    turned_away_.for_each(f);
  }

  void close_doors() {
    hall_.stopping = true;
    for (auto& door : doors_) {
      door.listener.close();
      door.room.cancel();
    }
    file_.reset();
    for_each_connection([](Connection& connection) { connection.finish(); });
    if (under_way_ == 0) ended_.set_value();
  }

  Hall hall_;
  Connection::Others turned_away_;
  std::list<Door> doors_;
  std::optional<SocketFile> file_;
  std::uint16_t port_ = 0;
  std::optional<base::SteadyTime> complained_;
  int under_way_ = 0;  // coroutines
  std::promise<void> ended_;
  std::atomic<bool> stopped_{false};
};

Result<std::unique_ptr<Server>> Server::open(const asio::any_io_executor& executor,
                                             const Entrance& entrance, base::Log& log,
                                             const base::Clock& clock,
                                             const ServerOptions& options) {
  const auto& limits = options.limits;
  auto work = std::make_shared<Work>(executor, entrance, log, clock, limits);
  if (options.tcp) {
    if (!is_loopback(*options.tcp) && !options.beyond_loopback)
      return Error{ErrorCode::invalid_argument,
                   "listening on " + options.tcp->host +
                       " would send tokens and data over the network in clear: listen on "
                       "127.0.0.1 behind a proxy with TLS, or say --insecure"};
    auto listener = listen_on(*options.tcp, limits.backlog);
    if (!listener) return std::move(listener).error();
    work->set_port(port_of(*listener));
    work->add_door(std::move(*listener), false, limits.connections);
  }
  if (options.local) {
    auto listener = listen_on(*options.local, limits.backlog);
    if (!listener) return std::move(listener).error();
    work->own_file(options.local->path);
    work->add_door(std::move(*listener), true, limits.local_connections);
  }
  work->begin();
  return std::unique_ptr<Server>(new Server(std::move(work)));
}

Server::Server(std::shared_ptr<Work> work) : work_(std::move(work)) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

std::uint16_t Server::port() const {
  return work_->port();
}

void Server::stop(std::chrono::milliseconds patience) {
  work_->stop(patience);
}

}  // namespace wharf::api
