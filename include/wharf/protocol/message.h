#pragma once
// Every message of the Airbyte protocol, and POSITION, which is ours (spec: sync-semantics 1, 4.7).

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/json.h>
#include <wharf/protocol/spec.h>
#include <wharf/protocol/state.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wharf::protocol {

/// A record as its envelope; the row itself stays text. On the fast roads records never take this
/// form (include/wharf/record does); this one is for odd envelopes, probes and statistics.
struct RecordMessage {
  StreamDescriptor stream;
  JsonText data = "{}";
  std::int64_t emitted_at = 0;  ///< epoch milliseconds
  std::optional<JsonText> meta;
  std::optional<std::string> partition_id;
  // Statistics-only records of socket-mode destinations; never a row:
  bool is_dummy_stats = false;
  std::optional<std::int64_t> emitted_records;
  std::optional<std::int64_t> emitted_bytes;
  Extra extra;
};

struct LogMessage {
  enum class Level { fatal, error, warn, info, debug, trace };
  Level level = Level::info;
  std::string message;
  std::string stack_trace;
};
std::string_view name_of(LogMessage::Level level);  ///< "FATAL", …

enum class FailureType { system_error, config_error, transient_error };
std::string_view name_of(FailureType type);

struct ErrorTrace {
  std::string message;
  std::string internal_message;
  std::string stack_trace;
  FailureType failure_type = FailureType::system_error;
  std::optional<StreamDescriptor> stream;
};

struct EstimateTrace {
  StreamDescriptor stream;
  bool whole_sync = false;  ///< type SYNC instead of STREAM
  std::optional<std::int64_t> rows;
  std::optional<std::int64_t> bytes;
};

struct StreamStatusTrace {
  enum class Status { started, running, complete, incomplete };
  StreamDescriptor stream;
  Status status = Status::started;
  bool rate_limited = false;
  std::optional<std::int64_t> quota_reset;  ///< epoch milliseconds
};
std::string_view name_of(StreamStatusTrace::Status status);  ///< "STARTED", …

struct AnalyticsTrace {
  std::string type;
  std::string value;
};

struct TraceMessage {
  double emitted_at = 0;  ///< epoch milliseconds
  std::variant<ErrorTrace, EstimateTrace, StreamStatusTrace, AnalyticsTrace> body;
  Extra extra;
};

/// CONNECTOR_CONFIG: replaces the stored configuration of the connector that says it.
struct ControlMessage {
  double emitted_at = 0;
  JsonText config = "{}";
};

using Message = std::variant<RecordMessage, StateMessage, LogMessage, TraceMessage, ControlMessage,
                             ConnectorSpecification, ConnectionStatus, Catalog, Position>;

}  // namespace wharf::protocol
