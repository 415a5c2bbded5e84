#include <fmt/format.h>

#include "connectors/files/input_json.h"
#include "connectors/files/jsonl_reader.h"
#include "connectors/source_file/file_rows.h"
#include "connectors/source_file/sample.h"

namespace wharf::connectors::source_file {
namespace {

using files::JsonKind;
using files::JsonValue;
using record::Change;
using record::Reason;
using record::RecordBatch;
using record::Type;
using record::Value;

std::string_view unescaped(const JsonValue& string, RecordBatch& batch) {
  if (!string.escaped) return string.inside();
  char* out = batch.allocate(string.inside().size());
  return {out, files::unescape_json(string.inside(), out)};
}

bool is_time(Type type) {
  return type == Type::date || type == Type::time || type == Type::time_tz ||
         type == Type::timestamp || type == Type::timestamp_tz;
}

class JsonlRows final : public FileRows {
 public:
  JsonlRows(const files::InputFile& file, std::uint64_t begin, const RowSettings& settings)
      : settings_(settings),
        schema_(*settings.schema),
        metadata_(file, settings),
        skipped_(file.path()),
        reader_(file, settings.csv.encoding, settings.last_line_counts, settings.window),
        data_column_(settings.schema->find(kSchemalessColumn)) {
    if (begin != 0) reader_.go_to(begin);
  }

  bool fill(RecordBatch& batch) override {
    for (;;) {
      const std::size_t begin = reader_.used();
      while (reader_.next()) {
        add_row(batch);
        if (reader_.used() - begin >= settings_.fill_bytes) return true;
      }
      // The rows are views of the text in hand: they go before it moves on.
      if (!batch.empty()) return true;
      if (!reader_.read_on()) return false;
    }
  }

  std::uint64_t offset() const override { return reader_.offset(); }

 private:
  void add_row(RecordBatch& batch) {
    const std::size_t changes = batch.changes().size();
    Value* row = batch.append_row(settings_.emitted_at);
    files::JsonCursor cursor(reader_.line());
    JsonValue key;
    JsonValue value;
    bool done = false;
    std::size_t place = 0;
    bool good = true;
    while ((good = cursor.member(key, value, done)) && !done) {
      add_member(place++, key, value, row, batch);
    }
    if (!good || !cursor.finished()) return on_broken_line(cursor.place(), batch);
    metadata_.put_into(row);
    if (settings_.stream.schemaless && data_column_) {
      row[*data_column_] = Value::json(reader_.line());
    }
    if (batch.changes().size() != changes) on_change(batch);
  }

  /// `place`: which member of the line it is. Lines mostly have the same members in the same order.
  void add_member(std::size_t place, const JsonValue& key, const JsonValue& value, Value* row,
                  RecordBatch& batch) {
    if (settings_.stream.schemaless) return;
    const std::string_view name = unescaped(key, batch);
    if (place >= expected_.size()) expected_.resize(place + 1);
    auto& expected = expected_[place];
    if (!expected || schema_[*expected].name != name) expected = schema_.find(name);
    if (!expected) return;  // not chosen, or not known when the schema was made
    const record::Column& column = schema_[*expected];
    row[*expected] = Value::null();
    if (!convert(column.type, value, row[*expected], batch)) {
      row[*expected] = Value::null();
      batch.add_change(column.name, Change::nulled, Reason::source_serialization);
    }
  }

  bool convert(Type type, const JsonValue& value, Value& out, RecordBatch& batch) {
    if (value.kind == JsonKind::null) return true;
    if (type == Type::any) {
      out = Value::json(value.text);
      return true;
    }
    if (type == Type::string) {
      out = Value::string(value.kind == JsonKind::string ? unescaped(value, batch) : value.text);
      return true;
    }
    switch (value.kind) {
      case JsonKind::null:
        return true;
      case JsonKind::boolean:
        out = Value::boolean(value.text == "true");
        return type == Type::boolean;
      case JsonKind::number:
        return (type == Type::integer || type == Type::number) &&
               parse_json_number(type, value.text, out, batch);
      case JsonKind::string:
        if (is_time(type)) return settings_.cells.parse(type, unescaped(value, batch), out, batch);
        return (type == Type::integer || type == Type::number) && !value.inside().empty() &&
               parse_json_number(type, value.inside(), out, batch);
      case JsonKind::object:
        out = Value::json(value.text);
        return type == Type::object;
      case JsonKind::array:
        out = Value::json(value.text);
        return type == Type::array;
    }
    return false;
  }

  void on_broken_line(std::size_t place, RecordBatch& batch) {
    if (settings_.stream.policy != ValidationPolicy::skip) {
      reader_.fail(place, "the line is no JSON object");
    }
    skip(batch);
  }

  void on_change(RecordBatch& batch) {
    if (settings_.stream.policy == ValidationPolicy::skip) skip(batch);
    if (settings_.stream.policy == ValidationPolicy::wait_for_discover) {
      reader_.fail(
          0, fmt::format("the value of '{}' does not fit its column; discover the schema again",
                         batch.changes().back().field));
    }
  }

  void skip(RecordBatch& batch) {
    skipped_.add(reader_.line_offset());
    batch.drop_last_row();
  }

  const RowSettings& settings_;
  const record::Schema& schema_;
  MetadataColumns metadata_;
  SkippedRows skipped_;
  files::JsonlReader reader_;
  std::optional<std::size_t> data_column_;
  std::vector<std::optional<std::size_t>>
      expected_;  // the column of the line's n-th member, last time
};

}  // namespace

std::unique_ptr<FileRows> open_jsonl_rows(const files::InputFile& file, std::uint64_t begin,
                                          const RowSettings& settings) {
  return std::make_unique<JsonlRows>(file, begin, settings);
}

}  // namespace wharf::connectors::source_file
