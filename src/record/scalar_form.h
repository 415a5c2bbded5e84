#pragma once
// Values that are no text, as text: through a pointer into room that the caller has made.

#include <wharf/record/value.h>

#include <cstddef>
#include <cstring>

#include "record/digits.h"
#include "record/number_form.h"
#include "record/time_form.h"

namespace wharf::record {

/// The room that any of them needs.
inline constexpr std::size_t kScalarRoom = 64;
static_assert(kScalarRoom >= kTimeChars && kScalarRoom >= kNumberChars);

inline char* write_boolean(char* to, bool value) {
  std::memcpy(to, value ? "true" : "false", 5);
  return to + (value ? 4 : 5);
}

/// As plain text; null is nothing.
inline char* write_scalar(char* to, const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return write_boolean(to, value.as_bool());
    case Kind::integer:
      return write_integer(to, value.as_integer());
    case Kind::number:
      return write_number(to, value.as_number());
    case Kind::date:
    case Kind::time_tz:
    case Kind::time:
    case Kind::timestamp_tz:
    case Kind::timestamp:
      return write_time(to, value);
    default:
      return to;
  }
}

/// As JSON.
[[gnu::always_inline]] inline char* write_json_scalar(char* to, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      std::memcpy(to, "null", 4);
      return to + 4;
    case Kind::date:
    case Kind::time_tz:
    case Kind::time:
    case Kind::timestamp_tz:
    case Kind::timestamp:
      *to++ = '"';
      to = write_time(to, value);
      *to++ = '"';
      return to;
    default:
      return write_scalar(to, value);
  }
}

}  // namespace wharf::record
