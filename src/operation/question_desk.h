#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "connection/references.h"
#include "database/database.h"
#include "launcher/launcher.h"
#include "operation/stored_question.h"
#include "secret/vault.h"

#include <wharf/protocol/context.h>

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace wharf::operation {

/// Questions to connectors as jobs of one try: each stands in the queue (workload_queue.h) until it
/// is answered, a limited number is asked at once, those that somebody waits for at a door go
/// first (one of them beside as many checks of syncs as there may be), and what a crash leaves
/// unanswered stands there for the next life (workload_queue::take_back). Answers are remembered by
/// connector and configuration. A
/// configuration that a connector gives itself meanwhile replaces the stored one. Any thread may
/// call it; it works on its executor.
class QuestionDesk {
 public:
  /// Borrowed; outlives the executor's work.
  struct Services {
    const base::Clock& clock;
    base::Log& log;
    database::Database& database;
    launcher::Launcher& launcher;
    std::filesystem::path runs;
    const secret::Vault& vault;
    connection::Environment environment;
    std::size_t line_limit = protocol::kLineLimit;  ///< bytes of a connector's line
  };
  /// To `check` the connector's CONNECTION_STATUS, which may be FAILED; to `discover` the catalog,
  /// to `spec` the specification. Or why there is none: of the connector, with its secrets masked;
  /// `cancelled` when the desk is closed. Called once, from any thread; short.
  using Answered = std::function<void(Result<protocol::JsonText>)>;

  QuestionDesk(const boost::asio::any_io_executor& executor, Services services, int at_once);
  ~QuestionDesk();

  /// From now on questions are asked.
  void begin();

  /// An answer that is younger than `age` will do; a failed check is never that. `heard`, if it is
  /// given, is told what takes long on the way to it: an image that is fetched.
  void ask(const StoredQuestion& question, std::chrono::milliseconds age, Answered answered,
           launcher::News heard = {});

  /// There may be something in the queue that did not come by ask().
  void ring();
  /// Somebody else may have ended that workload.
  void look_at(std::string_view workload);

  /// Nothing more is asked, and who waits is told so. What is in the queue stays there.
  void stop();
  /// Whether it has been: then `cancelled` means that.
  bool is_closed() const;

 private:
  class Work;
  std::shared_ptr<Work> work_;
};

}  // namespace wharf::operation
