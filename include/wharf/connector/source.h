#pragma once
// What a built-in source implements. Everything all sources share (verbs, sockets, wire forms,
// partitions and ids, both copies of a state, statistics, signals) is the runtime's: run.h.

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>
#include <wharf/protocol/context.h>
#include <wharf/protocol/spec.h>
#include <wharf/record/record_batch.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace wharf::connector {

/// Part of a stream, read by one thread from its begin to its end. Failures are thrown as Failure.
class Partition {
 public:
  virtual ~Partition() = default;

  /// Fills `batch` (empty, of the stream's schema) with the next rows: some hundred at a time,
  /// about 64 KB. False when the partition has ended; the batch may still hold its last rows. Texts
  /// in the batch stay valid until the next call on this partition.
  virtual bool fill(record::RecordBatch& batch) = 0;

  /// The state that covers every row filled so far and every earlier partition; its text. Asked at
  /// the end of the partition, and in its middle when 8 MB or a second have passed. Null: it cannot
  /// be said here (only allowed in the middle).
  virtual std::optional<protocol::JsonText> state() = 0;
};

/// One stream being read. Calls on it are serialized by the runtime.
class StreamReader {
 public:
  virtual ~StreamReader() = default;

  /// The next partition; null when there is none left. A stream that is not `parallel` is asked
  /// only after the former partition has ended.
  virtual std::unique_ptr<Partition> next_partition() = 0;
  /// Whether several partitions may be read side by side, by a thread each.
  virtual bool parallel() const { return false; }
  /// The state of a stream that had no partition at all (an empty one).
  virtual protocol::JsonText empty_state() { return "{}"; }
  /// How much there is to read, as far as that is known cheaply.
  virtual std::optional<std::int64_t> estimated_rows() { return std::nullopt; }
  virtual std::optional<std::int64_t> estimated_bytes() { return std::nullopt; }
};

struct StreamRequest {
  protocol::ConfiguredStream stream;
  std::shared_ptr<const record::Schema> schema;   ///< of the configured stream: only chosen fields
  std::optional<protocol::JsonText> state;        ///< go on from here
  std::int64_t emitted_at = 0;                    ///< epoch milliseconds, one for the whole process
  std::size_t line_limit = protocol::kLineLimit;  ///< bytes: a longer record is an error by name
};

class Source {
 public:
  virtual ~Source() = default;

  virtual protocol::ConnectorSpecification spec() const = 0;
  /// The configuration has been checked against the spec. Honest: succeeds only if a read would
  /// start.
  virtual protocol::ConnectionStatus check(const nlohmann::json& config) = 0;
  virtual Result<protocol::Catalog> discover(const nlohmann::json& config) = 0;
  /// Begins to read a stream of the catalog. A state that is not this source's, or that is of a
  /// later format, is a Failure by name, never "no state" (F-19).
  virtual std::unique_ptr<StreamReader> open(const nlohmann::json& config,
                                             StreamRequest request) = 0;
  /// How many threads may read at once, at most; the runtime takes the smaller of this and the
  /// number of sockets.
  virtual int parallelism(const nlohmann::json& config) const;
};

}  // namespace wharf::connector
