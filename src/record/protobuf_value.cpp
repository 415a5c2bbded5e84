#include "record/protobuf_value.h"

#include <wharf/record/text_form.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "record/civil.h"
#include "record/json_scan.h"
#include "record/protobuf_fields.h"
#include "record/time_form.h"
#include "record/wire_forms.h"

namespace wharf::record::protobuf {
namespace {

/// Reads the varint fields 1 to 3 of a small message; others are skipped.
bool read_fields(std::string_view message, std::uint64_t (&fields)[3]) {
  const char* at = message.data();
  const char* end = at + message.size();
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field)) return false;
    std::uint64_t number = field >> 3;
    bool ours = (field & 7) == kVarint && number >= 1 && number <= 3;
    if (ours ? !read_varint(at, end, fields[number - 1]) : !skip_field(at, end, field))
      return false;
  }
  return true;
}

std::int32_t offset_of(std::uint64_t raw) {
  // Beyond a day there is no offset; held there, so that the range check sees it.
  std::int64_t offset = unzigzag(raw & 0xFFFFFFFF);
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(std::max<std::int64_t>(offset, -86'400), 86'400));
}

Read checked(const Value& value) {
  return is_in_range(value) ? Read::good : Read::misfit;
}

Read read_time_message(char field, std::string_view message, Value& out) {
  std::uint64_t fields[3] = {0, 0, 0};
  if (!read_fields(message, fields)) return Read::broken;
  constexpr auto kNanosOfDay = std::uint64_t{86'400} * 1'000'000'000;
  constexpr std::int64_t kDaysMost = std::int64_t{1} << 40;
  switch (field) {
    case kTimeTz:
      if (fields[0] >= kNanosOfDay) return Read::misfit;
      out = Value::time_tz(static_cast<std::int64_t>(fields[0]), offset_of(fields[1]));
      return checked(out);
    case kTimestampTz:
      if (fields[1] > 999'999'999) return Read::misfit;
      out = Value::timestamp_tz(unzigzag(fields[0]), static_cast<std::uint32_t>(fields[1]),
                                offset_of(fields[2]));
      return checked(out);
    default: {
      std::int64_t days = unzigzag(fields[0]);
      if (days > kDaysMost || days < -kDaysMost || fields[1] >= kNanosOfDay) return Read::misfit;
      out = Value::timestamp(days * 86'400 + static_cast<std::int64_t>(fields[1] / 1'000'000'000),
                             static_cast<std::uint32_t>(fields[1] % 1'000'000'000));
      return checked(out);
    }
  }
}

/// A number that came as text takes the narrowest kind that holds it exactly.
Read read_number_text(std::string_view text, Value& out) {
  if (!parse_number(text, out)) return Read::misfit;
  bool beyond = out.kind() == Kind::big_decimal && exponent_out_of_range(text);
  return beyond ? Read::misfit : Read::good;
}

Read read_bytes_value(char field, std::string_view bytes, RecordBatch& batch, Value& out) {
  switch (field) {
    case kString:
      out = Value::string(bytes);
      return Read::good;
    case kBigInteger:
    case kBigDecimal:
      return read_number_text(bytes, out);
    case kJson:
      return tidy_json(bytes, batch, out) ? Read::good : Read::misfit;
    default:
      return read_time_message(field, bytes, out);
  }
}

Read read_varint_value(char field, std::uint64_t raw, Value& out) {
  switch (field) {
    case kBoolean:
      out = Value::boolean(raw != 0);
      return Read::good;
    case kInteger:
      out = Value::integer(unzigzag(raw));
      return Read::good;
    case kDate:
      out = Value::date(unzigzag(raw));
      return checked(out);
    case kTime:
      out = Value::time(static_cast<std::int64_t>(raw));
      return checked(out);
    default:
      out = Value::null();
      return Read::good;  // field 13 at all means null
  }
}

}  // namespace

Read read_wire_value(const char* at, const char* end, RecordBatch& batch, Value& out) {
  Read read = Read::good;
  bool null = false;
  out = Value::null();
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field)) return Read::broken;
    switch (static_cast<char>(field < 128 ? field : 0)) {
      case kBoolean:
      case kInteger:
      case kDate:
      case kTime:
      case kIsNull: {
        std::uint64_t raw = 0;
        if (!read_varint(at, end, raw)) return Read::broken;
        null |= field == static_cast<unsigned char>(kIsNull);
        read = read_varint_value(static_cast<char>(field), raw, out);
        break;
      }
      case kString:
      case kBigInteger:
      case kBigDecimal:
      case kTimeTz:
      case kTimestampTz:
      case kTimestamp:
      case kJson: {
        std::string_view bytes;
        if (!read_bytes(at, end, bytes)) return Read::broken;
        read = read_bytes_value(static_cast<char>(field), bytes, batch, out);
        break;
      }
      case kNumber: {
        if (end - at < 8) return Read::broken;
        double number = 0;
        std::memcpy(&number, at, 8);
        at += 8;
        out = Value::number(number);
        read = std::isfinite(number) ? Read::good : Read::misfit;
        break;
      }
      default:
        if (field >> 3 == 0 || !skip_field(at, end, field)) return Read::broken;
        if (field >> 3 <= 12) read = Read::misfit;
        if (field >> 3 == 13) null = true;
    }
    if (read == Read::broken) return read;
  }
  if (null) {
    out = Value::null();
    return Read::good;
  }
  return read;
}

