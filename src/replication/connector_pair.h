#pragma once

#include "replication/attempt_books.h"
#include "replication/liveness_watch.h"
#include "replication/message_desk.h"
#include "replication/open_road.h"
#include "replication/running_side.h"

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

namespace wharf::replication {

/// Both connectors of an attempt and the road between them: what is launched, stopped, waited for
/// and recorded. What they say goes to the desk, the books and the watch, which outlive it. Belongs
/// to the attempt's strand.
class ConnectorPair {
 public:
  ConnectorPair(std::shared_ptr<RunningAttempt> attempt, MessageDesk& desk, AttemptBooks& books,
                LivenessWatch& watch);

  /// Each fails with that side's origin, if it cannot be started.
  boost::asio::awaitable<Result<void>> launch_destination();
  boost::asio::awaitable<Result<void>> launch_source(const protocol::StartState& start);

  /// Whoever is being started waits for nothing any more: its launch fails with cancelled.
  void call_off();
  void stop(Side side, std::chrono::milliseconds grace);
  /// No more for the destination (CloseDestinationInput).
  void close_input(bool complete) { road_->close(complete); }
  /// To be called with each SideEnded.
  void note_end(const SideEnded& ended);

  /// Stops a destination that is to be launched again, and waits until it is gone.
  boost::asio::awaitable<void> end_destination();
  /// Stops what runs, and waits until nothing does.
  boost::asio::awaitable<void> end();
  /// Writes down how they ended.
  boost::asio::awaitable<void> record_ends();

 private:
  RunningSide& of(Side side) { return side == Side::source ? *source_ : *destination_; }
  bool is_busy() const;
  boost::asio::awaitable<void> take_ending();
  ConnectorEvents events_of(Side side);
  void join_by_pump();

  const std::shared_ptr<RunningAttempt> attempt_;
  MessageDesk& desk_;
  AttemptBooks& books_;
  LivenessWatch& watch_;
  const std::shared_ptr<OpenRoad> road_;
  const std::shared_ptr<RunningSide> destination_;
  const std::shared_ptr<RunningSide> source_;
};

}  // namespace wharf::replication
