#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "api/crowd.h"
#include "api/hall.h"
#include "api/request_reader.h"
#include "base/unique_fd.h"
#include "process/watched_fd.h"

namespace wharf::api {

/// One connection: reads whole requests, has them handled on a handler thread, writes the answers,
/// in order. Every wait has a deadline. Belongs to the server's strand; while no request is under
/// way it holds next to no memory.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Others = Crowd<Connection>;

  /// Enters `others`, which outlives it as `hall` does.
  Connection(Hall& hall, Others& others, base::UniqueFd fd, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves until either side has had enough.
  boost::asio::awaitable<void> serve();
  /// Says that there are too many, and ends.
  boost::asio::awaitable<void> turn_away();

  /// Ends it: at once if no request has come whole, else after the answer it is at.
  void finish();
  /// Ends it, whatever it is at.
  void abort();

 private:
  enum class Phase { idle, reading, handling, writing };
  struct Manner {  // of an answer
    Method method = Method::get;
    bool keep_alive = false;
    bool chunks = true;  ///< the other side understands them
  };

  boost::asio::awaitable<bool> await_request();
  boost::asio::awaitable<std::optional<Problem>> receive(Share& body);
  boost::asio::awaitable<bool> answer();
  boost::asio::awaitable<bool> fill();
  boost::asio::awaitable<bool> send(Response response, Manner manner);
  boost::asio::awaitable<bool> send_pieces(Pieces pieces, bool chunked);
  boost::asio::awaitable<void> refuse(Problem problem);
  boost::asio::awaitable<bool> write(std::string_view head, std::string_view body);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  boost::asio::awaitable<void> linger();
  std::optional<Piece> piece_of(const std::function<Piece()>& next) const noexcept;
  bool peer_is_gone() const;
  void within(std::chrono::milliseconds time);

  Hall& hall_;
  Others& others_;
  const Peer peer_;
  process::WatchedFd fd_;
  boost::asio::steady_timer deadline_;  // of what is under way
  boost::asio::steady_timer nap_;
  std::optional<RequestReader> reader_;
  Phase phase_ = Phase::idle;
  int requests_left_;
  bool expired_ = false;
  bool finished_ = false;  // nothing new begins here
};

}  // namespace wharf::api
