#pragma once

#include <wharf/record/text_form.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "../connectors_files/temporary_directory.h"
#include "connectors/source_file/config.h"
#include "connectors/source_file/source_file.h"
#include "connectors/source_file/stream_reader.h"

namespace wharf::connectors::source_file {

using files::TemporaryDirectory;
using nlohmann::json;
using protocol::SyncMode;

/// A read, done as the runtime does it, with every value as JSON text.
struct Reading {
  std::vector<std::string> rows;     ///< a JSON object each, columns in wire order, nulls left out
  std::vector<std::string> changes;  ///< "row field change reason"
  std::vector<std::string> states;   ///< asked after every batch, and at the end
  std::vector<std::size_t> rows_at_state;
};

inline std::shared_ptr<const record::Schema> schema_of(const json& config, std::size_t stream = 0) {
  const auto catalog = make_source_file()->discover(config).value();
  return std::make_shared<const record::Schema>(
      record::Schema::from_json_schema(catalog.streams.at(stream).json_schema).value());
}

inline std::string row_text(const record::RecordBatch& batch, std::size_t index) {
  record::Buffer text;
  text.append('{');
  for (std::size_t i = 0; i < batch.schema().size(); ++i) {
    if (batch.row(index)[i].is_null()) continue;
    if (text.size() > 1) text.append(',');
    record::append_json_string(text, batch.schema()[i].name);
    text.append(':');
    record::append_json(text, batch.row(index)[i]);
  }
  text.append('}');
  return std::string(text.view());
}

inline Reading read(const json& config, SyncMode mode = SyncMode::full_refresh,
                    std::optional<std::string> state = {}, std::size_t block = 1 << 16,
                    std::shared_ptr<const record::Schema> schema = nullptr) {
  const StreamConfig stream = parse_config(config).streams.front();
  connector::StreamRequest request;
  request.stream.stream.descriptor.name = stream.name;
  request.stream.sync_mode = mode;
  request.schema = schema ? schema : schema_of(config);
  request.state = std::move(state);
  const auto reader = open_stream(stream, request, {.block = block});
  Reading reading;
  record::RecordBatch batch(request.schema);
  bool any = false;
  while (const auto partition = reader->next_partition()) {
    any = true;
    for (bool more = true; more;) {
      batch.clear();
      more = partition->fill(batch);
      for (std::size_t i = 0; i < batch.size(); ++i) reading.rows.push_back(row_text(batch, i));
      for (const auto& change : batch.changes()) {
        reading.changes.push_back(std::to_string(change.row) + " " + change.field + " " +
                                  std::string(record::name_of(change.change)) + " " +
                                  std::string(record::name_of(change.reason)));
      }
      reading.states.push_back(partition->state().value());
      reading.rows_at_state.push_back(reading.rows.size());
    }
  }
  if (!any) {
    reading.states.push_back(reader->empty_state());
    reading.rows_at_state.push_back(0);
  }
  return reading;
}

/// What a read fails with; empty: it does not.
template <class Act>
std::string failure_of(Act&& act) {
  try {
    act();
  } catch (const Failure& failure) {
    return failure.error().message;
  }
  return {};
}

/// `column:type` of the first stream, as people see them, without the metadata columns.
inline std::string types_of(const json& config) {
  const auto schema = schema_of(config);
  std::string types;
  for (const std::uint32_t index : schema->declared()) {
    if ((*schema)[index].name.starts_with("_ab_")) continue;
    types += (types.empty() ? "" : " ") + (*schema)[index].name + ":" +
             std::string(record::name_of((*schema)[index].type));
  }
  return types;
}

}  // namespace wharf::connectors::source_file
