#pragma once
// What a built-in destination implements: it takes rows in the order of the states that cover
// them, and holds a position in the same commit as the rows. Sockets, stdin, rows that wait for
// their state, confirmations and statistics are the runtime's: run.h.

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>
#include <wharf/protocol/spec.h>
#include <wharf/protocol/state.h>
#include <wharf/record/record_batch.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace wharf::connector {

/// One stream on its way into a destination.
struct WriteStream {
  protocol::ConfiguredStream stream;  ///< by the name of its target, on every road
  protocol::StreamDescriptor target;  ///< after namespace mapping and prefix
  std::shared_ptr<const record::Schema> schema;
  std::int64_t generation = 0;
  std::int64_t minimum_generation = 0;
  std::int64_t epoch = 0;
  std::optional<std::int64_t> sync_id;   ///< the job, for `_airbyte_meta`
  std::vector<std::string> primary_key;  ///< top-level columns; of dedup streams
  std::string cursor;                    ///< top-level column, or empty
  bool dedup = false;                    ///< one row per key: append_dedup, overwrite_dedup
  bool truncate = false;  ///< rows of lower generations are gone once the stream completes
  /// Where rows go before the stream completes (sync-semantics 2.5, OURS): the staging of their
  /// generation, which then replaces (`truncate`) or joins the target; else straight into the
  /// target. Generation 0 (nobody counts generations: plain Airbyte) goes on with no staging: one
  /// that is found is dropped at open.
  bool staged = false;
};

struct WriteRequest {
  std::vector<WriteStream> streams;
  std::string connection;           ///< who owns the tables; empty without a WHARF_CONTEXT
  std::optional<std::int64_t> job;  ///< null without a WHARF_CONTEXT
  std::optional<std::int64_t> attempt;
  std::int64_t global_epoch = 0;
};

/// What one commit says: the rows appended so far, and the states that cover them. A stream that is
/// not named keeps its position: its rows stay uncovered and are not made part of it (only a writer
/// that takes uncovered rows ever sees such). The newest STREAM state is said again in each commit
/// of its stream; without one, the position keeps the state it has.
struct Commit {
  struct Stream {
    std::size_t index;                        ///< into WriteRequest::streams
    std::optional<protocol::JsonText> state;  ///< the newest STREAM state that covers its rows
    bool complete = false;                    ///< the stream's last commit: swap or join with it
  };
  std::vector<Stream> streams;
  /// The newest GLOBAL state whole, as a STATE body without ids and counts
  /// (`{"type":"GLOBAL","global":{…}}`), or the LEGACY blob.
  std::optional<protocol::JsonText> global;
};

/// An open destination: holds its exclusive lock until it is destroyed. One thread. Failures are
/// thrown as Failure. Destroyed without a commit, it leaves what was committed and nothing else
/// (files may be longer than their position: whoever opens them next cuts them).
class Writer {
 public:
  virtual ~Writer() = default;

  /// Where its rows end, as found at open, after recovery.
  virtual protocol::Position position() const = 0;
  /// Rows of one stream, in their order; typed, every value fits its column. Not durable yet.
  virtual void append(std::size_t stream, const record::RecordBatch& rows) = 0;
  /// Makes the rows appended so far and the position durable, as one; then returns.
  virtual void commit(const Commit& commit) = 0;
  /// Whether the rows appended so far should be committed at the next state that covers them (a
  /// lock is being held, a buffer is full). Asked after each append.
  virtual bool wants_commit() const { return false; }
  /// Whether rows may be appended before their state is known, because a crash can cut them back.
  virtual bool takes_uncovered_rows() const { return false; }
};

class Destination {
 public:
  virtual ~Destination() = default;

  virtual protocol::ConnectorSpecification spec() const = 0;
  /// The configuration has been checked against the spec. Honest: tries what a write needs.
  virtual protocol::ConnectionStatus check(const nlohmann::json& config) = 0;
  /// Takes the lock, recovers what a crash left, refuses what other hands touched or another
  /// connection owns (data_foreign).
  virtual std::unique_ptr<Writer> open(const nlohmann::json& config, WriteRequest request) = 0;
};

}  // namespace wharf::connector
