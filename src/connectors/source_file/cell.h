#pragma once

#include <wharf/record/record_batch.h>

#include <string_view>

#include "connectors/source_file/config.h"
#include "connectors/source_file/plain_numbers.h"
#include "connectors/source_file/plain_times.h"
#include "connectors/source_file/words.h"

namespace wharf::connectors::source_file {

/// Texts as values of a column. Made once per stream; one thread.
class CellParser {
 public:
  explicit CellParser(CellRules rules)
      : rules_(std::move(rules)),
        true_words_(rules_.true_values),
        false_words_(rules_.false_values) {}

  /// Whether a text says null. An empty field is null (quoted, and where strings cannot be null, it
  /// is an empty string in a string column).
  bool is_null(std::string_view text, bool quoted, record::Type type) const {
    if (text.empty()) {
      return type != record::Type::string || (!quoted && rules_.strings_can_be_null);
    }
    return !rules_.null_values.empty() && is_named_null(text, type);
  }

  /// The value of `text` in a column of `type`; a text value is a view of it, or lies in `batch`.
  /// False: it does not fit, and `out` is null.
  [[gnu::always_inline]] bool parse(record::Type type, std::string_view text, record::Value& out,
                                    record::RecordBatch& batch) const {
    set_plain(type, text, out);
    return !out.is_null() || parse_exactly(type, text, out, batch);
  }

  bool parse_boolean(std::string_view text, record::Value& out) const {
    out = boolean_value(text);
    return !out.is_null();
  }

 private:
  /// Sets the value of what nearly all cells of nearly every file are; else null.
  void set_plain(record::Type type, std::string_view text, record::Value& out) const;
  record::Value boolean_value(std::string_view text) const;
  bool parse_exactly(record::Type type, std::string_view text, record::Value& out,
                     record::RecordBatch& batch) const;
  bool is_named_null(std::string_view text, record::Type type) const;

  CellRules rules_;
  Words true_words_;
  Words false_words_;
};

// Inline, so that the cells of a row are told apart in one loop.
[[gnu::always_inline]] inline void CellParser::set_plain(record::Type type, std::string_view text,
                                                         record::Value& out) const {
  if (text.empty()) {
    out = record::Value::null();
    return;
  }
  switch (type) {
    case record::Type::string:
      out = record::Value::string(text);
      return;
    case record::Type::integer:
      out = plain_integer(text);
      return;
    case record::Type::number:
      out = plain_decimal(text);
      return;
    case record::Type::boolean:
      out = boolean_value(text);
      return;
    case record::Type::date:
      out = plain_date(text);
      return;
    case record::Type::timestamp_tz:
      out = plain_timestamp_tz(text);
      return;
    case record::Type::timestamp:
      out = plain_timestamp(text);
      return;
    default:
      out = record::Value::null();
  }
}

/// The value of a JSON number in a column of `type`, digit for digit.
bool parse_json_number(record::Type type, std::string_view text, record::Value& out,
                       record::RecordBatch& batch);
/// `text` as JSON that stands on one line, if it is a value that a column of `type` may hold.
bool parse_json_cell(record::Type type, std::string_view text, record::Value& out,
                     record::RecordBatch& batch);

}  // namespace wharf::connectors::source_file
