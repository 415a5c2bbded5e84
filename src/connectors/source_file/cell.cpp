#include "connectors/source_file/cell.h"

#include <wharf/record/coercion.h>
#include <wharf/record/text_form.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "connectors/files/input_json.h"

namespace wharf::connectors::source_file {
namespace {

using record::Kind;
using record::RecordBatch;
using record::Type;
using record::Value;

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') <= 9;
}

// The three fast roads below take the texts that nearly every file has; whatever is longer, rarer
// or wrong goes the exact one, in include/wharf/record/text_form.h.

/// Up to 18 digits, maybe a minus; no leading zeros.
inline bool short_integer(std::string_view text, std::int64_t& out) {
  const bool minus = text.front() == '-';
  text.remove_prefix(minus ? 1 : 0);
  if (text.empty() || text.size() > 18 || (text.front() == '0' && text.size() > 1)) return false;
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  out = minus ? -value : value;
  return true;
}

/// Up to 15 digits with or without a point: such a decimal is one division away from its double,
/// and comes back from it with the same digits.
inline bool short_decimal(std::string_view text, double& out) {
  static constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool minus = text.front() == '-';
  text.remove_prefix(minus ? 1 : 0);
  if (text.empty() || text.size() > 16 || !is_digit(text.front()) || !is_digit(text.back())) {
    return false;
  }
  if (text.front() == '0' && text.size() > 1 && text[1] != '.') return false;
  std::int64_t digits = 0;
  std::size_t point = text.size() - 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' && point == text.size() - 1) {
      point = i;
    } else if (is_digit(text[i])) {
      digits = digits * 10 + (text[i] - '0');
    } else {
      return false;
    }
  }
  const std::size_t fraction = text.size() - 1 - point;
  if (text.size() - (fraction != 0 ? 1 : 0) > 15 || (minus && digits == 0)) return false;
  const double value = static_cast<double>(digits) / kPowers[fraction];
  out = minus ? -value : value;
  return true;
}

/// The number that `size` digits say; -1 if they are none.
[[gnu::always_inline]] inline int digits_at(const char* at, int size) {
  int value = 0;
  for (int i = 0; i < size; ++i) {
    if (!is_digit(at[i])) return -1;
    value = value * 10 + (at[i] - '0');
  }
  return value;
}

/// Days since 1970 of `YYYY-MM-DD`.
inline bool plain_date(const char* at, std::int64_t& days) {
  const int year = digits_at(at, 4);
  const int month = digits_at(at + 5, 2);
  const int day = digits_at(at + 8, 2);
  if (at[4] != '-' || at[7] != '-' || year < 1 || month < 1 || month > 12 || day < 1) return false;
  static constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const auto index = static_cast<std::size_t>(month - 1);
  if (day > kLengths[index] + (leap && month == 2 ? 1 : 0)) return false;
  // Counted from the first of March of year 0, so that the leap day is a year's last.
  const int march_year = month > 2 ? year : year - 1;
  const int era = march_year / 400;
  const int year_of_era = march_year - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  days = std::int64_t{era} * 146097 + day_of_era - 719468;
  return true;
}

/// `YYYY-MM-DDTHH:MM:SS`, a space for the T, up to nine digits of a fraction; a Z if `zone`.
bool plain_timestamp(std::string_view text, bool zone, std::int64_t& second, std::uint32_t& nanos) {
  if (zone) {
    if (text.back() != 'Z') return false;
    text.remove_suffix(1);
  }
  const std::size_t size = text.size();
  if (size < 19 || size > 29 || size == 20) return false;
  const char* at = text.data();
  std::int64_t days = 0;
  if (!plain_date(at, days) || (at[10] != 'T' && at[10] != ' ')) return false;
  const int hour = digits_at(at + 11, 2);
  const int minute = digits_at(at + 14, 2);
  const int seconds = digits_at(at + 17, 2);
  if (at[13] != ':' || at[16] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      seconds < 0 || seconds > 59) {
    return false;
  }
  nanos = 0;
  if (size > 20) {
    const int digits = static_cast<int>(size) - 20;
    const int fraction = digits_at(at + 20, digits);
    if (at[19] != '.' || fraction < 0) return false;
    nanos = static_cast<std::uint32_t>(fraction);
    for (int i = digits; i < 9; ++i) nanos *= 10;
  }
  second = days * 86400 + hour * 3600 + minute * 60 + seconds;
  return true;
}

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

bool CellParser::parse_boolean(std::string_view text, Value& out) const {
  const bool is_true = true_words_.holds(text);
  if (!is_true && !false_words_.holds(text)) return false;
  out = Value::boolean(is_true);
  return true;
}

bool CellParser::parse(Type type, std::string_view text, Value& out, RecordBatch& batch) const {
  std::int64_t whole = 0;
  std::uint32_t nanos = 0;
  double number = 0;
  if (text.empty()) {
    out = type == Type::string ? Value::string(text) : Value::null();
    return type == Type::string;
  }
  switch (type) {
    case Type::string:
      out = Value::string(text);
      return true;
    case Type::integer:
      if (short_integer(text, whole)) {
        out = Value::integer(whole);
        return true;
      }
      return parse_or_null(exact_number(type, text, out, batch), out);
    case Type::number:
      if (short_decimal(text, number)) {
        out = Value::number(number);
        return true;
      }
      return parse_or_null(exact_number(type, text, out, batch), out);
    case Type::boolean:
      return parse_or_null(parse_boolean(text, out), out);
    case Type::date:
      if (text.size() == 10 && plain_date(text.data(), whole)) {
        out = Value::date(whole);
        return true;
      }
      return parse_or_null(record::parse_date(text, out), out);
    case Type::timestamp_tz:
      if (plain_timestamp(text, true, whole, nanos)) {
        out = Value::timestamp_tz(whole, nanos, 0);
        return true;
      }
      return parse_or_null(record::parse_timestamp_tz(text, out), out);
    case Type::timestamp:
      if (plain_timestamp(text, false, whole, nanos)) {
        out = Value::timestamp(whole, nanos);
        return true;
      }
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
  std::int64_t whole = 0;
  double number = 0;
  if (type == Type::integer && short_integer(text, whole)) {
    out = Value::integer(whole);
    return true;
  }
  if (type == Type::number && short_decimal(text, number)) {
    out = Value::number(number);
    return true;
  }
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
