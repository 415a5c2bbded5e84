#include "connectors/source_file/cell.h"

#include <wharf/record/coercion.h>
#include <wharf/record/text_form.h>

#include <algorithm>

#include "connectors/files/input_json.h"

namespace wharf::connectors::source_file {
namespace {

using record::Kind;
using record::RecordBatch;
using record::Type;
using record::Value;

/// What the exact road gives; then the value is made to fit the column.
bool exact_number(Type type, std::string_view text, Value& out, RecordBatch& batch) {
  if (!record::parse_number(text, out)) return false;
  if (record::exponent_out_of_range(text)) return false;
  return record::coerce(out, type, batch);
}

bool parse_or_null(bool parsed, Value& out) {
  if (!parsed) out = Value::null();
  return parsed;
}

}  // namespace

bool CellParser::is_named_null(std::string_view text, Type type) const {
  if (type == Type::string && !rules_.strings_can_be_null) return false;
  return std::find(rules_.null_values.begin(), rules_.null_values.end(), text) !=
         rules_.null_values.end();
}

Value CellParser::boolean_value(std::string_view text) const {
  const bool is_true = true_words_.holds(text);
  return is_true || false_words_.holds(text) ? Value::boolean(is_true) : Value::null();
}

bool CellParser::parse_exactly(Type type, std::string_view text, Value& out,
                               RecordBatch& batch) const {
  if (text.empty() && type != Type::string) return false;
  switch (type) {
    case Type::string:
      out = Value::string(text);
      return true;
    case Type::boolean:
      return false;  // the plain road knows all its words
    case Type::integer:
    case Type::number:
      return parse_or_null(exact_number(type, text, out, batch), out);
    case Type::date:
      return parse_or_null(record::parse_date(text, out), out);
    case Type::timestamp_tz:
      return parse_or_null(record::parse_timestamp_tz(text, out), out);
    case Type::timestamp:
      return parse_or_null(record::parse_timestamp(text, out), out);
    case Type::time_tz:
      return parse_or_null(record::parse_time_tz(text, out), out);
    case Type::time:
      return parse_or_null(record::parse_time(text, out), out);
    case Type::object:
    case Type::array:
    case Type::any:
      return parse_or_null(parse_json_cell(type, text, out, batch), out);
  }
  return false;
}

bool parse_json_number(Type type, std::string_view text, Value& out, RecordBatch& batch) {
  out = type == Type::integer ? plain_integer(text) : Value::null();
  if (type == Type::number) out = plain_decimal(text);
  if (!out.is_null()) return true;
  return parse_or_null(exact_number(type, text, out, batch), out);
}

bool parse_json_cell(Type type, std::string_view text, Value& out, RecordBatch& batch) {
  files::JsonCursor cursor(text);
  files::JsonValue value;
  if (!cursor.value(value) || !cursor.finished()) return false;
  if (type == Type::object && value.kind != files::JsonKind::object) return false;
  if (type == Type::array && value.kind != files::JsonKind::array) return false;
  if (value.kind == files::JsonKind::null) {
    out = Value::null();
    return true;
  }
  std::string_view json = value.text;
  if (json.find_first_of("\r\n") != std::string_view::npos) {
    char* line = batch.allocate(json.size());  // between tokens only: strings cannot hold them
    std::replace_copy_if(
        json.begin(), json.end(), line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    json = {line, json.size()};
  }
  out = Value::json(json);
  return true;
}

}  // namespace wharf::connectors::source_file