std::uint16_t plain_fields(Type type) {
  // Fields of the wire and kinds have the same numbers.
  constexpr unsigned kTexts =
      bit_of(Kind::big_integer) | bit_of(Kind::big_decimal) | bit_of(Kind::json);
  constexpr unsigned kNull = 1U << 13;
  return static_cast<std::uint16_t>((kKindsOf[static_cast<unsigned>(type)] & ~kTexts) | kNull);
}

namespace {

/// Reads bytes that have, with their length, all of [at, end), at least a byte.
[[gnu::always_inline]] inline bool read_whole_bytes(const char* at, const char* end,
                                                    std::string_view& out) {
  if (end - at > 0x80) return read_bytes(at, end, out) && at == end;
  out = {at + 1, static_cast<std::size_t>(end - at) - 1};
  return *at == end - at - 1;
}

/// A timestamp of whole seconds in UTC, as most are, has one field.
[[gnu::always_inline]] inline bool read_plain_timestamp(std::string_view message, Value& out) {
  const char* at = message.data();
  const char* end = at + message.size();
  constexpr std::size_t kMost = 8;  // a tag, and seven bytes of a second that is in range
  static_assert(std::int64_t{1} << 48 < kDaysMost * kSecondsOfDay);
  std::uint64_t second = 0;
  if (message.size() < 2 || message.size() > kMost || *at != tag(1, kVarint) ||
      !read_whole_varint(at + 1, end, second)) {
    return read_time_message(kTimestampTz, message, out) == Read::good;
  }
  out = Value::timestamp_tz(unzigzag(second), 0, 0);
  return true;
}

/// A value that stands alone in [at, end), of two bytes at least, and needs no second look. False:
/// it is none.
[[gnu::always_inline]] inline bool read_plain_value(const char* at, const char* end,
                                                    std::uint16_t fields, Value& out) {
  if ((unsigned{fields} >> (static_cast<unsigned char>(*at) >> 3) & 1) == 0) return false;
  switch (*at++) {
    case kString: {
      std::string_view text;
      if (!read_whole_bytes(at, end, text)) return false;
      out = Value::string(text);
      return true;
    }
    case kInteger: {
      std::uint64_t raw = 0;
      if (!read_whole_varint(at, end, raw)) return false;
      out = Value::integer(unzigzag(raw));
      return true;
    }
    case kNumber: {
      if (end - at != 8) return false;
      double number = 0;
      std::memcpy(&number, at, 8);
      out = Value::number(number);
      return std::isfinite(number);
    }
    case kBoolean:
      if (end - at != 1 || (*at & ~1) != 0) return false;
      out = Value::boolean(*at == 1);
      return true;
    case kTimestampTz: {
      std::string_view message;
      return read_whole_bytes(at, end, message) && read_plain_timestamp(message, out);
    }
    case kDate: {
      std::uint64_t raw = 0;
      if (!read_whole_varint(at, end, raw)) return false;
      out = Value::date(unzigzag(raw));
      return is_in_range(out);
    }
    case kIsNull:
      out = Value::null();
      return end - at == 1 && *at >= 0;
    default:
      return false;
  }
}

}  // namespace

std::size_t read_plain_values(const char*& at, const char* end,
                              std::span<const std::uint16_t> fields, Value* row) {
  const char* from = at;
  std::size_t column = 0;
  for (; column < fields.size() && end - from > 3 && *from == kData; ++column) {
    const char* value = from + 2;
    auto size = static_cast<std::size_t>(static_cast<unsigned char>(from[1]));
    if (size >= 0x80) {
      if (*value < 0) break;
      size = (size & 0x7F) | static_cast<std::size_t>(*value++) << 7;
    }
    if (size < 2 || size > static_cast<std::size_t>(end - value)) break;
    if (!read_plain_value(value, value + size, fields[column], row[column])) {
      row[column] = Value::null();
      break;
    }
    from = value + size;
  }
  at = from;
  return column;
}

}  // namespace wharf::record::protobuf
