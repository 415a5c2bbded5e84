#pragma once
// Values ⇄ text: numbers digit for digit, dates and times as ISO 8601.

#include <wharf/record/buffer.h>
#include <wharf/record/record_batch.h>
#include <wharf/record/value.h>

#include <string_view>

namespace wharf::record {

/// Reads a number of JSON's grammar (a leading `+` or zeros are not of it). Gives integer or
/// big_integer, number (only if the double comes back with the same digits) or big_decimal; texts
/// are views of `text`. Exact: never rounds. False if `text` is no number.
bool parse_number(std::string_view text, Value& out);
/// True for a number whose exponent is beyond 10,000 either way: null with a recorded change.
bool exponent_out_of_range(std::string_view number);

/// ISO 8601 with the separators of sync-semantics 3.4 (date `-` `/` `.` or none; `T` or a space;
/// fractions of any length, cut to nanoseconds; `Z`, ±HH:MM, ±HHMM, ±HH). False if it is not one.
bool parse_date(std::string_view text, Value& out);
bool parse_time(std::string_view text, Value& out);          ///< an offset is dropped
bool parse_time_tz(std::string_view text, Value& out);       ///< no offset: UTC
bool parse_timestamp(std::string_view text, Value& out);     ///< an offset is dropped
bool parse_timestamp_tz(std::string_view text, Value& out);  ///< no offset: UTC

/// The value as plain text: `19.99`, `true`, `2024-01-31T10:00:00.5+01:00`; json as its text.
void append_text(Buffer& out, const Value& value);
/// Timestamps with a zone in UTC (`…Z`), all else as append_text: what SQLite's columns hold.
void append_text_utc(Buffer& out, const Value& value);
/// The value as JSON: strings quoted and escaped, null as `null`.
void append_json(Buffer& out, const Value& value);
/// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(Buffer& out, std::string_view text);
/// Epoch milliseconds as `2024-01-31T10:00:00.123Z`.
void append_iso_millis(Buffer& out, std::int64_t epoch_millis);

}  // namespace wharf::record
