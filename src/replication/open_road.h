#pragma once

#include "base/unique_fd.h"
#include "replication/connector_stream.h"
#include "replication/liveness.h"
#include "replication/running_attempt.h"
#include "replication/stdio_pump.h"

#include <memory>
#include <optional>

namespace wharf::replication {

/// The way of an attempt's records from one connector to the other while it is open: the sockets,
/// on which nothing of them is seen, or the pump; before there is one, the destination's bare
/// input. Belongs to the attempt's strand; to be made by make_shared. To be kept until it is busy
/// no more.
class OpenRoad : public std::enable_shared_from_this<OpenRoad> {
 public:
  explicit OpenRoad(std::shared_ptr<RunningAttempt> attempt);

  /// The destination's stdin, which ends when this lets go of it.
  void keep_input(base::UniqueFd input) { input_ = std::move(input); }
  void drop_input() { input_.reset(); }

  /// Joins the source's stdout to the destination's stdin by a pump.
  void join(base::UniqueFd source_output, PumpEvents events);
  /// Who reads the source's stdout: the pump. None: there is none.
  std::optional<ConnectorStream::OtherReader> reader();
  const StdioPump* pump() const { return pump_ ? &*pump_ : nullptr; }
  /// What the pump has moved.
  PumpSigns signs() const;

  /// No more for the destination (CloseDestinationInput).
  void close(bool complete);
  /// Gives up on a destination that is to end, whatever it has not taken.
  void abandon();

  bool is_busy() const { return closings_ > 0; }
  /// Both sides are gone.
  void end() { pump_.reset(); }

 private:
  boost::asio::awaitable<void> move_lines();

  const std::shared_ptr<RunningAttempt> attempt_;
  base::UniqueFd input_;
  std::optional<StdioPump> pump_;
  int closings_ = 0;  // that are under way
};

}  // namespace wharf::replication
