#pragma once

#include "launcher/launcher.h"
#include "replication/connector_stream.h"
#include "replication/running_attempt.h"
#include "replication/side_record.h"

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace wharf::replication {

/// One side of an attempt: its connector from launch to exit, what it says meanwhile, and its row
/// in the store. Its end comes to the attempt as a letter. Belongs to the attempt's strand; to be
/// made by make_shared. To be kept until it is busy no more.
class RunningSide : public std::enable_shared_from_this<RunningSide> {
 public:
  RunningSide(std::shared_ptr<RunningAttempt> attempt, Side side);

  /// Starts its connector, and records who that is before it gets to work. Once more, if the one
  /// before has ended. Fails with the side's origin.
  boost::asio::awaitable<Result<void>> launch(const workload::Workload& workload);
  /// Waits until the connector works, and from then on reads what it says: by `reader` what is on
  /// its stdout, if there is one. Fails with the side's origin; then it does not run.
  boost::asio::awaitable<Result<void>> begin(
      ConnectorEvents events, std::optional<ConnectorStream::OtherReader> reader = {});

  /// Our ends of its stdio, once it is launched.
  base::UniqueFd take_stdin() { return connector_->take_stdin(); }
  base::UniqueFd take_stdout() { return connector_->take_stdout(); }
  /// A line of its stdout that the other reader does not take itself.
  boost::asio::awaitable<void> take_line(std::string_view line) { return stream_->take_line(line); }

  /// What begin() waits for before there is a connector is not waited for.
  void call_off();
  /// SIGTERM, SIGKILL after `grace`; if it runs.
  void stop(std::chrono::milliseconds grace);
  /// To be called with its SideEnded: it runs no more.
  void note_end(process::ExitStatus status);

  bool is_running() const { return running_; }
  /// Something of it is still at work.
  bool is_busy() const { return running_ || stops_ > 0; }
  /// What is to be recorded of its end, if its start was.
  std::optional<RecordedEnd> recorded_end() const;
  /// Its end has been recorded.
  void forget_record() { recorded_.reset(); }
  /// Nothing more is read.
  void close() { stream_.reset(); }

 private:
  void read(std::optional<ConnectorStream::OtherReader> reader);

  const std::shared_ptr<RunningAttempt> attempt_;
  const Side side_;
  std::unique_ptr<launcher::RunningConnector> connector_;
  std::optional<ConnectorStream> stream_;
  std::optional<base::WorkloadId> recorded_;
  process::ExitStatus status_;
  bool running_ = false;
  int stops_ = 0;  // that are under way
};

}  // namespace wharf::replication
