#pragma once
// Dates and times in text. Reading is text_form.h's parse_date and its siblings.

#include <wharf/record/value.h>

#include <cstddef>
#include <cstdint>

namespace wharf::record {

/// The longest text of a date, time or timestamp, quotes included.
inline constexpr std::size_t kTimeChars = 64;

/// Writes a value of kind date, time_tz, time, timestamp_tz or timestamp.
char* write_time(char* to, const Value& value);
/// A timestamp_tz in UTC.
char* write_timestamp_utc(char* to, std::int64_t second, std::uint32_t nanos);
/// Whether a date or time is one that can be written: as it came from a wire.
bool is_in_range(const Value& value);

}  // namespace wharf::record
