#include <wharf/record/coercion.h>
#include <wharf/record/text_form.h>

#include <cmath>
#include <vector>

#include "record/json_scan.h"
#include "record/number_form.h"
#include "record/time_form.h"

namespace wharf::record {
namespace {

std::string_view keep_text(const Value& value, RecordBatch& batch) {
  Buffer text(256);
  append_text(text, value);
  return batch.keep(text.view());
}

/// The text of a JSON string, if the value is one: carried JSON may hold what is no object or
/// array.
bool read_json_string(const Value& value, RecordBatch& batch, std::string_view& out) {
  std::string_view json = value.as_text();
  if (json.size() < 2 || json.front() != '"') return false;
  std::string_view inside = json.substr(1, json.size() - 2);
  char* to = batch.allocate(inside.size());
  out = {to, static_cast<std::size_t>(json::unescape(inside, to) - to)};
  return true;
}

/// A value of kind json that holds a scalar, as that scalar.
void open_json_scalar(Value& value, RecordBatch& batch) {
  if (value.kind() != Kind::json) return;
  std::string_view json = value.as_text();
  std::string_view text;
  Value number;
  if (json == "true" || json == "false") {
    value = Value::boolean(json == "true");
  } else if (read_json_string(value, batch, text)) {
    value = Value::string(text);
  } else if (parse_number(json, number)) {
    value = number;
  }
}

/// Numbers as people and other programs write them in texts: `+5`, `007`, `.5`, `5.`.
bool parse_loose_number(std::string_view text, Value& out, RecordBatch& batch) {
  if (parse_number(text, out)) return true;
  bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
    text.remove_prefix(1);
  }
  if (text.empty() || text == ".") return false;
  std::string strict = negative ? "-" : "";
  if (text.front() == '.') strict += '0';
  strict += text;
  if (auto point = strict.find('.'); point != std::string::npos) {
    bool digit = point + 1 < strict.size() && strict[point + 1] >= '0' && strict[point + 1] <= '9';
    if (!digit) strict.erase(point, 1);
  }
  return parse_number(batch.keep(strict), out);
}

bool to_number(Value& value, RecordBatch& batch) {
  if (value.kind() == Kind::string && !parse_loose_number(value.as_text(), value, batch)) {
    return false;
  }
  switch (value.kind()) {
    case Kind::integer:
    case Kind::big_integer:
      return true;
    case Kind::number:
      return std::isfinite(value.as_number());
    case Kind::big_decimal:
      return !exponent_out_of_range(value.as_text());
    default:
      return false;
  }
}

bool to_string(Value& value, RecordBatch& batch) {
  std::string_view text;
  if (value.kind() == Kind::json && read_json_string(value, batch, text)) {
    value = Value::string(text);
  } else if (value.is_text()) {
    value = Value::string(value.as_text());
  } else {
    value = Value::string(keep_text(value, batch));
  }
  return true;
}

bool to_json(Value& value, RecordBatch& batch) {
  Buffer json(256);
  append_json(json, value);
  value = Value::json(batch.keep(json.view()));
  return true;
}

bool is_nested(const Value& value, char opening) {
  return value.kind() == Kind::json && !value.as_text().empty() &&
         value.as_text().front() == opening;
}

bool to_time(Value& value, Type type) {
  if (value.kind() == Kind::string) {
    std::string_view text = value.as_text();
    switch (type) {
      case Type::time_tz:
        return parse_time_tz(text, value);
      case Type::time:
        return parse_time(text, value);
      case Type::timestamp_tz:
        return parse_timestamp_tz(text, value);
      case Type::timestamp:
        return parse_timestamp(text, value);
      default:
        return parse_date(text, value);
    }
  }
  if (!is_in_range(value)) return false;
  switch (type) {
    case Type::date:
      return value.kind() == Kind::date;
    case Type::time_tz:
      if (value.kind() == Kind::time) value = Value::time_tz(value.nanos_of_day(), 0);
      return value.kind() == Kind::time_tz;
    case Type::time:
      if (value.kind() == Kind::time_tz) value = Value::time(value.nanos_of_day());
      return value.kind() == Kind::time;
    case Type::timestamp_tz:
      if (value.kind() == Kind::timestamp) {
        value = Value::timestamp_tz(value.second(), value.nanos(), 0);
      }
      return value.kind() == Kind::timestamp_tz;
    default:
      if (value.kind() == Kind::timestamp_tz) {
        value = Value::timestamp(value.second() + value.offset_seconds(), value.nanos());
      }
      return value.kind() == Kind::timestamp;
  }
}

bool convert(Value& value, Type type, RecordBatch& batch) {
  if (type == Type::any) return value.kind() == Kind::json || to_json(value, batch);
  if (type == Type::object) return is_nested(value, '{');
  if (type == Type::array) return is_nested(value, '[');
  if (type == Type::string) return value.kind() == Kind::string || to_string(value, batch);
  open_json_scalar(value, batch);
  switch (type) {
    case Type::boolean:
      return value.kind() == Kind::boolean;
    case Type::integer:
      return to_number(value, batch) && make_integer(value, batch);
    case Type::number:
      return to_number(value, batch);
    default:
      return to_time(value, type);
  }
}

}  // namespace

bool coerce(Value& value, Type type, RecordBatch& batch) {
  if (value.is_null()) return true;
  if (value.kind() == Kind::json && value.as_text() == "null") {
    value = Value::null();
    return true;
  }
  if (convert(value, type, batch)) return true;
  value = Value::null();
  return false;
}

void coerce_rows(RecordBatch& batch, Reason reason) {
  const auto& columns = batch.schema().columns();
  for (std::size_t row = 0; row < batch.size(); ++row) {
    std::span<Value> values = batch.row(row);
    for (std::size_t column = 0; column < columns.size(); ++column) {
      if (coerce(values[column], columns[column].type, batch)) continue;
      batch.add_change_at(row, columns[column].name, Change::nulled, reason);
    }
  }
}

}  // namespace wharf::record
