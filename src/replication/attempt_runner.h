#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "bookkeeper/bookkeeper.h"
#include "connection/connection.h"
#include "launcher/launcher.h"
#include "operation/question_desk.h"
#include "replication/liveness.h"
#include "replication/outcome.h"
#include "secret/vault.h"
#include "workload/workload_builder.h"

#include <wharf/protocol/context.h>

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace wharf::replication {

/// What attempts run on. Borrowed; outlives them.
struct AttemptServices {
  const base::Clock& clock;
  base::Log& log;
  database::Database& database;
  bookkeeper::Bookkeeper& bookkeeper;
  launcher::Launcher& launcher;
  std::filesystem::path runs;  ///< where run directories are made
  std::filesystem::path logs;  ///< where attempts' logs are kept
  std::string boot_id;         ///< of this boot of the host: a pid counts only within it
  const secret::Vault& vault;
  operation::QuestionDesk* questions = nullptr;  ///< for checks before an attempt; none: no checks
  std::uint64_t log_per_job = 64ull << 20;       ///< what all logs of a job may take
  LivenessLimits liveness = {};
  std::size_t line_limit = protocol::kLineLimit;  ///< bytes of a connector's line
};

/// One attempt to be run: a value.
struct AttemptOrder {
  workload::AttemptInput input;
  connection::Mode mode = connection::Mode::automatic;
  std::vector<operation::StoredQuestion> checks;  ///< to be passed first, in their order
  std::vector<std::string> secrets;               ///< masked in the attempt's log
  connection::Environment environment;            ///< where its references have led
};

/// How it went, for whoever asked.
struct AttemptReport {
  base::AttemptId attempt;
  Outcome outcome;
  bookkeeper::BookSummary books;
  std::vector<std::string> notices;      ///< rows that were gone, counts that differ
  std::vector<std::string> stderr_tail;  ///< of the side at fault: its last lines
  std::string road;                      ///< "socket, PROTOBUF: both connectors have sockets"
  std::filesystem::path log;
  /// How long each stage took that it has been through: "queue" until it was claimed, "launch"
  /// until both sides could begin, "run" until its end.
  std::vector<std::pair<std::string_view, std::chrono::nanoseconds>> stages = {};
  struct Exit {
    std::string connector;
    process::ExitStatus status;
  };
  std::vector<Exit> exits = {};  ///< of its connectors, in their order
};

/// Runs one attempt: feeds the machine from the two connectors and carries out its effects; nothing
/// else. Belongs to one strand.
class AttemptRunner {
 public:
  /// `watched`: called once the books are open, with the progress and the attempt's number.
  using Watched = std::function<void(std::shared_ptr<const bookkeeper::Progress>)>;

  AttemptRunner(const boost::asio::any_io_executor& executor, const AttemptServices& services,
                AttemptOrder order, Watched watched);
  ~AttemptRunner();

  /// From its first file to its verdict; the attempt's row says how it ended. Never throws: what
  /// should not happen is a failed attempt of origin platform.
  boost::asio::awaitable<AttemptReport> run();

  /// Ends it: both sides are stopped, what is confirmed stays. On its strand. Of two causes the
  /// first counts.
  void request_stop(StopCause cause);

 private:
  class Work;
  std::shared_ptr<Work> work_;
};

}  // namespace wharf::replication
