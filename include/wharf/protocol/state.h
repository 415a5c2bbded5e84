#pragma once
// Where a source can go on from, and where a destination's rows end (spec: protocol 1.4,
// semantics 4.7).

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>
#include <wharf/protocol/json.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wharf::protocol {

/// Counts for the records between the previous state and this one. Written with a decimal point
/// (`12.0`), as Airbyte's platform insists; read in any form.
struct StateStats {
  std::optional<std::int64_t> record_count;
  std::optional<std::int64_t> rejected_record_count;
  std::vector<std::pair<std::string, double>> additional;
  Extra extra;
};

/// One stream's resume position. A missing or null `state` says: this stream starts over.
struct StreamState {
  StreamDescriptor descriptor;
  std::optional<JsonText> state;  ///< its text as the source wrote it
  // Only inside a GLOBAL state in socket mode, for streams newly checkpointed by that message:
  std::optional<std::int64_t> id;
  std::optional<std::string> partition_id;
  // Only on what a destination confirms, cumulative for the attempt:
  std::optional<std::int64_t> committed_records;
  std::optional<std::int64_t> committed_bytes;
  std::optional<std::int64_t> rejected_records;
  Extra extra;
};

struct GlobalState {
  std::optional<JsonText> shared_state;
  std::vector<StreamState> stream_states;
  Extra extra;
};

struct StateMessage {
  enum class Type { stream, global, legacy };
  Type type = Type::legacy;
  std::optional<StreamState> stream;  ///< set for Type::stream
  std::optional<GlobalState> global;  ///< set for Type::global
  std::optional<JsonText> data;       ///< the LEGACY blob; elsewhere an optional duplicate
  std::optional<StateStats> source_stats;
  std::optional<StateStats> destination_stats;
  std::optional<std::int64_t> id;
  std::optional<std::string> partition_id;
  // On what a destination confirms, cumulative: `committedRecordsCount` and its siblings.
  std::optional<std::int64_t> committed_records;
  std::optional<std::int64_t> committed_bytes;
  std::optional<std::int64_t> rejected_records;
  Extra extra;
};

std::string_view name_of(StateMessage::Type type);  ///< "STREAM", "GLOBAL", "LEGACY"

/// The same state, whatever counts and ids came with it: how a confirmation without an id finds
/// its twin.
bool same_content(const StateMessage& a, const StateMessage& b);

/// Where the rows of one stream end in a destination.
struct StreamPosition {
  StreamDescriptor descriptor;  ///< as in the catalog the destination was given
  std::int64_t generation = 0;
  std::int64_t epoch = 0;
  std::optional<JsonText> state;  ///< null: none yet, or the global state covers the rows
  bool complete = false;          ///< its last state of this generation is committed, swap included
  std::optional<std::int64_t> length;  ///< file destinations, bytes: where the rows end …
  std::optional<std::int64_t> inode;   ///< … and in which file
};

/// Where a destination's rows end: kept by it in the same commit as the rows.
struct Position {
  std::optional<std::int64_t> job;  ///< of its newest commit; null if there was none
  std::optional<std::int64_t> attempt;
  std::int64_t epoch = 0;  ///< of `global`
  std::vector<StreamPosition> streams;
  std::optional<JsonText> global;  ///< the GLOBAL state whole, or the LEGACY blob

  const StreamPosition* find(const StreamDescriptor& descriptor) const;
};

/// A STATE message's body (what stands under `"state"`), both ways. One line, no line end.
Result<StateMessage> parse_state(std::string_view json);
std::string to_json(const StateMessage& state);

/// The `position` object, both ways.
Result<Position> parse_position(std::string_view json);
std::string to_json(const Position& position);

/// What `--state` names: an array of STREAM states, an array of one GLOBAL state, or a legacy blob.
struct StartState {
  std::vector<StreamState> streams;
  std::optional<GlobalState> global;
  std::optional<JsonText> legacy;

  bool empty() const { return streams.empty() && !global && !legacy; }
  /// The state text for one stream: its own, or its part of the global one. Null: from the start.
  const JsonText* of(const StreamDescriptor& descriptor) const;
};
Result<StartState> parse_start_state(std::string_view json);
std::string to_json(const StartState& state);

}  // namespace wharf::protocol
