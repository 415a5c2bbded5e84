#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/bounded_queue.h"
#include "base/ids.h"
#include "base/log.h"
#include "bookkeeper/progress.h"
#include "bookkeeper/state_ledger.h"
#include "database/database.h"

namespace wharf::bookkeeper {

/// A state on the source's output; `rows`: what was counted since the previous one.
struct StateEmitted {
  protocol::StateMessage state;
  std::vector<StreamRows> rows;
};
/// A state on the destination's output, with the source's stream names.
struct StateConfirmed {
  protocol::StateMessage state;
};
struct Estimated {
  protocol::EstimateTrace estimate;
};
struct StatusSaid {
  protocol::StreamStatusTrace status;
};
/// A stream's rows so far in this attempt: the pump's count, or a destination's statistics.
struct RowsCounted {
  protocol::StreamDescriptor stream;
  RowCount emitted;
  std::int64_t filtered = 0;
};
using BookEvent = std::variant<StateEmitted, StateConfirmed, Estimated, StatusSaid, RowsCounted>;

/// What the books of an attempt say at its end.
struct BookSummary {
  Streams streams;
  StreamCounts total;
  std::int64_t states_saved = 0;
  std::size_t states_unconfirmed = 0;
  std::vector<std::string> warnings;
  /// The books could not be kept: the attempt has failed, whatever the exits say.
  std::optional<Error> failure;
};

struct BookkeeperOptions {
  std::chrono::milliseconds save_period{1000};
  std::size_t save_states = 1000;
  std::chrono::milliseconds last_pause{1000};  ///< before an attempt's last save is tried again
  std::size_t queue_limit = 4096;              ///< events; beyond that connectors slow down
  /// For tests: called on the bookkeeper's thread before each save, with what is confirmed in
  /// hand and nothing of it stored.
  std::function<void()> before_save;
  /// For those who count: what was confirmed for a connection has been stored, or could not be, and
  /// how long the store took. On the bookkeeper's thread; short.
  std::function<void(const base::ConnectionId&, std::chrono::nanoseconds, bool good)> saved = {};
};

/// An attempt whose books are to be kept.
struct BookedAttempt {
  base::AttemptId id;
  base::ConnectionId connection;
  std::vector<protocol::StreamDescriptor> streams;  ///< the source's names
  /// Those of them that an earlier attempt of the job has completed: the source is not asked for
  /// them.
  std::vector<protocol::StreamDescriptor> complete = {};
  bool strict_counts = false;  ///< both ends are ours
  bool by_socket = false;      ///< records cross sockets
  /// Called once, on the bookkeeper's thread, when the books cannot be kept any more (states of
  /// mixed types, counts that differ): the attempt is to be ended.
  std::function<void(const Error&)> on_failure = {};
};

/// Records what happens: its thread takes the events of all attempts, applies the ledger and saves
/// checkpoints together with the counts they stand for. Nothing else advances a checkpoint.
///
/// It saves at least every `save_period` while there is something to save, at `save_states` states,
/// and at once when a stream completes or an attempt ends. A save that fails is tried again with
/// the next; the last one of an attempt, which decides whether it may succeed, once more after
/// `last_pause`.
class Bookkeeper {
 public:
  Bookkeeper(database::Database& database, const base::Clock& clock, base::Log& log);
  Bookkeeper(database::Database& database, const base::Clock& clock, base::Log& log,
             BookkeeperOptions options);
  /// Saves what is confirmed, then ends its thread.
  ~Bookkeeper();

  /// Opens the books. Any thread; may wait for room, which a new attempt rarely has to.
  std::shared_ptr<const Progress> open(BookedAttempt attempt);

  /// Takes an event, or says that there is no room: `event` is then left as it was and `when_room`
  /// is called later, on the bookkeeper's thread. For those who may not wait.
  bool offer(const base::AttemptId& attempt, BookEvent&& event, std::function<void()> when_room);
  /// Takes an event, waiting for room.
  void post(const base::AttemptId& attempt, BookEvent event);

  /// Both outputs have ended; called once. Matches what still waits, saves for the last time and
  /// calls `done` on the bookkeeper's thread: only now may a verdict be given. `ending`: how it
  /// looks so far.
  void close(const base::AttemptId& attempt, Ending ending, std::function<void(BookSummary)> done);

 private:
  struct Book;
  struct Open {
    BookedAttempt attempt;
    std::shared_ptr<Progress> progress;
  };
  struct Close {
    Ending ending = Ending::failed;
    std::function<void(BookSummary)> done;
  };
  struct Entry {
    base::AttemptId attempt;
    std::variant<Open, BookEvent, Close> what;
  };

  void work();
  void take(Entry& entry);
  void take(Book& book, BookEvent& event);
  void confirm(Book& book, Result<std::optional<Confirmation>> outcome);
  void record(Book& book, Confirmation& confirmation);
  void complete_streams(Book& book);
  static void note_rows(Book& book, const StateEmitted& emitted);
  void note_status(Book& book, const protocol::StreamStatusTrace& status);
  void fail(Book& book, Error error);
  bool may_end(Book& book);
  void end(Book& book);
  void save(bool at_any_time = false);
  void save_later(Book& book);
  void say_saved(const Book& book, base::SteadyTime began, bool good) const;
  void publish(Book& book);
  base::SteadyTime wake_at() const;

  database::Database& database_;
  const base::Clock& clock_;
  base::Log& log_;
  const BookkeeperOptions options_;
  base::BoundedQueue<Entry> queue_;

  // Owned by the thread.
  std::map<base::AttemptId, std::unique_ptr<Book>> books_;
  std::optional<base::SteadyTime> save_by_;  ///< when the oldest thing unsaved must be saved
  std::size_t states_unsaved_ = 0;
  bool save_now_ = false;

  std::thread thread_;
};

}  // namespace wharf::bookkeeper
