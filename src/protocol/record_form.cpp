#include <cmath>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

/// Milliseconds; a fraction of one, as some sources write it, is cut off.
std::int64_t read_milliseconds(const JsonNode& node) {
  if (const auto exact = node.integer()) return *exact;
  const auto value = node.number();
  constexpr double kBound = 9.2e18;
  if (!value || std::abs(*value) > kBound) node.fail("must be a time in milliseconds");
  return static_cast<std::int64_t>(*value);
}

void read_member(const JsonNode& member, const std::string& name, RecordMessage& record) {
  if (name == "stream") {
    record.stream.name = member.as_string();
  } else if (name == "namespace") {
    if (!member.is_null()) record.stream.name_space = member.as_string();
  } else if (name == "data") {
    member.members();
    record.data = member.text();
  } else if (name == "emitted_at") {
    if (!member.is_null()) record.emitted_at = read_milliseconds(member);
  } else if (name == "meta") {
    record.meta = optional_text(member);
  } else if (!(name == "partition_id" && take(member, record.partition_id)) &&
             !(name == "isDummyStatsMessage" && take(member, record.is_dummy_stats)) &&
             !(name == "emittedRecordsCount" && take(member, record.emitted_records)) &&
             !(name == "emittedBytesCount" && take(member, record.emitted_bytes))) {
    keep(member, record.extra);
  }
}

bool is_empty_object(const JsonNode& node) {
  return node.members().begin() == node.members().end();
}

}  // namespace

RecordMessage read_record(const JsonNode& node) {
  node.required("stream");
  const JsonNode data = node.required("data");
  RecordMessage record;
  for (const JsonNode& member : node.members()) read_member(member, member.name(), record);
  // A row without a single field is none; of statistics it is the form.
  if (!record.is_dummy_stats && is_empty_object(data)) {
    throw MissingProperty(ErrorCode::protocol_violation, data.pointer() + " is empty");
  }
  return record;
}

void append_record(std::string& out, const RecordMessage& record) {
  JsonObjectWriter object(out);
  object.string("namespace", record.stream.name_space);
  object.string("stream", std::string_view(record.stream.name));
  object.json("data", std::string_view(record.data));
  if (!record.is_dummy_stats || record.emitted_at != 0) {
    object.integer("emitted_at", record.emitted_at);
  }
  object.json("meta", record.meta);
  object.string("partition_id", record.partition_id);
  if (record.is_dummy_stats) object.boolean("isDummyStatsMessage", true);
  object.integer("emittedRecordsCount", record.emitted_records);
  object.integer("emittedBytesCount", record.emitted_bytes);
  object.extra(record.extra);
}

}  // namespace wharf::protocol
