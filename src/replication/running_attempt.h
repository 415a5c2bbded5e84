#pragma once

#include "bookkeeper/attempt_log.h"
#include "replication/attempt_report.h"
#include "replication/attempt_services.h"
#include "replication/await.h"
#include "replication/letter.h"
#include "replication/order.h"
#include "workload/run_directory.h"
#include "workload/workload.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::replication {

/// One attempt while it runs: what its parts share. Shared by those of them that start coroutines,
/// so that it outlives these; what calls from other threads holds it weakly. Belongs to one strand.
struct RunningAttempt : std::enable_shared_from_this<RunningAttempt> {
  RunningAttempt(const boost::asio::any_io_executor& its_executor,
                 const AttemptServices& its_services, AttemptOrder its_order);

  /// Its number may rise until its destination stands.
  const base::AttemptId& id() const { return order.input.claimed.attempt; }
  bool by_socket() const { return channel.medium == workload::Medium::socket; }
  /// Earlier attempts have completed every stream.
  bool is_nothing_left() const;

  /// Opens its log, once all secrets are known.
  Result<void> open_log();
  /// The platform's word in the log. What is said before that is open stands at its beginning.
  void say(std::string_view what);

  /// Chooses the way its records go, and makes the directory it runs in.
  Result<void> choose_channel();

  /// A TimerExpired will come; only the newest counts.
  void arm(std::chrono::milliseconds after);
  void disarm() { timer.cancel(); }

  const boost::asio::any_io_executor executor;
  const AttemptServices services;
  AttemptOrder order;
  std::unique_ptr<bookkeeper::AttemptLog> log;  ///< none until open_log()
  std::vector<std::string> said_early;
  std::optional<workload::RunDirectory> run;  ///< none until choose_channel()
  workload::DataChannel channel;
  Mailbox<Letter> mailbox;
  boost::asio::steady_timer timer;
  std::optional<StopCause> stopped;
  AttemptReport report;
};

/// Why an attempt ends that somebody stopped while its destination was being started.
Error stopped_early();

}  // namespace wharf::replication
